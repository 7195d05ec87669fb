import { ChevronRight, Plus, RotateCcw, X } from 'lucide-react';
import { createContext, type ReactNode, use, useId, useState } from 'react';
import { type KeyDescription, keysIn } from '../../src-shared/config-schema.ts';
import type { ConfigFinding } from '../../src-shared/ipc.ts';
import { type Edit, removeValue, setValue } from '../../src-shared/toml/edit.ts';
import { isTable, sameValue, type TomlPath, type TomlTable } from '../../src-shared/toml/values.ts';
import { t } from '../app/text.ts';
import type { Trouble } from '../app/wire-failure.ts';
import { Button, ErrorText, IconButton, LinkButton } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import styles from './config.module.css';
import { matchesSearch, nameOfKey } from './describe-key.ts';
import { Control } from './fields.tsx';
import { fixEdit, fixLabel, severityOf } from './findings.ts';
import { valueIn } from './form-model.ts';
import type { Group } from './groups.ts';

/** What the form works on: values of the text, those on disk, what is wrong, and how to change the text. */
export interface FormContext {
  readonly values: TomlTable;
  readonly disk: TomlTable | undefined;
  readonly findings: readonly ConfigFinding[];
  /** Gives why it could not be done. */
  readonly apply: (edit: Edit) => Trouble | undefined;
  readonly showInText: (path: TomlPath) => void;
}
export const FormContext = createContext<FormContext | undefined>(undefined);
export function useForm(): FormContext {
  const form = use(FormContext);
  if (form === undefined) throw new Error('outside of FormContext');
  return form;
}

const startsWith = (path: TomlPath, start: TomlPath): boolean =>
  start.length <= path.length &&
  start.every((part, index) => String(part).toLowerCase() === String(path[index]).toLowerCase());

/** A path of the schema as one of the file: with the number of the runner. */
export const placeOf = (key: readonly string[], runner: number | undefined): TomlPath =>
  key[0] === 'runners' && runner !== undefined ? ['runners', runner, ...key.slice(1)] : key;

/** One key: name, control, what it does, what is wrong with it. */
export function Field({ meta, path }: { readonly meta: KeyDescription; readonly path: TomlPath }) {
  const { values, disk, findings, apply, showInText } = useForm();
  const id = useId();
  const [trouble, setTrouble] = useState<Trouble>();
  const value = valueIn(values, path);
  const name = nameOfKey(meta.path);
  const own = findings.filter((finding) => startsWith(finding.path, path));
  const changed = disk !== undefined && !sameValue(valueIn(disk, path), value);
  const invalid = own.some((finding) => severityOf(finding) === 'error');
  const described = [`${id}-doc`, own.length > 0 ? `${id}-findings` : ''].filter(Boolean).join(' ');
  const write = (next: unknown): void =>
    setTrouble(apply(next === undefined ? removeValue(path) : setValue(path, next)));
  return (
    <div className={styles['field']} data-key={meta.path.join('.')}>
      <div className={styles['name']}>
        <label htmlFor={id} title={meta.path.join('.')}>
          {name}
        </label>
        {changed ? (
          <span className={styles['dot']} role="img" aria-label={t('config.changed')} title={t('config.changed')} />
        ) : null}
      </div>
      <div className={styles['control']}>
        <div className={styles['controlRow']}>
          <Control
            describedBy={described}
            id={id}
            invalid={invalid}
            meta={meta}
            name={name}
            onChange={write}
            path={path}
            value={value}
          />
          {value !== undefined && meta.secret !== true && !meta.open ? (
            <span className={styles['reset']}>
              <IconButton label={t('config.reset', { name })} onClick={() => write(undefined)}>
                <RotateCcw size={14} />
              </IconButton>
            </span>
          ) : null}
        </div>
        {own.length > 0 ? (
          <ul className={styles['fieldFindings']} id={`${id}-findings`}>
            {own.map((finding) => (
              <FieldFinding finding={finding} key={`${finding.level} ${finding.message}`} />
            ))}
          </ul>
        ) : null}
        {trouble ? (
          <div className={styles['fieldTrouble']}>
            <ErrorText trouble={trouble} />
            <LinkButton onClick={() => showInText(path)}>{t('config.showInText')}</LinkButton>
          </div>
        ) : null}
        <p className={styles['doc']} id={`${id}-doc`}>
          <bdi>
            {meta.doc} {meta.deprecated ?? ''} {meta.ignored !== undefined && value !== undefined ? meta.ignored : ''}
          </bdi>
        </p>
        {meta.open && value !== undefined ? (
          <LinkButton onClick={() => showInText(path)}>{t('config.showInText')}</LinkButton>
        ) : null}
      </div>
    </div>
  );
}

function FieldFinding({ finding }: { readonly finding: ConfigFinding }) {
  const { apply } = useForm();
  const label = fixLabel(finding);
  const severity = severityOf(finding);
  return (
    <li data-severity={severity}>
      <StateIcon size={14} state={severity === 'error' ? 'failed' : severity === 'warning' ? 'warning' : 'waiting'} />
      <span>
        {finding.message}
        {label !== undefined ? (
          <>
            {' '}
            <LinkButton onClick={() => void apply(fixEdit(finding))}>{label}</LinkButton>
          </>
        ) : null}
      </span>
    </li>
  );
}

