import { ArrowDown, ArrowUp, FileText, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { ConfigFinding } from '../../src-shared/ipc.ts';
import { removeValue, reorder } from '../../src-shared/toml/edit.ts';
import { t } from '../app/text.ts';
import type { Trouble } from '../app/wire-failure.ts';
import { Button, classes, controlStyles, ErrorText, LinkButton, Note } from '../ui/controls.tsx';
import { Menu } from '../ui/menu.tsx';
import styles from './config.module.css';
import { matchesSearch } from './describe-key.ts';
import { GroupList, useForm } from './form.tsx';
import { type RunnerEntry, unknownPaths } from './form-model.ts';
import { type Group, globalGroups, runnerGroups } from './groups.ts';
import { nameOfRunner, type Section } from './sections.tsx';

/** The form of one part of the file. */
export function FormPane({
  section,
  runners,
  narrow,
  broken,
  onChoose,
  onGoTo,
}: {
  readonly section: Section;
  readonly runners: readonly RunnerEntry[];
  readonly narrow: boolean;
  /** Why the text cannot be read now. */
  readonly broken: ConfigFinding | undefined;
  readonly onChoose: (section: Section) => void;
  readonly onGoTo: (line: number, column?: number) => void;
}) {
  const [wanted, setWanted] = useState('');
  const runner = section === 'global' ? undefined : runners[section];
  const groups = useMemo(() => (runner === undefined ? globalGroups() : runnerGroups(runner.executor)), [runner]);
  const elsewhere = useElsewhere(wanted, section, runners);
  const title = runner === undefined ? t('config.global') : nameOfRunner(runner);
  return (
    <form aria-label={title} className={styles['form']} onSubmit={(event) => event.preventDefault()}>
      {narrow ? (
        <select
          aria-label={t('config.sections')}
          className={styles['select']}
          onChange={(event) => onChoose(event.target.value === 'global' ? 'global' : Number(event.target.value))}
          value={String(section)}
        >
          <option value="global">{t('config.global')}</option>
          {runners.map((each) => (
            <option key={`runner-${each.index.toString()}`} value={each.index}>
              {nameOfRunner(each)}
            </option>
          ))}
        </select>
      ) : null}
      <header className={styles['formHead']}>
        <h2>{title}</h2>
        <input
          aria-label={t('config.find')}
          className={classes(controlStyles['input'], styles['search'])}
          data-filter
          onChange={(event) => setWanted(event.target.value)}
          onKeyDown={(event) => {
            // A search field empties itself on Escape: what was typed stays.
            if (event.key === 'Escape') event.preventDefault();
          }}
          placeholder={t('config.find')}
          type="search"
          value={wanted}
        />
        {runner !== undefined ? <RunnerMenu onChoose={onChoose} runner={runner} runners={runners} /> : null}
      </header>
      {broken ? (
        <div className={styles['flat']}>
          <Note
            action={
              <Button onClick={() => onGoTo(broken.line ?? 1, broken.column)} size="small">
                {t('config.goTo', { line: broken.line ?? 1 })}
              </Button>
            }
            tone="fail"
          >
            {t('config.notToml', { line: broken.line ?? 1, message: broken.message })}
          </Note>
        </div>
      ) : null}
      <fieldset className={styles['all']} disabled={broken !== undefined}>
        <legend className="hidden-text">{title}</legend>
        <GroupList groups={groups} runner={runner?.index} wanted={wanted.trim()} />
        {elsewhere.map(({ place, count, name }) => (
          <p className={styles['note']} key={String(place)}>
            <LinkButton onClick={() => onChoose(place)}>{t('config.findElsewhere', { count, place: name })}</LinkButton>
          </p>
        ))}
        {wanted === '' ? <UnknownKeys runner={runner?.index} /> : null}
      </fieldset>
    </form>
  );
}

/** Settings that fit the search in other parts of the file. */
function useElsewhere(wanted: string, section: Section, runners: readonly RunnerEntry[]) {
  return useMemo(() => {
    if (wanted.trim() === '') return [];
    const count = (groups: readonly Group[]): number =>
      groups.flatMap(({ keys, more }) => [...keys, ...more]).filter((key) => matchesSearch(key, wanted.trim())).length;
    const [first] = runners;
    const others: { place: Section; name: string; count: number }[] =
      section === 'global'
        ? first
          ? [{ place: first.index, name: nameOfRunner(first), count: count(runnerGroups(first.executor)) }]
          : []
        : [{ place: 'global', name: t('config.global'), count: count(globalGroups()) }];
    return others.filter((each) => each.count > 0);
  }, [wanted, section, runners]);
}

function RunnerMenu({
  runner,
  runners,
  onChoose,
}: {
  readonly runner: RunnerEntry;
  readonly runners: readonly RunnerEntry[];
  readonly onChoose: (section: Section) => void;
}) {
  const { apply, showInText } = useForm();
  const [trouble, setTrouble] = useState<Trouble>();
  const { index } = runner;
  const move = (to: number): void => {
    const order = runners.map((each) => each.index);
    [order[index], order[to]] = [to, index];
    const failed = apply(reorder(['runners'], order));
    setTrouble(failed);
    if (failed === undefined) onChoose(to);
  };
  return (
    <>
      <Menu
        items={[
          {
            id: 'text',
            label: t('config.showInText'),
            icon: <FileText size={16} />,
            onChoose: () => showInText(['runners', index]),
          },
          ...(index > 0
            ? [{ id: 'up', label: t('config.up'), icon: <ArrowUp size={16} />, onChoose: () => move(index - 1) }]
            : []),
          ...(index < runners.length - 1
            ? [{ id: 'down', label: t('config.down'), icon: <ArrowDown size={16} />, onChoose: () => move(index + 1) }]
            : []),
          {
            id: 'remove',
            label: t('config.remove'),
            icon: <Trash2 size={16} />,
            danger: true,
            apart: true,
            onChoose: () => {
              const failed = apply(removeValue(['runners', index]));
              setTrouble(failed);
              if (failed === undefined) onChoose('global');
            },
          },
        ]}
        label={t('config.moreFor', { name: nameOfRunner(runner) })}
      />
      {trouble ? <ErrorText trouble={trouble} /> : null}
    </>
  );
}

/** Keys that no schema knows: they stay in the file, and can be looked at and taken out. */
function UnknownKeys({ runner }: { readonly runner: number | undefined }) {
  const { values, apply, showInText } = useForm();
  const paths = unknownPaths(values, runner === undefined ? [] : ['runners', runner]);
  if (paths.length === 0) return null;
  return (
    <section className={styles['unknown']}>
      <h3>{t('config.unknownKeys')}</h3>
      <ul>
        {paths.map((path) => {
          const name = path.filter((part) => typeof part === 'string').join('.');
          return (
            <li key={name}>
              <code>{name}</code>
              <LinkButton onClick={() => showInText(path)}>{t('config.showInText')}</LinkButton>
              <LinkButton onClick={() => void apply(removeValue(path))}>{t('config.reset', { name })}</LinkButton>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
