import type { ReactNode } from 'react';
import type { JobView, RunnerView } from '../../src-shared/ipc.ts';
import { selectFacts, selectJobs } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { jobTime } from '../jobs/describe.ts';
import { buttonClass, Tag } from '../ui/controls.tsx';
import { Facts } from '../ui/facts.tsx';
import { hostOf, timeOfDay } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { useNow } from '../ui/use-now.ts';
import { AskServer } from './ask-server.tsx';
import { CloseLink } from './close-link.tsx';
import { expiryText, runnerWord } from './describe.ts';
import styles from './runners.module.css';
import { whyChecks } from './why.ts';

const lastJobs = 5;

/** Beside the list: why no job is here, what is set, what ran last. */
export function RunnerDetail({
  runner,
  concurrent,
  drawer,
}: {
  readonly runner: RunnerView;
  readonly concurrent: number;
  readonly drawer: boolean;
}) {
  const jobs = useEngine(selectJobs);
  const stopped = useEngine((state) => selectFacts(state)?.state === 'stopped');
  const now = useNow(1000, true);
  const last = jobs.filter((job) => job.runner === runner.key && job.endedMs !== undefined).slice(0, lastJobs);
  return (
    <aside aria-label={runner.name} className={styles['detail']} data-drawer={drawer || undefined}>
      <header className={styles['detailHead']}>
        <div>
          <h2>{runner.name}</h2>
          <p>
            <StateIcon size={14} state={runner.state} />
            {runnerWord(runner)}
          </p>
        </div>
        {runner.local ? null : (
          <a className={buttonClass} href={hashOf({ view: 'runners', runner: runner.key, edit: true })}>
            {t('edit.open')}
          </a>
        )}
        <CloseLink />
      </header>
      {runner.local ? null : (
        <section className={styles['part']}>
          <h3>{t('why.title')}</h3>
          <ul className={styles['checks']}>
            {whyChecks(runner, concurrent, stopped, now).map((check) => (
              <li key={check.id}>
                <StateIcon size={14} state={check.state} />
                <span>{check.text}</span>
              </li>
            ))}
          </ul>
          <AskServer now={now} runner={runner} />
        </section>
      )}
      <section className={styles['part']}>
        <h3>{t('runners.settings')}</h3>
        <Facts className={styles['facts']} rows={factsOf(runner, concurrent, now)} />
      </section>
      {last.length > 0 ? (
        <section className={styles['part']}>
          <h3>{t('runners.lastJobs')}</h3>
          <ul className={styles['last']}>
            {last.map((job) => (
              <LastJob job={job} key={job.key} />
            ))}
          </ul>
        </section>
      ) : null}
    </aside>
  );
}

const LastJob = ({ job }: { readonly job: JobView }) => (
  <li>
    <a href={hashOf({ view: 'jobs', job: job.key })}>
      <StateIcon size={14} state={job.state} />
      <span>
        {job.name}
        <span className="hidden-text">, {t(`state.${job.state}`)}</span>
      </span>
      <small className="num">{jobTime(job, job.startedMs)}</small>
      <small className="num">{timeOfDay(job.startedMs)}</small>
    </a>
  </li>
);

function factsOf(runner: RunnerView, concurrent: number, now: number): (readonly [string, ReactNode])[] {
  return [
    [t('fact.server'), runner.local ? t('runners.local') : hostOf(runner.url)],
    [t('fact.executor'), [runner.executor, runner.shell].filter(Boolean).join(', ')],
    ...(runner.server && runner.server.tags.length > 0
      ? [
          [
            t('fact.tags'),
            <span className={styles['tags']} key="tags">
              {runner.server.tags.map((tag) => (
                <Tag key={tag}>{tag}</Tag>
              ))}
            </span>,
          ] as const,
        ]
      : []),
    [
      t('fact.limit'),
      runner.limit > 0 ? t('runners.limit', { count: runner.limit }) : t('runners.noLimit', { count: concurrent }),
    ],
    ...(runner.id !== undefined ? [[t('fact.number'), `#${runner.id}`] as const] : []),
    [t('fact.notify'), t(`edit.notify.${runner.notify ?? 'failures'}`)],
    [t('fact.token'), t('runners.tokenTail', { tail: runner.tokenTail })],
    ...(runner.tokenExpiresAt !== undefined
      ? [[t('fact.expires'), expiryText(runner.tokenExpiresAt, now)] as const]
      : []),
  ];
}
