import { messageOf } from '../../src-shared/errors.ts';
import type { JobCredentials } from '../gitlab/types.ts';
import { createUploader, type Trace, type Uploader } from '../trace/index.ts';
import type { Lifetime } from './lifetime.ts';
import { graceAfterTimeoutMs, jobTimeoutSeconds } from './timeouts.ts';
import type { JobDeps, JobOutcome, JobRequest, JobResult } from './types.ts';

/** A round of the final update takes a minute at most (`job_status_final_update_retry_limit` counts rounds). */
const roundMs = 60_000;
/** What is left for the report when the machine goes down; the journal keeps what could not be told. */
const shutdownMs = 5000;

/** Sends a job's log while it runs, and tells GitLab how it ended. */
export interface Reporter {
  start(): void;
  /** Sends the rest, waits for `settled`, sends the final state. Never throws. */
  finish(result: JobResult, settled: Promise<void>): Promise<JobOutcome>;
  /** No more than a few seconds from now on. */
  hurry(): void;
}

export const createReporter = (
  { client, clock, log }: JobDeps,
  { request, lifetime, trace, debug }: { request: JobRequest; lifetime: Lifetime; trace: Trace; debug: boolean },
): Reporter => {
  const { payload, info, runner, journal } = request;
  const credentials: JobCredentials = { id: payload.id, token: payload.token };
  const giveUp = new AbortController();
  /** When GitLab itself gives the job up (monotonic ms): until then it is told how the job ended, if not earlier. */
  const lastMs = clock.monotonic() + jobTimeoutSeconds(payload) * 1000 + graceAfterTimeoutMs;
  let cancelTimer = (): void => {};
  const uploader: Uploader = createUploader({
    trace,
    clock,
    send: (start, body) => client.patchTrace(credentials, { start, body, debug }),
    touch: (output) => client.updateJob(credentials, { state: 'running', output }, info),
    onCancel: () => lifetime.stop('canceled'),
    onAbort: () => lifetime.stop('aborted'),
    onAcknowledged: (offset) => journal.acknowledged(offset),
  });
  const hurry = (): void => {
    cancelTimer();
    cancelTimer = clock.after(shutdownMs, () => giveUp.abort());
  };
  return {
    start: () => uploader.start(),
    hurry,
    async finish(result, settled) {
      await trace.close().catch((error) => log.error('The log could not be kept', { error: messageOf(error) }));
      const ready = Promise.all([
        settled,
        journal.result(result).catch((error) => log.error('journal', { error: messageOf(error) })),
      ]);
      if (lifetime.cause === 'shutdown' || lifetime.cause === 'battery') hurry();
      const rounds = numberOf(runner['job_status_final_update_retry_limit']);
      const deadlineMs = rounds === undefined ? lastMs : clock.monotonic() + rounds * roundMs;
      const sent = await uploader.finish(
        async (output) => {
          await ready;
          return client.updateJob(credentials, { ...finalState(result), output }, info);
        },
        { deadlineMs, signal: giveUp.signal },
      );
      cancelTimer();
      await ready;
      const delivery = sent === 'done' ? 'reported' : sent === 'abort' ? 'dropped' : 'unreported';
      return { ...result, delivery, traceBytes: trace.size };
    },
  };
};

const finalState = ({ state, failureReason, exitCode }: JobResult) => ({
  state,
  ...(failureReason !== undefined ? { failure_reason: failureReason } : {}),
  ...(exitCode !== undefined ? { exit_code: exitCode } : {}),
});

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined);
