import type { JobPayload } from '../../src-shared/payload.ts';
import { JobFailure } from '../executors/types.ts';

const knownOptions: Readonly<Record<string, readonly string[]>> = {
  docker: ['platform', 'user'],
  kubernetes: ['user'],
};

/**
 * Why a job is not even begun (spec/coordinator-api.md 2.4): options of image or services that nobody knows, `run`
 * together with what it excludes. Undefined: nothing is wrong. Such a job ends with `runner_system_failure`, code 3.
 */
export const refusalOf = (payload: JobPayload): string | undefined => {
  const places = [
    ...(payload.image ? [{ name: 'image', options: payload.image.executor_opts }] : []),
    ...(payload.services ?? []).map((service) => ({
      name: `service ${service.name ?? ''}`.trim(),
      options: service.executor_opts,
    })),
  ];
  const unknown = places.flatMap(({ name, options }) => unsupported(name, options ?? {}));
  if (unknown.length > 0) return unknown.join('\n');
  if (!isRunJob(payload)) return undefined;
  const hasScript = (payload.steps ?? []).some(({ name, script }) => name === 'script' && (script ?? []).length > 0);
  if (hasScript) return 'the `run` and `script` keywords cannot be used together';
  if ((payload.variables ?? []).some(({ key }) => key === 'STEPS'))
    return 'the `run` keyword requires the exclusive use of the variable STEPS';
  return undefined;
};

/** Fails a job whose steps this version cannot run; the sentence is the official one for executors without them. */
export const refuseRunJobs = (payload: JobPayload): void => {
  if (isRunJob(payload))
    throw new JobFailure(
      'runner_configuration_error',
      'native step execution (e.g. the `run:` keyword) on this executor requires the FF_CONCRETE feature flag to be enabled, which Harrier does not support',
    );
};

/** Secrets of providers are not fetched yet; running without them would be worse than saying so. */
export const refuseSecrets = (payload: JobPayload): void => {
  const names = Object.keys(payload.secrets ?? {});
  if (names.length > 0)
    throw new JobFailure(
      'runner_configuration_error',
      `the job uses secrets (${names.join(', ')}), which Harrier does not fetch`,
    );
};

const isRunJob = ({ run }: JobPayload): boolean => run !== undefined && run !== null && run !== '' && run !== '[]';

const unsupported = (place: string, options: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(options).flatMap(([executor, values]) => {
    if (values === null || values === undefined) return [];
    const known = knownOptions[executor];
    if (known === undefined) return [`${place}: executor_opts: unsupported option "${executor}"`];
    return Object.entries(values).flatMap(([key, value]) =>
      known.includes(key) || value === undefined
        ? []
        : [`${place}: executor_opts: unsupported option "${executor}.${key}"`],
    );
  });
