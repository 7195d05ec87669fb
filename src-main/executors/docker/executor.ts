import { posix } from 'node:path';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import type { Executor, ExecutorTraits } from '../types.ts';
import { createEnginePool, type EnginePool } from './discovery/pool.ts';
import type { Engine } from './engine/types.ts';
import { listKept } from './kept.ts';
import { type PrepareJob, prepareDocker } from './prepare.ts';
import { removeLeftovers, sweep } from './recover.ts';
import { readSettings } from './settings.ts';

export interface DockerExecutorDeps {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  readonly log?: Logger;
  /** Engines are kept here; made when missing. */
  readonly engines?: EnginePool;
}

export const dockerFeatures = [
  'variables',
  'image',
  'services',
  'image_executor_opts',
  'service_executor_opts',
  'service_variables',
  'service_multiple_aliases',
];
const linuxTraits: ExecutorTraits = {
  features: dockerFeatures,
  webTerminal: true,
  sharedEnvironment: false,
  sharedBuildsDir: false,
  customBuildDir: true,
  safeDirectory: true,
  cleanGitConfig: true,
  buildsDir: '/builds',
  cacheDir: '/cache',
  showsHost: true,
  loginShell: false,
  defaultShell: 'bash',
  exitWords: 'exit code',
};

/** Runs jobs in containers of a Docker engine, or of one that speaks its API. */
export const createDockerExecutor = (deps: DockerExecutorDeps): Executor => createOnDocker('docker', linuxTraits, deps);

/** `docker-windows`: engines with Windows containers. */
export const createDockerWindowsExecutor = (deps: DockerExecutorDeps): Executor =>
  createOnDocker(
    'docker-windows',
    { ...linuxTraits, buildsDir: 'C:/builds', cacheDir: 'C:/cache', defaultShell: 'powershell' },
    deps,
  );

/** An executor on Docker engines. `prepareJob`: how a job's environment is put together there. */
export function createOnDocker(
  name: string,
  traits: ExecutorTraits,
  deps: DockerExecutorDeps,
  prepareJob: PrepareJob = prepareDocker,
): Executor {
  const { clock, env, hostname, log = silentLogger } = deps;
  const engines = deps.engines ?? createEnginePool({ clock, env, log });
  const quiet = new Set<Promise<void>>();
  const onQuiet = (work: Promise<void>): void => {
    const watched = work
      .catch((error: unknown) => log.warn('Cleaning up on the engine failed', { error: messageOf(error) }))
      .finally(() => quiet.delete(watched));
    quiet.add(watched);
  };
  const hurry = new AbortController();
  const swept = new WeakSet<Engine>();
  return {
    name,
    traits,
    traitsFor: (runner) => (sharesBuilds(runner, traits) ? { ...traits, sharedBuildsDir: true } : traits),
    async prepare(request) {
      const settings = readSettings(request.runner);
      const engine = await engines.get(settings, { log: request.log, signal: request.signal });
      if (!swept.has(engine)) {
        swept.add(engine);
        onQuiet(sweep(engine, { systemId: request.systemId, hostname, log, nowMs: clock.now() }));
      }
      return prepareJob({ engine, settings, clock, env, hostname, hurry: hurry.signal, onQuiet }, request);
    },
    async settled() {
      hurry.abort();
      while (quiet.size > 0) await Promise.all(quiet);
    },
    async recover(handles, runner, appLog) {
      const ours = handles.filter(({ kind }) => kind === 'container');
      if (ours.length === 0) return;
      const engine = await engines.get(readSettings(runner));
      for (const handle of ours) await removeLeftovers(engine, handle.proof, { log: appLog, nowMs: clock.now() });
    },
    async kept({ runner, ...identity }) {
      return listKept(await engines.get(readSettings(runner)), identity);
    },
  };
}

/** Builds that lie in a folder of the host are shared by all slots, so token and slot belong into their path. */
const sharesBuilds = (runner: RunnerConfig, { buildsDir }: ExecutorTraits): boolean => {
  const section: unknown = runner['docker'];
  const volumes: unknown =
    typeof section === 'object' && section !== null ? Reflect.get(section, 'volumes') : undefined;
  if (!Array.isArray(volumes)) return false;
  const builds = posix.normalize(`${runner.builds_dir || buildsDir}/`);
  return volumes.some((text: unknown) => {
    const [source = '', destination = ''] = typeof text === 'string' ? text.split(':') : [];
    return (
      source.startsWith('/') && destination.startsWith('/') && builds.startsWith(posix.normalize(`${destination}/`))
    );
  });
};
