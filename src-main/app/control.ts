import { HarrierError } from '../../src-shared/errors.ts';
import type { ControlHandlers } from '../config/index.ts';
import type { Engine } from '../engine/index.ts';
import type { HarrierApp } from './types.ts';

/** What the command line may ask of a running engine. No secret is in any answer. */
export function createControlHandlers(
  engine: Engine,
  app: Pick<HarrierApp, 'snapshot' | 'stop'> & { readonly lookAtExecutors: () => Promise<void> },
  onStopped: () => void,
): ControlHandlers {
  const keysOf = (params: Readonly<Record<string, unknown>>): string => {
    if (params['runner'] === undefined) return 'all';
    const found = engine.view().runners.find(({ name, key }) => name === params['runner'] || key === params['runner']);
    if (found === undefined)
      throw new HarrierError('RUNNER_UNKNOWN', `there is no runner "${String(params['runner'])}"`);
    return found.key;
  };
  return {
    status: async () => {
      await app.lookAtExecutors();
      const { state, stateText, version, configPath, health, runners, jobs } = app.snapshot();
      const atWork = jobs.filter((job) => job.state === 'running');
      return { pid: process.pid, version, configPath, state, stateText, health, runners, jobs: atWork };
    },
    pause: async (params) => engine.pause(keysOf(params)),
    resume: async (params) => engine.resume(keysOf(params)),
    // Answered at once: a drain may take hours, and after `stop` there is nobody left to answer.
    drain: async () => void app.stop('drain').then(onStopped),
    stop: async () => void app.stop('now').then(onStopped),
  };
}
