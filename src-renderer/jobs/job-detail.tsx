import { memo, useState } from 'react';
import type { JobView, StageView } from '../../src-shared/ipc.ts';
import type { Problem } from '../../src-shared/trace/index.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { Switch } from '../ui/choice.tsx';
import { Button, ErrorText } from '../ui/controls.tsx';
import { Facts } from '../ui/facts.tsx';
import { clockTime, roundTime, stageTime } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { useNow } from '../ui/use-now.ts';
import { CopyMarkdown } from './copy-markdown.tsx';
import { jobTime, stageText } from './describe.ts';
import { factsOf } from './facts-of.ts';
import styles from './jobs.module.css';

export interface JobDetailProps {
  readonly job: JobView;
  readonly problems: readonly Problem[];
  readonly drawer: boolean;
  readonly onJump: (line: number) => void;
}

/** Beside the log: stages with their times, problems to jump to, facts. */
export const JobDetail = memo(function JobDetail({ job, problems, drawer, onJump }: JobDetailProps) {
  const running = job.endedMs === undefined;
  const now = useNow(1000, running);
  return (
    <aside aria-label={t('jobs.detail')} className={styles['detail']} data-drawer={drawer || undefined}>
      <section className={styles['part']}>
        <div className={styles['partHead']}>
          <h2>{t('jobs.stages')}</h2>
          <span className="num">{timeLeft(job, now)}</span>
        </div>
        {job.stages.length === 0 ? (
          <p className={styles['second']}>{t(running ? 'jobs.noStageYet' : 'jobs.noStage')}</p>
        ) : null}
        <ul className={styles['stages']}>
          {job.stages.map((stage) => (
            <Stage job={job} key={`${stage.name}-${stage.startedMs}`} now={now} stage={stage} />
          ))}
        </ul>
      </section>
      {problems.length > 0 ? (
        <section className={styles['part']}>
          <div className={styles['partHead']}>
            <h2>{t('jobs.problems')}</h2>
            <span className="num">{problems.length}</span>
          </div>
          <ul className={styles['problems']}>
            {problems.slice(0, mostProblems).map((problem) => (
              <li key={problem.line}>
                <button onClick={() => onJump(problem.line)} type="button">
                  <StateIcon size={14} state="failed" />
                  <span>
                    {problem.text}
                    <small>{t('jobs.atLine', { line: problem.line + 1 })}</small>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <section className={styles['part']}>
        <div className={styles['partHead']}>
          <h2>{t('jobs.details')}</h2>
          <CopyMarkdown job={job} problems={problems} />
        </div>
        <Facts className={styles['facts']} rows={factsOf(job)} />
        {running && job.keepMs !== undefined ? <KeepSwitch job={job} keepMs={job.keepMs} /> : null}
        {running ? <Variables job={job} /> : null}
      </section>
    </aside>
  );
});

/** TRM2: this job alone; its runner has a setting for all of its jobs. */
function KeepSwitch({ job, keepMs }: { readonly job: JobView; readonly keepMs: number }) {
  const keep = useAction('job.keep');
  const turn = (on: boolean): void => void keep.run({ job: job.key, on });
  useCommands([
    {
      id: 'job.keep',
      label: t(keepMs > 0 ? 'jobs.keepNot' : 'jobs.keep'),
      note: job.name,
      run: () => turn(keepMs === 0),
    },
  ]);
  return (
    <div className={styles['keep']}>
      <Switch
        hint={keepMs > 0 ? t('jobs.keepHint', { time: roundTime(keepMs / 1000) }) : t('jobs.keepOffHint')}
        label={t('jobs.keep')}
        on={keepMs > 0}
        onChange={turn}
      />
      <a href={hashOf({ view: 'terminals' })}>{t('jobs.keepList')}</a>
      {keep.trouble ? <ErrorText trouble={keep.trouble} /> : null}
    </div>
  );
}

const mostProblems = 20;

function Stage({ stage, now, job }: { readonly stage: StageView; readonly now: number; readonly job: JobView }) {
  const open = stage.endedMs === undefined && job.endedMs === undefined;
  const state = open ? 'running' : stageEnd(stage, job);
  return (
    <li data-state={state}>
      <StateIcon state={state} />
      <span>
        {stageText(stage.name)}
        <span className="hidden-text">, {t(`state.${state}`)}</span>
      </span>
      <span className="num">
        {stage.endedMs !== undefined
          ? stageTime(stage.endedMs - stage.startedMs)
          : open
            ? clockTime(now - stage.startedMs)
            : ''}
      </span>
    </li>
  );
}

function stageEnd({ failed, endedMs }: StageView, job: JobView): 'passed' | 'failed' | 'canceled' {
  if (endedMs === undefined || (failed === true && job.state === 'canceled')) return 'canceled';
  return failed ? 'failed' : 'passed';
}

function timeLeft(job: JobView, now: number): string {
  if (job.endedMs !== undefined) return jobTime(job, now);
  const left = job.startedMs + job.timeoutSeconds * 1000 - now;
  return t('jobs.timeLeft', { left: clockTime(left), total: roundTime(job.timeoutSeconds) });
}

function Variables({ job }: { readonly job: JobView }) {
  const { run, busy, trouble } = useAction('job.variables');
  const [shown, setShown] = useState<readonly { readonly key: string; readonly value: string | null }[]>();
  const toggle = async (): Promise<void> => {
    if (shown !== undefined) return setShown(undefined);
    const answer = await run({ job: job.key });
    if (answer) setShown(answer.variables);
  };
  return (
    <div className={styles['part']}>
      <Button aria-expanded={shown !== undefined} busy={busy} onClick={() => void toggle()} size="small">
        {t(shown === undefined ? 'jobs.showVariables' : 'jobs.hideVariables')}
      </Button>
      {trouble ? <ErrorText trouble={trouble} /> : null}
      {shown !== undefined ? (
        <dl aria-label={t('jobs.variables')} className={styles['variables']} tabIndex={0}>
          {shown.map(({ key, value }) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{value ?? <i>{t('jobs.masked')}</i>}</dd>
            </div>
          ))}
        </dl>
      ) : null}
    </div>
  );
}