/** An array of tables: each one a form of its own. */
function Tables({ meta, path }: { readonly meta: KeyDescription; readonly path: TomlPath }) {
  const { values, apply } = useForm();
  const [trouble, setTrouble] = useState<Trouble>();
  const list = valueIn(values, path);
  const items = Array.isArray(list) ? list.filter(isTable) : [];
  const name = nameOfKey(meta.path);
  return (
    <div className={styles['tables']} data-key={meta.path.join('.')}>
      <div className={styles['tablesHead']}>
        <h4>{name}</h4>
        <Button
          aria-label={t('config.addTo', { name })}
          onClick={() => setTrouble(apply(setValue([...path, items.length], firstEntry(meta))))}
          size="small"
        >
          <Plus aria-hidden="true" size={14} />
          {t('config.add')}
        </Button>
      </div>
      <p className={styles['doc']}>
        <bdi>{meta.doc}</bdi>
      </p>
      {trouble ? <ErrorText trouble={trouble} /> : null}
      {items.map((_, index) => {
        const title = t('config.item', { name, number: index + 1 });
        return (
          <fieldset className={styles['table']} key={`item-${index.toString()}`}>
            <legend>{title}</legend>
            <IconButton
              label={t('config.removeItem', { value: title })}
              onClick={() => setTrouble(apply(removeValue([...path, index])))}
            >
              <X size={14} />
            </IconButton>
            <Fields keys={keysIn(meta.path)} within={[...path, index]} />
          </fieldset>
        );
      })}
    </div>
  );
}
/** A new table needs one line, or it could not be told apart from nothing. */
const firstEntry = (meta: KeyDescription): TomlTable => {
  const [first] = keysIn(meta.path);
  return first?.kind === 'text' ? { [String(first.path.at(-1))]: '' } : {};
};

const Fields = ({ keys, within }: { readonly keys: readonly KeyDescription[]; readonly within: TomlPath }) => (
  <>
    {keys.map((meta) => (
      <Field key={meta.path.join('.')} meta={meta} path={[...within, meta.path.at(-1) ?? '']} />
    ))}
  </>
);

const FieldOrTables = ({ meta, runner }: { readonly meta: KeyDescription; readonly runner: number | undefined }) => {
  const path = placeOf(meta.path, runner);
  return meta.kind === 'tables' ? <Tables meta={meta} path={path} /> : <Field meta={meta} path={path} />;
};

/** The parts of one entry, those that are rarely needed folded away. `wanted` shows what matches and nothing else. */
export function GroupList({
  groups,
  runner,
  wanted,
}: {
  readonly groups: readonly Group[];
  readonly runner: number | undefined;
  readonly wanted: string;
}) {
  const found = (keys: readonly KeyDescription[]): readonly KeyDescription[] =>
    wanted === '' ? keys : keys.filter((key) => matchesSearch(key, wanted));
  const shown = groups
    .map((group) => ({ group, keys: found(group.keys), more: found(group.more) }))
    .filter(({ keys, more }) => keys.length + more.length > 0);
  if (shown.length === 0) return <p className={styles['note']}>{t('config.findNone', { text: wanted })}</p>;
  return (
    <>
      {shown.map(({ group, keys, more }) => (
        <GroupPart
          group={group}
          key={`${group.id} ${wanted === '' ? '' : 'found'}`}
          keys={wanted === '' ? keys : [...keys, ...more]}
          more={wanted === '' ? more : []}
          open={wanted !== '' || group.open}
          runner={runner}
        />
      ))}
    </>
  );
}

function GroupPart({
  group,
  keys,
  more,
  open,
  runner,
}: {
  readonly group: Group;
  readonly keys: readonly KeyDescription[];
  readonly more: readonly KeyDescription[];
  readonly open: boolean;
  readonly runner: number | undefined;
}) {
  const { values, findings } = useForm();
  const all = [...group.keys, ...group.more];
  const places = all.map(({ path }) => placeOf(path, runner));
  const set = places.filter((place) => valueIn(values, place) !== undefined).length;
  const wrong = findings.some(
    (finding) => severityOf(finding) === 'error' && places.some((place) => startsWith(finding.path, place)),
  );
  return (
    <Disclosure
      note={
        <>
          {wrong ? <StateIcon size={14} state="failed" /> : null}
          {t('config.setCount', { count: set })}
        </>
      }
      open={open || wrong}
      title={t(`config.group.${group.id}`)}
    >
      {keys.map((meta) => (
        <FieldOrTables key={meta.path.join('.')} meta={meta} runner={runner} />
      ))}
      {more.length > 0 ? (
        <Disclosure inner open={false} title={t('config.more')}>
          {more.map((meta) => (
            <FieldOrTables key={meta.path.join('.')} meta={meta} runner={runner} />
          ))}
        </Disclosure>
      ) : null}
    </Disclosure>
  );
}

/** Fields behind a heading. What is folded is not in the page: a form has some 150 keys. */
function Disclosure({
  title,
  note,
  open,
  inner,
  children,
}: {
  readonly title: string;
  readonly note?: ReactNode;
  readonly open: boolean;
  readonly inner?: boolean;
  readonly children: ReactNode;
}) {
  const [shown, setShown] = useState(open);
  const id = useId();
  const Heading = inner ? 'h4' : 'h3';
  return (
    <section className={styles['group']} data-inner={inner || undefined}>
      <Heading>
        <button aria-controls={id} aria-expanded={shown} onClick={() => setShown(!shown)} type="button">
          <ChevronRight aria-hidden="true" size={14} />
          {title}
          <span className={styles['groupNote']}>{note}</span>
        </button>
      </Heading>
      <div id={id}>{shown ? children : null}</div>
    </section>
  );
}
