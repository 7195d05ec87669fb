import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { PipelineView } from '../../src-shared/ipc.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { type EndedJob, type Engine, runnerKey } from '../engine/index.ts';
import type { LocalCoordinator, PipelineRun } from '../local/index.ts';
import { composeEngine } from './compose.ts';

export interface LocalPipelines {
  readonly engine: Engine | undefined;
  readonly views: readonly PipelineView[];
  run(options: {
    folder: string;
    jobs?: readonly string[];
    variables?: Readonly<Record<string, string>>;
  }): Promise<PipelineRun>;
  cancel(id: string): boolean;
  /** The folder that a pipeline was started in; those of earlier starts of Harrier are not known. */
  folderOf(id: string | undefined): string | undefined;
  /** Where the jobs have their copies of it. */
  readonly builds: string;
  close(): Promise<void>;
}

export interface LocalDeps {
  readonly dataFolder: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Jobs at once; as many as the machine has cores unless said otherwise. */
  readonly concurrent?: number;
  readonly onChange: () => void;
  readonly onJobEnded?: (job: EndedJob) => void;
  readonly isKept?: (folder: string) => boolean;
}

/**
 * Pipelines of local repositories: the embedded coordinator and an engine of their own that asks it for jobs over the
 * same HTTP API as GitLab's. Both are made at the first run, so that nobody pays for what they do not use.
 */
export function createLocalPipelines(deps: LocalDeps): LocalPipelines {
  let parts: Promise<Parts> | undefined;
  let made: Parts | undefined;
  const runs = new Map<string, PipelineRun>();
  const folder = join(deps.dataFolder, 'local');

  const begin = async (): Promise<Parts> => {
    const { startLocalCoordinator } = await import('../local/index.ts');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const coordinator = await startLocalCoordinator({
      clock: systemClock,
      log: deps.log,
      dataFolder: join(folder, 'coordinator'),
      runnerKeyOf: (url, token) => runnerKey({ url, token }),
    });
    const concurrent = deps.concurrent ?? Math.max(2, availableParallelism());
    const loaded = {
      config: { concurrent, check_interval: 1, runners: [localRunner(coordinator, folder, concurrent)] },
      runnerProblems: [],
      warnings: [],
    };
    const { engine, close } = composeEngine({
      config: { current: () => loaded, onChange: () => () => {} },
      systemId: 's_local0000000',
      dataFolder: folder,
      workingDirectory: folder,
      log: deps.log,
      env: deps.env,
      local: true,
      ...(deps.onJobEnded ? { onJobEnded: deps.onJobEnded } : {}),
      ...(deps.isKept ? { isKept: deps.isKept } : {}),
    });
    engine.onChange(deps.onChange);
    await engine.start();
    made = { coordinator, engine, close };
    return made;
  };

  return {
    get engine() {
      return made?.engine;
    },
    get views() {
      return [...runs.values()].map((run) => run.view()).reverse();
    },
    folderOf: (id) => runs.get(id ?? '')?.view().folder,
    builds: buildsIn(folder),
    async run(options) {
      parts ??= begin();
      // A failed begin must not stick: the next click tries again.
      const { coordinator } = await parts.catch((error) => {
        parts = undefined;
        throw error;
      });
      const run = await coordinator.runPipeline(options);
      runs.set(run.id, run);
      run.onChange(deps.onChange);
      deps.onChange();
      return run;
    },
    cancel(id) {
      const run = runs.get(id);
      run?.cancel();
      // A job that prints nothing would hear of it at its next touch only.
      for (const { key, pipeline } of made?.engine.view().jobs ?? []) if (pipeline === id) made?.engine.cancel(key);
      return run !== undefined;
    },
    async close() {
      const { coordinator, close } = (await parts?.catch(() => undefined)) ?? {};
      for (const run of runs.values()) run.cancel();
      await close?.();
      await coordinator?.close();
    },
  };
}

interface Parts {
  readonly coordinator: LocalCoordinator;
  readonly engine: Engine;
  close(): Promise<void>;
}

const buildsIn = (folder: string): string => join(folder, 'builds');

const localRunner = (coordinator: LocalCoordinator, folder: string, concurrent: number): RunnerConfig => ({
  name: 'This computer',
  url: coordinator.url,
  token: coordinator.runnerToken,
  executor: 'shell',
  shell: process.platform === 'win32' ? 'powershell' : 'bash',
  builds_dir: buildsIn(folder),
  cache_dir: join(folder, 'cache'),
  request_concurrency: concurrent,
});
