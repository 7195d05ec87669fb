import { useState } from 'react';
import { selectJob, selectJobs } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { hashOf, type LineRange } from '../app/route.ts';
import { t } from '../app/text.ts';
import { useLayout } from '../ui/use-width.ts';
import { JobPanel } from './job-panel.tsx';
import styles from './jobs.module.css';
import { JobsList } from './jobs-list.tsx';

/** List and job side by side; in a narrow window one after the other. */
export function JobsView({
  jobKey,
  lines,
}: {
  readonly jobKey: string | undefined;
  readonly lines: LineRange | undefined;
}) {
  const narrow = useLayout() === 'narrow';
  const newest = useEngine((state) => selectJobs(state)[0]?.key);
  // Where there is room an empty half says nothing: the newest job stands there, and stays when newer ones come, as long
  // as the history has it.
  const [first, setFirst] = useState(newest);
  const isThere = useEngine(selectJob(first ?? '')) !== undefined;
  if (!isThere && first !== newest) setFirst(newest);
  const key = jobKey ?? (narrow ? undefined : first);
  const job = useEngine(selectJob(key ?? ''));
  return (
    <>
      {narrow && key !== undefined ? null : <JobsList selected={key} wide={narrow} />}
      {job !== undefined ? (
        <JobPanel back={narrow} job={job} key={job.key} lines={jobKey === undefined ? undefined : lines} />
      ) : key !== undefined ? (
        <div className={styles['empty']}>
          <h1>{t('jobs.gone')}</h1>
          <p>{t('jobs.goneText')}</p>
          <a href={hashOf({ view: 'jobs' })}>{t('jobs.showAll')}</a>
        </div>
      ) : narrow ? null : (
        <div className={styles['empty']}>
          <h1>{t('jobs.noneTitle')}</h1>
          <p>{t('jobs.noneText')}</p>
          <a href={hashOf({ view: 'runners' })}>{t('jobs.why')}</a>
        </div>
      )}
    </>
  );
}
