import {
  ArrowLeft,
  CircleSlash,
  ExternalLink,
  GitBranch,
  GitCommitHorizontal,
  PanelRight,
  Server,
  TerminalSquare,
} from 'lucide-react';
import { memo, useState } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { selectKept } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { goTo, hashOf, type LineRange } from '../app/route.ts';
import { shortcuts, withKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { LogView } from '../log/log-view.tsx';
import { useLog } from '../log/use-log.ts';
import { KeptNote, OpenTerminal } from '../terminals/in-job.tsx';
import {
  Button,
  buttonClass,
  controlStyles,
  ErrorText,
  IconButton,
  isWebAddress,
  OutLink,
  StatePill,
} from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { clockTime } from '../ui/format.ts';
import { useEscape } from '../ui/use-escape.ts';
import { useEvent } from '../ui/use-event.ts';
import { useNow } from '../ui/use-now.ts';
import { useLayout } from '../ui/use-width.ts';
import { pillText } from './describe.ts';
import { JobDetail } from './job-detail.tsx';
import styles from './jobs.module.css';
import { RunAgain } from './run-again.tsx';

/** One job: head, log, and beside it what is known about it. */
export function JobPanel({
  job,
  lines,
  back,
}: {
  readonly job: JobView;
  readonly lines: LineRange | undefined;
  readonly back: boolean;
}) {
  const log = useLog(job);
  const drawer = useLayout() !== 'full';
  const [open, setOpen] = useState(false);
  const [jump, setJump] = useState<{ readonly line: number }>();
  const cancel = useAction('job.cancel');
  useEscape(drawer && open, () => setOpen(false));
  const onDetail = useEvent(() => setOpen(!open));
  const onJump = useEvent((line: number) => {
    setJump({ line });
    setOpen(false);
  });
  const kept = useEngine(selectKept).find((each) => each.key === job.key);
  return (
    <article aria-label={job.name} className={styles['job']}>
      <JobHead back={back} cancel={cancel} job={job} onDetail={drawer ? onDetail : undefined} open={open} />
      {kept !== undefined ? <KeptNote kept={kept} /> : null}
      {cancel.trouble ? (
        <div className={styles['trouble']}>
          <ErrorText trouble={cancel.trouble} />
        </div>
      ) : null}
      <div className={styles['columns']}>
        <LogView job={job} jump={jump} lines={lines} log={log} />
        {!drawer || open ? <JobDetail drawer={drawer} job={job} onJump={onJump} problems={log.problems} /> : null}
      </div>
    </article>
  );
}

/** A job that has run this long is not thrown away by one wrong press. */
const confirmAfterMs = 60_000;

/** Lines that come in do not draw it anew. */
const JobHead = memo(function JobHead({
  job,
  back,
  cancel,
  onDetail,
  open,
}: {
  readonly job: JobView;
  readonly back: boolean;
  readonly cancel: ReturnType<typeof useAction<'job.cancel'>>;
  readonly onDetail: (() => void) | undefined;
  readonly open: boolean;
}) {
  const running = job.endedMs === undefined;
  const now = useNow(1000, running);
  const [asking, setAsking] = useState(false);
  const stop = (): void => {
    setAsking(false);
    void cancel.run({ job: job.key });
  };
  const askOrStop = (): void => (now - job.startedMs > confirmAfterMs ? setAsking(true) : stop());
  const url = job.pipeline === undefined ? job.webUrl : undefined;
  useCommands([
    ...(running && !cancel.busy && job.phase !== 'canceling'
      ? [
          {
            id: 'job.cancel',
            label: t('jobs.cancel'),
            icon: <CircleSlash size={16} />,
            note: job.name,
            keys: shortcuts.cancel[0],
            run: askOrStop,
          },
        ]
      : []),
    ...(url !== undefined && isWebAddress(url)
      ? [
          {
            id: 'job.server',
            label: t('jobs.openOnServer'),
            icon: <ExternalLink size={16} />,
            note: job.name,
            keys: shortcuts.server[0],
            run: () => void window.open(url, '_blank', 'noopener,noreferrer'),
          },
        ]
      : []),
    ...(back
      ? [{ id: 'job.back', label: t('jobs.back'), icon: <ArrowLeft size={16} />, run: () => goTo({ view: 'jobs' }) }]
      : []),
    ...(onDetail
      ? [{ id: 'job.detail', label: t('jobs.detail'), icon: <PanelRight size={16} />, note: job.name, run: onDetail }]
      : []),
  ]);
  return (
    <header className={styles['jobHead']}>
      <div className={styles['jobTop']}>
        {back ? (
          <a
            aria-label={t('jobs.back')}
            className={controlStyles['icon']}
            href={hashOf({ view: 'jobs' })}
            title={t('jobs.back')}
          >
            <ArrowLeft size={16} />
          </a>
        ) : null}
        <h1 title={job.name}>{job.name}</h1>
        <StatePill state={job.state}>
          <span className="num">{pillText(job, now)}</span>
        </StatePill>
        <div className={styles['jobActions']}>
          {url !== undefined ? (
            <OutLink className={buttonClass} title={withKeys(t('jobs.openOnServer'), shortcuts.server[0])} url={url}>
              <ExternalLink aria-hidden="true" size={14} />
              {t(job.state === 'failed' || job.state === 'canceled' ? 'jobs.retryOnServer' : 'jobs.onServer')}
            </OutLink>
          ) : null}
          {!running && job.pipeline !== undefined ? <RunAgain job={job} /> : null}
          {job.terminal === true ? <OpenTerminal job={job.key} /> : null}
          {running ? (
            <Button
              busy={cancel.busy || job.phase === 'canceling'}
              danger
              onClick={askOrStop}
              title={withKeys(t('jobs.cancel'), shortcuts.cancel[0])}
            >
              {t('jobs.cancel')}
            </Button>
          ) : null}
          {onDetail ? (
            <IconButton aria-expanded={open} label={t('jobs.detail')} onClick={onDetail}>
              <PanelRight size={16} />
            </IconButton>
          ) : null}
        </div>
      </div>
      <div className={styles['meta']} data-back={back || undefined}>
        <span>{job.project}</span>
        {job.pipeline !== undefined ? (
          <a href={hashOf({ view: 'pipelines', pipeline: job.pipeline })}>{t('jobs.pipeline')}</a>
        ) : null}
        {job.ref !== '' ? (
          <span>
            <GitBranch aria-hidden="true" size={14} />
            <span className="hidden-text">{t('jobs.ref')}</span>
            {job.ref}
          </span>
        ) : null}
        {job.sha !== '' ? (
          <span>
            <GitCommitHorizontal aria-hidden="true" size={14} />
            <span className="hidden-text">{t('jobs.commit')}</span>
            <code>{job.sha.slice(0, 8)}</code>
          </span>
        ) : null}
        <span className={styles['metaEnd']}>
          <Server aria-hidden="true" size={14} />
          <span className="hidden-text">{t('jobs.runner')}</span>
          {job.runnerName}
        </span>
        <span>
          <TerminalSquare aria-hidden="true" size={14} />
          <span className="hidden-text">{t('jobs.executor')}</span>
          {job.executor}
        </span>
      </div>
      {asking ? (
        <Dialog
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t('jobs.keepRunning')}</Button>
              <Button danger onClick={stop}>
                {t('jobs.cancel')}
              </Button>
            </>
          }
          onClose={() => setAsking(false)}
          title={t('jobs.cancelTitle', { name: job.name })}
        >
          <p>{t('jobs.cancelText', { time: clockTime(now - job.startedMs) })}</p>
        </Dialog>
      ) : null}
    </header>
  );
});
