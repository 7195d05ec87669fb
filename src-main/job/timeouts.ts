import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { JobPayload } from '../../src-shared/payload.ts';
import type { Clock } from '../base/clock.ts';
import { JobFailure } from '../executors/types.ts';
import { formatDuration, parseDuration } from './go-duration.ts';
import type { JobVariables } from './variables/types.ts';

const defaultTimeoutSeconds = 7200;
/** GitLab gives up a job this long after its timeout; until then a final update is tried again. */
export const graceAfterTimeoutMs = 60 * 60_000;
const defaultAfterScriptMs = 5 * 60_000;

/** The whole job's limit in seconds; GitLab's zero or less means two hours. */
export const jobTimeoutSeconds = (payload: JobPayload): number => {
  const seconds = payload.runner_info?.timeout ?? 0;
  return seconds > 0 ? seconds : defaultTimeoutSeconds;
};

/** A limit of config.toml (`prepare_timeout`), bounded by the job's own; undefined when it says nothing. */
export const configuredTimeoutMs = (
  runner: RunnerConfig,
  key: 'prepare_timeout' | 'get_sources_timeout',
  jobMs: number,
): number | undefined => {
  const value: unknown = runner[key];
  const ms = typeof value === 'string' ? parseDuration(value) : typeof value === 'number' ? value / 1e6 : undefined;
  return ms !== undefined && ms > 0 && ms < jobMs ? ms : undefined;
};

export interface ScriptTimeouts {
  /** All user steps together; undefined: only the job's own limit. */
  readonly scriptMs: number | undefined;
  readonly afterScriptMs: number;
  readonly problems: readonly string[];
}

/** RUNNER_SCRIPT_TIMEOUT and RUNNER_AFTER_SCRIPT_TIMEOUT (spec/job-lifecycle.md 1.5). */
export const readScriptTimeouts = (variables: Pick<JobVariables, 'get'>, jobMs: number): ScriptTimeouts => {
  const problems: string[] = [];
  const read = (name: string): number | undefined => {
    const text = variables.get(name) ?? '';
    if (text === '') return undefined;
    const ms = parseDuration(text);
    if (ms === undefined) problems.push(`Ignoring malformed ${name} timeout: ${text}`);
    else if (ms < 0) problems.push(`Ignoring relative ${name} timeout: ${text}`);
    else if (ms > jobMs) problems.push(`${name} timeout: ${text} is longer than job timeout. Setting to job timeout`);
    else if (ms > 0) return ms;
    return undefined;
  };
  const scriptMs = read('RUNNER_SCRIPT_TIMEOUT');
  const afterScriptMs = read('RUNNER_AFTER_SCRIPT_TIMEOUT') ?? defaultAfterScriptMs;
  return { scriptMs, afterScriptMs, problems };
};

/**
 * The reason of a limit that only stops a script: what counts is how the script ends then, as with
 * RUNNER_AFTER_SCRIPT_TIMEOUT (`exit status 1` from the shell's trap, or nothing when it ends well).
 */
export class ScriptDeadline extends JobFailure {}

/**
 * Runs something under a limit of its own below `signal`. When the time is over the inner signal is aborted with
 * `reason`. Without `ms` nothing is added.
 */
export const withDeadline = async <T>(
  { clock, signal, ms, reason }: { clock: Clock; signal: AbortSignal; ms: number | undefined; reason: JobFailure },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  if (ms === undefined) return run(signal);
  const inner = new AbortController();
  const onAbort = () => inner.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const cancel = clock.after(ms, () => inner.abort(reason));
  try {
    return await run(inner.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
};

/** `execution took longer than 1h0m0s seconds`: the official sentence, its slip included. */
export const jobTimeoutMessage = (ms: number): string => `execution took longer than ${formatDuration(ms)} seconds`;
