import type { BuildLog } from '../base/build-log.ts';
import type { Environment, JobDirectories, ResolvedVariable } from '../executors/types.ts';
import type { Shell } from '../shells/types.ts';
import type { Lifetime } from './lifetime.ts';
import type { JobSetup } from './setup.ts';
import type { StageRunner } from './stage.ts';
import type { JobDeps, JobEvent, JobRequest } from './types.ts';
import type { JobVariables } from './variables/types.ts';

/** What all steps of the run loop share. */
export interface JobContext {
  readonly deps: JobDeps;
  readonly request: JobRequest;
  readonly setup: JobSetup;
  readonly lifetime: Lifetime;
  readonly log: BuildLog;
  readonly stages: StageRunner;
  readonly onEvent: (event: JobEvent) => void;
}

/** The same once there is a place where scripts run. */
export interface PreparedJob extends JobContext {
  readonly environment: Environment;
  readonly shell: Shell;
  readonly directories: JobDirectories;
  /** `CI_JOB_STATUS` changes once the user's steps are over. */
  readonly variables: JobVariables;
}

export const withStatus = (job: PreparedJob, status: string): PreparedJob => {
  const variable: ResolvedVariable = {
    key: 'CI_JOB_STATUS',
    value: status,
    file: false,
    public: true,
    masked: false,
    raw: true,
    internal: true,
  };
  return { ...job, variables: job.variables.with([variable]) };
};
