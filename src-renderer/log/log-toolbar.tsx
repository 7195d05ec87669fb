import {
  CaseSensitive,
  ChevronsDownUp,
  ChevronsUpDown,
  Clock,
  Copy,
  Download,
  Link2,
  MoveDown,
  MoveUp,
  Regex,
  Search,
  WholeWord,
  WrapText,
} from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type RefObject, useState } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import { useHarrier, usePrefs } from '../app/harrier.ts';
import type { LineRange } from '../app/route.ts';
import { linkToHere } from '../app/route.ts';
import { commandKey } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { troubleOf } from '../app/wire-failure.ts';
import { IconButton, Kbd } from '../ui/controls.tsx';
import { count } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { copyLog, downloadLog } from './export.ts';
import styles from './log.module.css';
import type { Log } from './use-log.ts';
import type { LogSearch } from './use-search.ts';

export interface LogToolbarProps {
  readonly job: JobView;
  readonly log: Log;
  readonly search: LogSearch;
  readonly picked: LineRange | undefined;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onStepMatch: (by: number) => void;
  readonly onStepProblem: (by: number) => void;
  readonly onTimes: () => void;
}

/** Above the log: search, problems, how lines are shown, taking the log along. */
export function LogToolbar({ job, log, search, picked, field, onStepMatch, onStepProblem, onTimes }: LogToolbarProps) {
  const { prefs } = useHarrier();
  const { times, wrap } = usePrefs((state) => state);
  const [done, setDone] = useState('');
  const { source, problems } = log;
  const anyOpen = source.index.sections.some((section) => !log.isFolded(section));
  const tell = (work: Promise<string>): void =>
    void work.then(setDone, (error: unknown) => setDone(troubleOf(error).message));
  return (
    <div className={styles['bar']}>
      <SearchField field={field} onStep={onStepMatch} search={search} />
      <span className={styles['spring']} />
      {problems.length > 0 ? (
        <button className={styles['problems']} onClick={() => onStepProblem(1)} type="button">
          <StateIcon size={14} state="failed" />
          {t('log.problems', { count: problems.length })}
          <span className={styles['optional']}>
            <Kbd>E</Kbd>
          </span>
        </button>
      ) : null}
      {problems.length > 0 ? <span className={styles['divider']} /> : null}
      <IconButton
        keys="T"
        label={t('log.times', { mode: t(`log.times.${times}`) })}
        onClick={onTimes}
        pressed={times !== 'off'}
      >
        <Clock size={16} />
      </IconButton>
      <IconButton keys="W" label={t('log.wrap')} onClick={() => prefs.setState({ wrap: !wrap })} pressed={wrap}>
        <WrapText size={16} />
      </IconButton>
      <span className={styles['optional']}>
        <IconButton
          keys={anyOpen ? '⇧←' : '⇧→'}
          label={t(anyOpen ? 'log.foldAll' : 'log.unfoldAll')}
          onClick={() => log.foldAll(anyOpen)}
        >
          {anyOpen ? <ChevronsDownUp size={16} /> : <ChevronsUpDown size={16} />}
        </IconButton>
      </span>
      <IconButton
        label={picked ? t('log.copyLines', { count: picked[1] - picked[0] + 1 }) : t('log.copy')}
        onClick={() => tell(copyLog(source, picked))}
      >
        <Copy size={16} />
      </IconButton>
      {picked ? (
        <IconButton
          keys={`${commandKey()}L`}
          label={t('log.copyLink')}
          onClick={() => tell(navigator.clipboard.writeText(linkToHere()).then(() => t('log.linkCopied')))}
        >
          <Link2 size={16} />
        </IconButton>
      ) : null}
      <span className={styles['optional']}>
        <IconButton label={t('log.download')} onClick={() => tell(downloadLog(source, job))}>
          <Download size={16} />
        </IconButton>
      </span>
      <span className="hidden-text" role="status">
        {done}
      </span>
    </div>
  );
}

function SearchField({
  search,
  field,
  onStep,
}: {
  readonly search: LogSearch;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onStep: (by: number) => void;
}) {
  const { query, result } = search;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && query.text !== '') search.setQuery({ ...query, text: '' });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const toggle = (name: 'matchCase' | 'wholeWord' | 'expression', label: string, icon: ReactNode) => (
    <button
      aria-label={label}
      aria-pressed={query[name]}
      className={styles['toggle']}
      onClick={() => search.setQuery({ ...query, [name]: !query[name] })}
      title={label}
      type="button"
    >
      {icon}
    </button>
  );
  return (
    <>
      <div className={styles['search']}>
        <Search aria-hidden="true" size={14} />
        <input
          aria-label={t('log.search')}
          onChange={(event) => search.setQuery({ ...query, text: event.target.value })}
          onKeyDown={onKeyDown}
          placeholder={t('log.search')}
          ref={field}
          spellCheck={false}
          value={query.text}
        />
        {query.text !== '' ? (
          <>
            <span
              className={`${styles['found']} num`}
              data-bad={result?.problem !== undefined || undefined}
              role="status"
              title={result?.problem}
            >
              {foundText(search)}
            </span>
            <span className={styles['step']}>
              <IconButton keys="⇧Enter" label={t('log.previousMatch')} onClick={() => onStep(-1)}>
                <MoveUp size={14} />
              </IconButton>
              <IconButton keys="Enter" label={t('log.nextMatch')} onClick={() => onStep(1)}>
                <MoveDown size={14} />
              </IconButton>
            </span>
          </>
        ) : null}
      </div>
      <span className={styles['optional']}>
        {toggle('matchCase', t('log.matchCase'), <CaseSensitive size={16} />)}
        {toggle('wholeWord', t('log.wholeWord'), <WholeWord size={16} />)}
        {toggle('expression', t('log.expression'), <Regex size={14} />)}
      </span>
    </>
  );

  function foundText({ result, current: at }: LogSearch): string {
    if (result === undefined) return '';
    if (result.problem !== undefined) return t('log.badExpression');
    if (result.total === 0) return result.done ? t('log.noMatch') : '…';
    return t('log.matchOf', {
      at: count(Math.max(0, at) + 1),
      total: `${count(result.total)}${result.done ? '' : '+'}`,
    });
  }
}
