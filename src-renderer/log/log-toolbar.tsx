import {
  ArrowDownToLine,
  ChevronsDownUp,
  ChevronsUpDown,
  Clock,
  Copy,
  Link2,
  Maximize2,
  Minimize2,
  MoveDown,
  MoveUp,
  Search,
  WrapText,
} from 'lucide-react';
import { memo, type RefObject } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import type { Problem } from '../../src-shared/trace/index.ts';
import { useCommands } from '../app/commands.ts';
import { useHarrier, usePrefs } from '../app/harrier.ts';
import type { LineRange } from '../app/route.ts';
import { linkToHere } from '../app/route.ts';
import { shortcuts, showKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { IconButton, Kbd } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import { copyLog } from './export.ts';
import styles from './log.module.css';
import { LogMenu, useTakeItems } from './log-menu.tsx';
import type { LogSource } from './log-source.ts';
import { SearchField } from './search-field.tsx';
import type { LogSearch } from './use-search.ts';

export interface LogToolbarProps {
  readonly job: JobView;
  readonly source: LogSource;
  readonly problems: readonly Problem[];
  /** Some section is open. */
  readonly anyOpen: boolean;
  readonly onFoldAll: (folded: boolean) => void;
  readonly search: LogSearch;
  readonly picked: LineRange | undefined;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onStepMatch: (by: number) => void;
  readonly onStepProblem: (by: number) => void;
  readonly onTimes: () => void;
  readonly onEnd: () => void;
  /** Gives the focus to the lines. */
  readonly onLeaveSearch: () => void;
  readonly full: boolean;
  readonly onFull: () => void;
  /** Says how the work ended. */
  readonly tell: (work: Promise<string>) => void;
}

/** Above the log: search, problems, how lines are shown, taking the log along. Lines that come in do not draw it anew. */
export const LogToolbar = memo(function LogToolbar(props: LogToolbarProps) {
  const { job, source, problems, anyOpen, onFoldAll, search, picked, field, full, tell } = props;
  const { onStepMatch, onStepProblem, onTimes, onLeaveSearch, onFull } = props;
  const { prefs } = useHarrier();
  const { times, wrap } = usePrefs((state) => state);
  const copy = {
    label: picked ? t('log.copyLines', { count: picked[1] - picked[0] + 1 }) : t('log.copy'),
    run: () => tell(copyLog(source, picked, 'plain')),
  };
  const copyLink = (): void => tell(navigator.clipboard.writeText(linkToHere()).then(() => t('log.linkCopied')));
  const copyItem = { id: 'copy', label: copy.label, icon: <Copy size={16} />, onChoose: copy.run };
  const linkItem = {
    id: 'link',
    label: t(picked ? 'log.copyLink' : 'log.copyLinkToLog'),
    icon: <Link2 size={16} />,
    keys: shortcuts.link[0],
    onChoose: copyLink,
  };
  const take = useTakeItems(job, source, picked, tell);
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
      run: () => onFoldAll(true),
    },
    {
      id: 'log.unfoldAll',
      label: t('log.unfoldAll'),
      icon: <ChevronsUpDown size={16} />,
      keys: shortcuts.allFolds[1],
      run: () => onFoldAll(false),
    },
    ...[copyItem, linkItem, ...take].map(({ onChoose, ...each }) => ({ ...each, id: `log.${each.id}`, run: onChoose })),
    {
      id: 'log.full',
      label: t(full ? 'log.notFull' : 'log.full'),
      icon: <Maximize2 size={16} />,
      keys: shortcuts.full[0],
      run: onFull,
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
      {problems.length > 0 ? (
        <span className={styles['optional']}>
          <span className={styles['divider']} />
        </span>
      ) : null}
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
          onClick={() => onFoldAll(anyOpen)}
        >
          {anyOpen ? <ChevronsDownUp size={16} /> : <ChevronsUpDown size={16} />}
        </IconButton>
      </span>
      <span className={styles['optional']}>
        <IconButton label={copy.label} onClick={copy.run}>
          <Copy size={16} />
        </IconButton>
      </span>
      <LogMenu full={full} items={[copyItem, linkItem, ...take]} onFoldAll={onFoldAll} onFull={onFull} />
      <span className={styles['optional']}>
        <IconButton keys={showKeys(shortcuts.full[0])} label={t('log.full')} onClick={onFull} pressed={full}>
          {full ? <Minimize2 size={16} /> : <Maximize2 size={16} />}
        </IconButton>
      </span>
    </div>
  );
});
