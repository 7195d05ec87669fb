import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Config } from '../../src-shared/config-schema.ts';
import { createArchiver } from '../archive/index.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { revision, version } from '../base/version.ts';
import { type ConfigSource, createEngine, type EndedJob, type Engine } from '../engine/index.ts';
import type { ShutdownDrain } from '../executors/docker-machine/index.ts';
import { findUser } from '../executors/shell/index.ts';
import { createCoordinatorClient, createRunnerInfo } from '../gitlab/index.ts';
import { parseDuration } from '../job/go-duration.ts';
import { runJob } from '../job/index.ts';
import { createTransferStages } from '../job/transfer/index.ts';
import { connectionOf } from './connection.ts';
import { createExecutors, type Executors } from './executors.ts';
import type { WebTerminals } from './web-terminals.ts';

export interface EngineParts {
  readonly config: ConfigSource;
  readonly systemId: string;
  readonly dataFolder: string;
  readonly workingDirectory: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly local: boolean;
  /** `run --user`. */
  readonly user?: string;
  readonly onJobEnded?: (job: EndedJob) => void;
  readonly isKept?: (folder: string) => boolean;
  /** GitLab's web terminals, while they are served. */
  readonly webTerminals?: () => WebTerminals | undefined;
  /** All of them when missing. */
  readonly executors?: Executors;
}

/** An engine with its real parts. The only place that knows which implementation stands behind each contract. */
export function composeEngine(parts: EngineParts): { readonly engine: Engine; close(): Promise<void> } {
  const clock = systemClock;
  const { log } = parts;
  // A copy, since process.env asks the system for every name each time.
  const env = { ...parts.env };
  const user = findUser(parts.user ?? '');
  const archiver = createArchiver();
  const { of: executorOf, settled } =
    parts.executors ??
    createExecutors({
      clock,
      env,
      log,
      hostname: hostname(),
      local: parts.local,
      shutdownDrain: () => shutdownDrainOf(parts.config.current().config),
      ...(user ? { user } : {}),
    });
  const engine = createEngine({
    config: parts.config,
    clock,
    log,
    random: Math.random,
    systemId: parts.systemId,
    hostname: hostname(),
    banner: `harrier ${version} (${revision})`,
    workingDirectory: parts.workingDirectory,
    dataFolder: parts.dataFolder,
    createClient: (runner) => {
      const { config, path } = parts.config.current();
      return createCoordinatorClient(connectionOf(runner, path, env, config), { clock, log });
    },
    executorOf,
    infoOf: (runner) => {
      const executor = executorOf(runner);
      return createRunnerInfo({
        executor: runner.executor ?? '',
        shell: runner.shell ?? executor?.traits.defaultShell ?? '',
        executorFeatures: [
          ...(executor?.traits.features ?? []),
          ...(parts.webTerminals?.()?.serves(executor) ? ['session', 'terminal'] : []),
        ],
      });
    },
    openSession: (runner) => {
      const web = parts.webTerminals?.();
      return web?.serves(executorOf(runner)) ? web.open() : undefined;
    },
    freeBytes: async () => {
      const places = await Promise.all([parts.workingDirectory, parts.dataFolder].map((folder) => statfs(folder)));
      return Math.min(...places.map(({ bavail, bsize }) => bavail * bsize));
    },
    runJob,
    jobDeps: { archiver, transfer: createTransferStages(), processEnv: env },
    local: parts.local,
    ...(parts.onJobEnded ? { onJobEnded: parts.onJobEnded } : {}),
    ...(parts.isKept ? { isKept: parts.isKept } : {}),
  });
  return {
    engine,
    async close() {
      await engine.stop('now');
      await settled();
      await archiver.close();
    },
  };
}

/** `[machine.shutdown_drain]`; zero and less mean the default (spec/config-toml.md 1.2). */
const shutdownDrainOf = ({ machine }: Config): ShutdownDrain | undefined => {
  const { enabled, concurrency = 0, max_retries = 0, retry_backoff = '' } = machine?.shutdown_drain ?? {};
  if (enabled !== true) return undefined;
  const backoffMs = parseDuration(retry_backoff) ?? 0;
  return {
    concurrency: concurrency > 0 ? concurrency : 3,
    retries: max_retries > 0 ? max_retries : 3,
    backoffMs: backoffMs > 0 ? backoffMs : 5000,
  };
};
