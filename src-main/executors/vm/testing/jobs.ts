import type { RunnerConfig } from '../../../../src-shared/config-schema.ts';
import { type TestJob, testRequest } from '../../docker/testing/job.ts';
import { hurriedClock } from '../../remote/testing/hurried-clock.ts';
import type { Environment, Executor, ExecutorHandle, PrepareRequest } from '../../types.ts';

export type VmJob = TestJob & { readonly slot?: number };

/** Jobs for an executor of virtual machines; those that were prepared are closed by `closeAll`. */
export function vmJobs<Settings>(executor: () => Executor, runnerWith: (settings: Settings) => RunnerConfig) {
  const open: Environment[] = [];
  const requestFor = (settings: Settings, job: VmJob = {}) => {
    const recorded = testRequest(job);
    const handles: ExecutorHandle[] = [];
    const request: PrepareRequest = {
      ...recorded.request,
      clock: hurriedClock,
      slot: { runnerId: job.slot ?? 0, projectRunnerId: job.slot ?? 0 },
      runner: runnerWith(settings),
      onHandle: async (handle) => void handles.push(handle),
    };
    return { ...recorded, handles, request };
  };
  return {
    /** Those that are still to be closed. */
    open,
    requestFor,
    async prepare(settings: Settings, job: VmJob = {}) {
      const recorded = requestFor(settings, job);
      const environment = await executor().prepare(recorded.request);
      open.push(environment);
      return { ...recorded, environment };
    },
    async closeAll() {
      await Promise.all(open.splice(0).map(end));
      await executor().settled?.();
    },
  };
}

/** Closes it and waits until nothing of it is left. */
export const end = async (environment: Environment): Promise<void> => {
  await environment.close();
  await environment.removed?.();
};
