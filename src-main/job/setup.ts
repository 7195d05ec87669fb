import type { JobPayload } from '../../src-shared/payload.ts';
import type { ExecutorTraits, JobDirectories } from '../executors/types.ts';
import { findShell, type Shell } from '../shells/index.ts';
import { type DirectoryOptions, jobDirectories, rootDirectories } from './directories.ts';
import { jobTimeoutSeconds } from './timeouts.ts';
import type { JobRequest } from './types.ts';
import { type AssembledVariables, assembleVariables, type Flags, interpolateInputs } from './variables/index.ts';
import type { JobVariables } from './variables/types.ts';

/** What is known of a job before anything runs. Made without touching disk or network. */
export interface JobSetup {
  /** With its inputs put in. */
  readonly payload: JobPayload;
  readonly variables: JobVariables;
  readonly flags: Flags;
  readonly timeoutMs: number;
  /** Why the payload cannot be used at all. */
  readonly invalid: unknown;
  /** Shell and folders; throws when the configuration and the job do not fit (said in prepare_executor). */
  place(): { readonly shell: Shell; readonly directories: JobDirectories };
}

export const setUp = (request: JobRequest, traits: ExecutorTraits): JobSetup => {
  const timeoutSeconds = jobTimeoutSeconds(request.payload);
  const assemble = (payload: JobPayload, directories: JobDirectories): AssembledVariables =>
    assembleVariables({ ...request, payload, traits, directories, timeoutSeconds });
  const options: DirectoryOptions = {
    ...request,
    traits,
    projectRunnerId: request.slot.projectRunnerId,
  };
  const nowhere = { builds: '', cache: '', project: '', temporary: '' };
  const first = assemble(request.payload, nowhere);
  const { payload, invalid } = withInputs(request.payload, first.flags);

  // GIT_CLONE_PATH may name CI_BUILDS_DIR, and CI_PROJECT_DIR depends on GIT_CLONE_PATH: hence two rounds.
  const located = attempt(() => {
    const roots = rootDirectories(options);
    const { variables } = assemble(payload, { ...nowhere, ...roots });
    return jobDirectories(options, variables.get);
  });
  const { variables, flags } = located.ok ? assemble(payload, located.value) : first;
  return {
    payload,
    variables,
    flags,
    timeoutMs: timeoutSeconds * 1000,
    invalid,
    place() {
      if (!located.ok) throw located.error;
      return {
        shell: findShell(request.runner.shell || traits.defaultShell, process.platform),
        directories: located.value,
      };
    },
  };
};

const withInputs = (payload: JobPayload, flags: Flags): { payload: JobPayload; invalid: unknown } => {
  if (flags.values.get('FF_ENABLE_JOB_INPUTS_INTERPOLATION') === false) return { payload, invalid: undefined };
  const replaced = attempt(() => interpolateInputs(payload));
  return replaced.ok ? { payload: replaced.value, invalid: undefined } : { payload, invalid: replaced.error };
};

const attempt = <T>(run: () => T): { ok: true; value: T } | { ok: false; error: unknown } => {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    return { ok: false, error };
  }
};
