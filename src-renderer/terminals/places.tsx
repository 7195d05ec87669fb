import { SquareTerminal } from 'lucide-react';
import { useCommands } from '../app/commands.ts';
import { selectJobs, selectKept } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText, Note } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import { KeptList } from './kept-list.tsx';
import { useOpenTerminal } from './open-terminal.ts';
import styles from './terminals.module.css';

/** Where a terminal can be opened: jobs at work, and what is kept of failed ones. */
export function Places({ gone }: { readonly gone: boolean }) {
  const jobs = useEngine(selectJobs);
  const running = jobs.filter((job) => job.terminal === true);
  const kept = useEngine(selectKept);
  const { open, trouble } = useOpenTerminal();
  useCommands(
    running.map((job) => ({
      id: `terminal.open-${job.key}`,
      label: t('terminals.openIn', { name: job.name }),
      icon: <SquareTerminal size={16} />,
      run: () => void open(job.key),
    })),
  );
  return (
    <div className={styles['places']}>
      {gone ? (
        <div className={styles['notice']}>
          <Note tone="warn">{t('terminals.gone')}</Note>
        </div>
      ) : null}
      <section>
        <h2>{t('terminals.running')}</h2>
        {trouble ? <ErrorText trouble={trouble} /> : null}
        {running.length === 0 ? (
          <p className={styles['second']}>{t('terminals.noneRunning')}</p>
        ) : (
          <ul className={styles['rows']}>
            {running.map((job) => (
              <li className={styles['row']} key={job.key}>
                <StateIcon state={job.state} />
                <div className={styles['what']}>
                  <a href={hashOf({ view: 'jobs', job: job.key })}>{job.name}</a>
                  <p>
                    {job.project} · {job.runnerName} · {job.executor}
                  </p>
                </div>
                <div className={styles['rowActions']}>
                  <Button aria-label={t('terminals.openIn', { name: job.name })} onClick={() => void open(job.key)}>
                    <SquareTerminal aria-hidden="true" size={14} />
                    {t('terminals.open')}
                  </Button>
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
      <KeptList kept={kept} onOpen={(job) => void open(job)} />
    </div>
  );
}
