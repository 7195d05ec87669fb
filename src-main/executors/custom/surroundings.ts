import { join } from 'node:path';
import type { JobPayload } from '../../../src-shared/payload.ts';
import type { ResolvedVariable } from '../types.ts';

/** What a driver answers with when the job's script has failed, and when the driver itself has. */
export const buildFailureCode = 1;
export const systemFailureCode = 2;
/** In the environment of all that a driver runs for stages, so that it is found after a crash. */
export const markerName = 'HARRIER_DRIVER_JOB';

export const exitCodeFile = (folder: string): string => join(folder, 'build_exit_code');
export const responseFile = (folder: string): string => join(folder, 'response.json');

/**
 * The environment of all four programs beside Harrier's own (spec/executors.md 6.3). File variables have their content,
 * as GitLab sends it; later ones of a name win.
 */
export const surroundings = (
  folder: string,
  {
    job,
    variables,
    jobEnv,
  }: {
    readonly job: JobPayload;
    readonly variables: readonly ResolvedVariable[];
    readonly jobEnv: Readonly<Record<string, string>>;
  },
): Record<string, string> => ({
  TMPDIR: folder,
  BUILD_FAILURE_EXIT_CODE: String(buildFailureCode),
  SYSTEM_FAILURE_EXIT_CODE: String(systemFailureCode),
  BUILD_EXIT_CODE_FILE: exitCodeFile(folder),
  JOB_RESPONSE_FILE: responseFile(folder),
  ...jobEnv,
  ...Object.fromEntries(variables.map(({ key, value }) => [`CUSTOM_ENV_${key}`, value])),
  CUSTOM_ENV_CI_JOB_SERVICES: servicesOf(job),
});

/** Name, first alias and commands of each; empty when there is none. */
const servicesOf = ({ services }: JobPayload): string =>
  (services ?? []).length === 0
    ? ''
    : JSON.stringify(
        (services ?? []).map(({ name, alias, entrypoint, command, variables }) => ({
          name: name ?? '',
          alias: (alias ?? '').split(/[\s,]+/)[0] ?? '',
          entrypoint: entrypoint ?? null,
          command: (command ?? []).length > 0 ? command : null,
          ...((variables ?? []).length > 0 ? { variables } : {}),
        })),
      );
