import type { Clock } from '../base/clock.ts';
import { JobFailure } from '../executors/types.ts';
import { jobTimeoutMessage } from './timeouts.ts';
import type { StopCause } from './types.ts';

/**
 * When and why a job ends before its time. `signal` covers everything, `script` the user steps only: a cancel while
 * they run stops them, and after_script and the uploads follow. The reason of both signals is the JobFailure that the
 * job will end with, so the cause is kept to the end.
 */
export interface Lifetime {
  readonly signal: AbortSignal;
  readonly script: AbortSignal;
  /** Why the whole job was stopped; undefined while it may go on. */
  readonly cause: StopCause | 'failed' | undefined;
  enterScript(): void;
  leaveScript(): void;
  stop(cause: StopCause, detail?: string): void;
  /** The job cannot go on, for a reason of its own: everything ends. */
  fail(failure: JobFailure): void;
  /** Starts the job's own clock. */
  startTimeout(ms: number): void;
  /** No timer is left behind. */
  end(): void;
}

export const createLifetime = (clock: Clock): Lifetime => {
  const whole = new AbortController();
  const script = new AbortController();
  let phase: 'before' | 'script' | 'after' = 'before';
  let cause: StopCause | 'failed' | undefined;
  let cancelTimer = (): void => {};

  const stopAll = (why: StopCause | 'failed', failure: JobFailure): void => {
    if (cause !== undefined) return;
    cause = why;
    whole.abort(failure);
    script.abort(failure);
  };
  return {
    signal: whole.signal,
    script: script.signal,
    get cause() {
      return cause;
    },
    enterScript: () => void (phase = 'script'),
    leaveScript: () => void (phase = 'after'),
    stop(why, detail) {
      const failure = failureOf(why, detail);
      const graceful = why === 'user' || why === 'canceled';
      if (!graceful || phase === 'before') stopAll(why, failure);
      // After the steps a cancel changes nothing any more: what is left is the clean end of the job.
      else if (phase === 'script') script.abort(failure);
    },
    fail: (failure) => stopAll('failed', failure),
    startTimeout(ms) {
      cancelTimer = clock.after(ms, () =>
        stopAll('timeout', new JobFailure('job_execution_timeout', jobTimeoutMessage(ms))),
      );
    },
    end: () => cancelTimer(),
  };
};

const failureOf = (cause: StopCause, detail: string | undefined): JobFailure => {
  if (cause === 'shutdown') return new JobFailure('runner_interrupted', `aborted: ${detail ?? 'terminated'}`);
  if (cause === 'battery') return new JobFailure('runner_interrupted', `aborted: ${detail ?? 'battery is low'}`);
  return new JobFailure('job_canceled', 'canceled');
};
