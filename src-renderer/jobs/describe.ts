import type { JobView } from '../../src-shared/ipc.ts';
import { type MessageId, messages } from '../app/messages.ts';
import { t } from '../app/text.ts';
import { clockTime, stageTime } from '../ui/format.ts';

/** How long a job took, or takes until now. */
export function jobTime(job: JobView, nowMs: number): string {
  const ms = (job.endedMs ?? nowMs) - job.startedMs;
  // A whole second is too coarse for what took less than ten; while it runs the tenths would only flicker.
  return job.endedMs !== undefined && ms < 10_000 ? stageTime(ms) : clockTime(ms);
}

/** Under the name: what went wrong, or whose job it is. */
export function jobSecondLine(job: JobView): string {
  if (job.state === 'failed' || job.state === 'warning' || job.state === 'canceled') {
    const reason = job.message ?? (job.failureReason !== undefined ? reasonText(job.failureReason) : undefined);
    if (reason !== undefined) return job.state === 'warning' ? t('jobs.allowedToFail', { reason }) : reason;
  }
  return job.project;
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
