import type { BuildLog } from '../base/build-log.ts';
import type { Clock } from '../base/clock.ts';
import { badInteger } from './stages/index.ts';
import type { JobVariables } from './variables/types.ts';

const attemptVariables = [
  'GET_SOURCES_ATTEMPTS',
  'RESTORE_CACHE_ATTEMPTS',
  'ARTIFACT_DOWNLOAD_ATTEMPTS',
  'SECRETS_RETRIEVAL_ATTEMPTS',
  'EXECUTOR_JOB_SECTION_ATTEMPTS',
] as const;
export type AttemptVariable = (typeof attemptVariables)[number];
export interface Attempts {
  readonly of: (name: AttemptVariable) => number;
  /** What is wrong with the settings, in the official words. */
  readonly problems: readonly string[];
}

/** How often a stage is tried: 1 to 10, clamped (spec/job-lifecycle.md 1.4). */
export const readAttempts = (variables: Pick<JobVariables, 'get'>): Attempts => {
  const problems: string[] = [];
  const counts = new Map<AttemptVariable, number>();
  for (const name of attemptVariables) {
    const text = variables.get(name) ?? '';
    const problem = badInteger(name, text, 1);
    problems.push(...(problem ?? []));
    const wanted = problem === undefined && text !== '' ? Number(text) : 1;
    const count = Math.min(Math.max(wanted, 1), 10);
    if (count !== wanted) problems.push(`${name}: number of attempts out of the range [1, 10], clamping to: ${count}`);
    counts.set(name, count);
  }
  return { of: (name) => counts.get(name) ?? 1, problems };
};

export interface RetryOptions {
  readonly attempts: number;
  /** FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY: 5 s doubling up to 5 min instead of 1 s doubling up to 5 s. */
  readonly exponential: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: BuildLog;
}

/**
 * Runs a stage until it succeeds or the attempts are used up; the last error is thrown. The pause ends at once when the
 * job is stopped (the official runner sleeps on).
 */
export const withAttempts = async (
  { attempts, exponential, clock, signal, log }: RetryOptions,
  run: (attempt: number) => Promise<void>,
): Promise<void> => {
  const [firstMs, longestMs] = exponential ? [5000, 300_000] : [1000, 5000];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(attempt);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (attempt >= attempts) throw error;
      log.warning('Retrying...');
      await clock.sleep(Math.min(firstMs * 2 ** (attempt - 1), longestMs), signal);
    }
  }
};
