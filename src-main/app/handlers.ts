import { HarrierError } from '../../src-shared/errors.ts';
import type { EngineSnapshot, Handlers } from '../../src-shared/ipc.ts';
import type { Engine } from '../engine/index.ts';
import type { ConfigHandlers } from './config-editor.ts';
import type { DockerEngines } from './docker-engines.ts';
import { listFolders } from './folders.ts';
import type { createMachineHandlers } from './found/machine.ts';
import type { LocalPipelines } from './local-pipelines.ts';
import type { Opening } from './open/index.ts';
import type { PowerWatch } from './power-watch.ts';
import type { createRunnerHandlers } from './runner-handlers.ts';
import type { createServerHandlers } from './server-handlers.ts';
import type { createSettingsHandlers } from './settings-handlers.ts';
import type { TerminalHandlers } from './terminals.ts';
import type { TraceHandlers } from './traces.ts';

export interface HandlerDeps {
  readonly engine: Engine;
  readonly pipelines: LocalPipelines;
  readonly snapshot: () => EngineSnapshot;
  readonly power: PowerWatch;
  readonly lookAtExecutors: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: (mode: 'drain' | 'now') => Promise<void>;
  readonly traces: TraceHandlers & Opening['handlers'];
  readonly terminals: TerminalHandlers;
  /** Adding, changing and removing runners, and what the wizard asks before. */
  readonly runners: ReturnType<typeof createRunnerHandlers> & ReturnType<typeof createServerHandlers>;
  readonly docker: DockerEngines;
  readonly config: ConfigHandlers;
  readonly machine: ReturnType<typeof createMachineHandlers>;
  readonly settings: ReturnType<typeof createSettingsHandlers>;
  /** A fresh copy of the sample repository; answers its folder. */
  readonly prepareSample: () => Promise<string>;
  readonly pickFolder: () => Promise<string | null>;
  readonly openLink: (url: string) => Promise<void>;
}

const ok = { ok: true } as const;

/** The engine's side of the contract. Only names and arguments here: the work lives in the rooms. */
export const createHandlers = (deps: HandlerDeps): Handlers => {
  const { engine, pipelines } = deps;
  const jobAtWork = (key: string) => {
    const job = engine.job(key) ?? pipelines.engine?.job(key);
    if (job === undefined) throw new HarrierError('INPUT_INVALID', 'this job is not running');
    return job;
  };
  const known = (key: string): string => {
    if (deps.snapshot().runners.some((runner) => runner.key === key)) return key;
    throw new HarrierError('RUNNER_UNKNOWN', 'there is no such runner in the config file');
  };
  return {
    ...deps.runners,
    ...deps.settings,
    ...deps.machine,
    ...deps.traces,
    ...deps.terminals,
    ...deps.config,
    'engine.snapshot': async () => deps.snapshot(),
    'health.look': async () => {
      await deps.lookAtExecutors();
      return ok;
    },
    'engine.start': async () => {
      await deps.start();
      return ok;
    },
    'engine.stop': async ({ mode }) => {
      // A drain may take hours: the state tells how far it is, the call does not wait.
      const stopped = deps.stop(mode);
      if (mode === 'now') await stopped;
      return ok;
    },
    'runner.pause': async ({ runner, untilMs, untilPluggedIn }) => {
      const power = untilPluggedIn === true ? await deps.power.look() : 'battery';
      if (power !== 'battery')
        throw power === 'mains'
          ? new HarrierError('INPUT_INVALID', 'this machine is plugged in now')
          : new HarrierError('NOT_SUPPORTED', 'this machine does not tell whether it runs on a battery', {
              hint: 'Pause for an hour, until tomorrow, or until you resume.',
            });
      const until = {
        ...(untilMs !== undefined ? { untilMs } : {}),
        ...(untilPluggedIn !== undefined ? { untilPluggedIn } : {}),
      };
      engine.pause(known(runner), until);
      pipelines.engine?.pause(runner, until);
      // From here on it is looked at more often.
      if (untilPluggedIn === true) void deps.power.look();
      return ok;
    },
    'runner.resume': async ({ runner }) => {
      engine.resume(known(runner));
      pipelines.engine?.resume(runner);
      return ok;
    },
    'job.cancel': async ({ job }) => {
      jobAtWork(job).stop('user');
      return ok;
    },
    'job.keep': async ({ job, on }) => {
      if (![engine, pipelines.engine].some((each) => each?.keep(job, on)))
        throw new HarrierError('NOT_SUPPORTED', 'what this job leaves cannot be kept', {
          hint: 'It has ended, or its executor keeps nothing; shell and Docker do.',
        });
      return ok;
    },
    'job.variables': async ({ job }) => ({ variables: [...jobAtWork(job).variables()] }),
    'pipeline.tryIt': async () => ({ pipeline: (await pipelines.run({ folder: await deps.prepareSample() })).id }),
    'pipeline.list': async ({ folder }) => {
      const { compilePipeline } = await import('../local/index.ts');
      const { jobs, problems } = await compilePipeline(folder);
      return {
        jobs: jobs.map(({ name, stage, when, needs }) => ({ name, stage, when, needs: [...needs] })),
        problems: [...problems],
      };
    },
    'pipeline.run': async ({ folder, jobs }) => ({
      pipeline: (await pipelines.run({ folder, ...(jobs ? { jobs } : {}) })).id,
    }),
    'pipeline.cancel': async ({ pipeline }) => {
      if (!pipelines.cancel(pipeline)) throw new HarrierError('INPUT_INVALID', 'there is no such pipeline');
      return ok;
    },
    'folder.list': ({ folder }) => listFolders(folder),
    'folder.pick': async () => ({ folder: await deps.pickFolder() }),
    'docker.engines': () => deps.docker.survey(),
    'docker.contents': ({ address }) => deps.docker.contents(address),
    'docker.prune': ({ address, caches, kept }) => deps.docker.prune(address, { caches, kept }),
    'link.open': async ({ url }) => {
      await deps.openLink(url);
      return ok;
    },
  };
};
