import type { Problems } from '../problems.ts';
import { type Value, YamlList, YamlMap } from '../yaml/value.ts';
import type { RetryRule } from './model.ts';
import { type Take, take } from './take.ts';

const reasons = [
  'always',
  'unknown_failure',
  'script_failure',
  'api_failure',
  'stuck_or_timeout_failure',
  'runner_system_failure',
  'runner_unsupported',
  'runner_interrupted',
  'stale_schedule',
  'job_execution_timeout',
  'archived_failure',
  'unmet_prerequisites',
  'scheduler_failure',
  'data_integrity_failure',
  'image_pull_failure',
  'runner_configuration_error',
  'runner_external_dependency_failure',
];
const mostRetries = 2;

/** `retry: 1`, or a map with reasons and exit codes. */
export function readRetry(job: Take, path: string, problems: Problems): RetryRule {
  const value = job.value('retry');
  const none: RetryRule = { max: 0, when: ['always'], exitCodes: [] };
  if (value === undefined) return none;
  if (typeof value === 'number') return { ...none, max: checkedMax(value, job, 'retry') };
  if (!(value instanceof YamlMap)) {
    job.wrong('retry', 'an integer or a hash');
    return none;
  }
  const reader = take(value, `${path}:retry`, problems);
  reader.only(['max', 'when', 'exit_codes']);
  const when = reader.texts('when') ?? none.when;
  for (const reason of when) if (!reasons.includes(reason)) reader.wrong('when', `one of: ${reasons.join(', ')}`);
  const exitCodes = value.has('exit_codes') ? readCodes(reader) : [];
  // Exit codes alone mean these codes, not every other reason as well.
  return {
    max: value.has('max') ? checkedMax(reader.whole('max') ?? 0, reader, 'max') : mostRetries,
    when: exitCodes.length > 0 && !value.has('when') ? [] : when,
    exitCodes,
  };
}

function checkedMax(max: number, reader: Take, key: string): number {
  if (max > mostRetries) reader.wrong(key, `less than or equal to ${mostRetries}`);
  if (max < 0) reader.wrong(key, 'greater than or equal to 0');
  return max;
}

/** `allow_failure: true`, or the exit codes that are allowed. */
export function readAllowFailure(
  job: Take,
  path: string,
  problems: Problems,
): { readonly flag: boolean | undefined; readonly codes: readonly number[] } {
  const value = job.value('allow_failure');
  if (value === undefined || typeof value === 'boolean') return { flag: value, codes: [] };
  if (!(value instanceof YamlMap)) {
    job.wrong('allow_failure', 'a hash or a boolean value');
    return { flag: undefined, codes: [] };
  }
  const reader = take(value, `${path}:allow_failure`, problems);
  reader.only(['exit_codes']);
  return { flag: false, codes: readCodes(reader) };
}

function readCodes(reader: Take): readonly number[] {
  const value: Value | undefined = reader.value('exit_codes');
  const items = value instanceof YamlList ? value.items : [value];
  const codes = items.filter((item) => typeof item === 'number');
  if (codes.length === 0 || codes.length < items.length)
    reader.wrong('exit_codes', 'an array of integers or an integer');
  return codes;
}
