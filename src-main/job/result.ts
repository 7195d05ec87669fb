import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import type { BuildLog } from '../base/build-log.ts';
import { type FailureReason, JobFailure } from '../executors/types.ts';
import type { JobResult } from './types.ts';

/** Errors of ours that the person who configures the runner can cure. */
const configurationCodes: ReadonlySet<string> = new Set([
  'CONFIG_INVALID',
  'EXECUTOR_UNKNOWN',
  'EXECUTOR_UNSUPPORTED',
  'INPUT_INVALID',
  'NOT_SUPPORTED',
  'PIPELINE_UNSUPPORTED',
  'SHELL_NOT_FOUND',
]);

/** What an error means for the job (spec/job-lifecycle.md 1.8). What is no JobFailure is the runner's own fault. */
export const failureOf = (error: unknown): JobFailure => {
  if (error instanceof JobFailure) return error;
  const configuration = error instanceof HarrierError && configurationCodes.has(error.code);
  return new JobFailure(configuration ? 'runner_configuration_error' : 'runner_system_failure', messageOf(error), {
    cause: error,
  });
};

/** The result of a job and its last line: `Job succeeded`, `Job failed: …`, `Job failed (system failure): …`. */
export const resultOf = (failure: JobFailure | undefined, supported: readonly string[]): JobResult => {
  if (failure === undefined) return { state: 'success', message: 'Job succeeded' };
  const system = failure.reason === 'runner_system_failure';
  const exitCode = failure.exitCode === undefined ? 0 : failure.exitCode | 0; // as signed 32 bit, as Windows codes come
  return {
    state: 'failed',
    failureReason: supportedReason(failure.reason, supported),
    ...(exitCode !== 0 ? { exitCode } : {}),
    message: `Job failed${system ? ' (system failure)' : ''}: ${failure.message}`,
  };
};

export const writeResult = (log: BuildLog, result: JobResult): void =>
  result.state === 'success' ? log.info(result.message) : log.error(result.message);

const always: readonly string[] = ['script_failure', 'runner_system_failure', 'job_execution_timeout'];
const substitutes: Readonly<Partial<Record<FailureReason, FailureReason>>> = {
  image_pull_failure: 'runner_system_failure',
  runner_configuration_error: 'script_failure',
  runner_external_dependency_failure: 'runner_system_failure',
};

/** A reason that this server knows (spec/coordinator-api.md 4.2). */
const supportedReason = (reason: FailureReason, supported: readonly string[]): FailureReason =>
  supported.includes(reason) || always.includes(reason) ? reason : (substitutes[reason] ?? 'unknown_failure');
