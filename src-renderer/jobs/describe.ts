import type { JobView } from '../../src-shared/ipc.ts';
import { type MessageId, messages } from '../app/messages.ts';
import { t } from '../app/text.ts';
import { clockTime, roundTime, stageTime } from '../ui/format.ts';

/** How long a job took, or takes until now. */
export function jobTime(job: JobView, nowMs: number): string {
  const ms = (job.endedMs ?? nowMs) - job.startedMs;
  // A whole second is too coarse for what took less than ten; while it runs the tenths would only flicker.
  return job.endedMs !== undefined && ms < 10_000 ? stageTime(ms) : clockTime(ms);
}

/** Under the name: whose job it is. */
export const jobPlace = ({ project, ref }: JobView): string => [project, ref].filter((each) => each !== '').join(' · ');

/** Below that: what went wrong, with its exit code, and how long the job had to wait for a runner. */
export function jobOutcome(job: JobView): string {
  const reason = resultText(job);
  const code = job.exitCode !== undefined && job.exitCode !== 0 ? `${job.exitCode}` : undefined;
  const waited = Math.round(job.queuedSeconds ?? 0);
  return [
    reason === undefined || job.state !== 'warning' ? reason : t('jobs.allowedToFail', { reason }),
    code !== undefined && !reason?.includes(code) ? t('jobs.exitCode', { code }) : undefined,
    waited >= 1 ? t('jobs.waited', { time: roundTime(waited) }) : undefined,
  ]
    .filter((each) => each !== undefined)
    .join(' · ');
}

/** What ended a job that did not pass; undefined for one that runs or passed. */
export function resultText(job: JobView): string | undefined {
  if (job.state === 'canceled') return t('state.canceled');
  if (job.state !== 'failed' && job.state !== 'warning') return undefined;
  if (job.failureReason === 'job_execution_timeout') return t('jobs.timedOut', { time: roundTime(job.timeoutSeconds) });
  if (job.failureReason === 'script_failure' && job.exitCode !== undefined && job.exitCode !== 0) {
    const stage = job.stages.find(({ failed }) => failed)?.name;
    const code = `${job.exitCode}`;
    return stage === undefined
      ? t('jobs.exitCode', { code })
      : t('jobs.exitCodeIn', { code, stage: stageText(stage).toLowerCase() });
  }
  // The state says already that it failed.
  const rest = job.message?.replace(/^Job failed(?: \(system failure\))?: /, '');
  if (rest) return rest.slice(0, 1).toUpperCase() + rest.slice(1);
  return job.failureReason !== undefined ? reasonText(job.failureReason) : undefined;
}

/** GitLab's failure reasons in plain words; one that is not known stays as it is, without underscores. */
export function reasonText(reason: string): string {
  const id = `reason.${reason}`;
  return id in messages ? t(id as MessageId) : reason.replaceAll('_', ' ');
}

/** A stage by the name of its section. */
export function stageText(name: string): string {
  const id = `stage.${name}`;
  if (id in messages) return t(id as MessageId);
  return name.startsWith('step_') ? t('stage.step', { name: name.slice('step_'.length) }) : name.replaceAll('_', ' ');
}

/** The word in the header's pill, with the time or what ended it. */
export function pillText(job: JobView, nowMs: number): string {
  if (job.phase === 'canceling') return t('jobs.canceling');
  const word = t(`state.${job.state}`);
  if (job.state === 'failed' && job.exitCode !== undefined && job.exitCode !== 0)
    return t('jobs.failedWith', { code: `${job.exitCode}` });
  if (job.state === 'canceled' || job.state === 'skipped' || job.state === 'waiting') return word;
  return `${word} ${jobTime(job, nowMs)}`;
}
