import { Button, ErrorText, Note } from '../ui/controls.tsx';
import { clockTime } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';
import { useAction } from './actions.ts';
import { selectFacts, selectJobs } from './engine-store.ts';
import { useEngine } from './harrier.ts';
import { hashOf } from './route.ts';
import styles from './shell.module.css';
import { t } from './text.ts';

const mostJobs = 4;

/** RUN1: while jobs finish before the stop, what is waited for, and the way to wait no longer. */
export function Draining() {
  const draining = useEngine((state) => selectFacts(state)?.state === 'draining');
  const jobs = useEngine(selectJobs).filter(({ endedMs }) => endedMs === undefined);
  const stop = useAction('engine.stop');
  const now = useNow(1000, draining);
  if (!draining) return null;
  return (
    <Note
      action={
        <Button busy={stop.busy} danger onClick={() => void stop.run({ mode: 'now' })} size="small">
          {t('stop.now')}
        </Button>
      }
      tone="warn"
    >
      {t('drain.waits', { count: jobs.length })}
      {jobs.length > 0 ? (
        <ul className={styles['awaited']}>
          {jobs.slice(0, mostJobs).map((job) => (
            <li key={job.key}>
              <a href={hashOf({ view: 'jobs', job: job.key })}>{job.name}</a>
              <span>{job.project}</span>
              <span className="num">{clockTime(now - job.startedMs)}</span>
            </li>
          ))}
          {jobs.length > mostJobs ? <li>{t('drain.more', { count: jobs.length - mostJobs })}</li> : null}
        </ul>
      ) : null}
      {stop.trouble ? <ErrorText trouble={stop.trouble} /> : null}
    </Note>
  );
}
