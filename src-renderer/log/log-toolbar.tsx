import {
  ArrowDownToLine,
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
  X,
} from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type RefObject, useState } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import { useCommands } from '../app/commands.ts';
import { useHarrier, usePrefs } from '../app/harrier.ts';
import type { LineRange } from '../app/route.ts';
import { linkToHere } from '../app/route.ts';
import { shortcuts, showKeys } from '../app/shortcuts.ts';
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
  readonly onEnd: () => void;
  /** Gives the focus to the lines. */
  readonly onLeaveSearch: () => void;
}

/** Above the log: search, problems, how lines are shown, taking the log along. */
export function LogToolbar(props: LogToolbarProps) {
  const { job, log, search, picked, field, onStepMatch, onStepProblem, onTimes, onLeaveSearch } = props;
  const { prefs } = useHarrier();
  const { times, wrap } = usePrefs((state) => state);
  const [done, setDone] = useState('');
  const { source, problems } = log;
  const anyOpen = source.index.sections.some((section) => !log.isFolded(section));
  const tell = (work: Promise<string>): void =>
    void work.then(setDone, (error: unknown) => setDone(troubleOf(error).message));
  const copy = {
    label: picked ? t('log.copyLines', { count: picked[1] - picked[0] + 1 }) : t('log.copy'),
    run: () => tell(copyLog(source, picked)),
  };
  const copyLink = (): void => tell(navigator.clipboard.writeText(linkToHere()).then(() => t('log.linkCopied')));
  const toggleWrap = (): void => prefs.setState({ wrap: !wrap });
  useCommands([
    {
      id: 'log.search',
      label: t('log.search'),
      icon: <Search size={16} />,
      keys: shortcuts.search[0],
      run: () => field.current?.select(),
    },
    ...(problems.length > 0
      ? [
          {
            id: 'log.problem',
            label: t('log.nextProblem'),
            icon: <MoveDown size={16} />,
            keys: shortcuts.problems[0],
            run: () => onStepProblem(1),
          },
          {
            id: 'log.problemBefore',
            label: t('log.previousProblem'),
            icon: <MoveUp size={16} />,
            keys: shortcuts.problems[1],
            run: () => onStepProblem(-1),
          },
        ]
      : []),
    { id: 'log.end', label: t('log.goToEnd'), icon: <ArrowDownToLine size={16} />, run: props.onEnd },
    {
      id: 'log.times',
      label: t('log.times', { mode: t(`log.times.${times}`) }),
      icon: <Clock size={16} />,
      keys: shortcuts.times[0],
      run: onTimes,
    },
    {
      id: 'log.wrap',
      label: t('log.wrap'),
      icon: <WrapText size={16} />,
      keys: shortcuts.wrap[0],
      run: toggleWrap,
    },
    {
      id: 'log.foldAll',
      label: t('log.foldAll'),
      icon: <ChevronsDownUp size={16} />,
      keys: shortcuts.allFolds[0],
      run: () => log.foldAll(true),
    },
    {
      id: 'log.unfoldAll',
      label: t('log.unfoldAll'),
      icon: <ChevronsUpDown size={16} />,
      keys: shortcuts.allFolds[1],
      run: () => log.foldAll(false),
    },
    { id: 'log.copy', icon: <Copy size={16} />, ...copy },
    {
      id: 'log.link',
      label: t(picked ? 'log.copyLink' : 'log.copyLinkToLog'),
      icon: <Link2 size={16} />,
      keys: shortcuts.link[0],
      run: copyLink,
    },
    {
      id: 'log.download',
      label: t('log.download'),
      icon: <Download size={16} />,
      run: () => tell(downloadLog(source, job)),
    },
  ]);
  return (
    <div className={styles['bar']}>
      <SearchField field={field} onLeave={onLeaveSearch} onStep={onStepMatch} search={search} />
      <span className={styles['spring']} />
      {problems.length > 0 ? (
        <button className={styles['problems']} onClick={() => onStepProblem(1)} type="button">
          <StateIcon size={14} state="failed" />
          {t('log.problems', { count: problems.length })}
          <span className={styles['optional']}>
            <Kbd>{showKeys(shortcuts.problems[0])}</Kbd>
          </span>
        </button>
      ) : null}
      {problems.length > 0 ? <span className={styles['divider']} /> : null}
      <IconButton
        keys={showKeys(shortcuts.times[0])}
        label={t('log.times', { mode: t(`log.times.${times}`) })}
        onClick={onTimes}
        pressed={times !== 'off'}
      >
        <Clock size={16} />
      </IconButton>
      <IconButton keys={showKeys(shortcuts.wrap[0])} label={t('log.wrap')} onClick={toggleWrap} pressed={wrap}>
        <WrapText size={16} />
      </IconButton>
      <span className={styles['optional']}>
        <IconButton
          keys={showKeys(shortcuts.allFolds[anyOpen ? 0 : 1])}
          label={t(anyOpen ? 'log.foldAll' : 'log.unfoldAll')}
          onClick={() => log.foldAll(anyOpen)}
        >
          {anyOpen ? <ChevronsDownUp size={16} /> : <ChevronsUpDown size={16} />}
        </IconButton>
      </span>
      <IconButton label={copy.label} onClick={copy.run}>
        <Copy size={16} />
      </IconButton>
      <IconButton
        keys={showKeys(shortcuts.link[0])}
        label={t(picked ? 'log.copyLink' : 'log.copyLinkToLog')}
        onClick={copyLink}
      >
        <Link2 size={16} />
      </IconButton>
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
  onLeave,
}: {
  readonly search: LogSearch;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onStep: (by: number) => void;
  readonly onLeave: () => void;
}) {
  const { query, result } = search;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') onLeave();
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
              <IconButton
                keys={showKeys(shortcuts.matches[1])}
                label={t('log.previousMatch')}
                onClick={() => onStep(-1)}
              >
                <MoveUp size={14} />
              </IconButton>
              <IconButton keys={showKeys(shortcuts.matches[0])} label={t('log.nextMatch')} onClick={() => onStep(1)}>
                <MoveDown size={14} />
              </IconButton>
              <IconButton
                label={t('log.endSearch')}
                onClick={() => {
                  search.setQuery({ ...query, text: '' });
                  field.current?.focus();
                }}
              >
                <X size={14} />
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
