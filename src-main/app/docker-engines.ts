import { hostname } from 'node:os';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { PruneChoice } from '../../src-shared/docker/pruned.ts';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import type { CallOutput, DockerItem } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import {
  contextOf,
  type DockerSettings,
  type Engine,
  endpointText,
  findEngine,
  listOurs,
  type Ours,
  prune,
  readSettings,
  surveyEngines,
  type Try,
} from '../executors/docker/index.ts';

export interface DockerEnginesDeps {
  readonly runners: () => readonly RunnerConfig[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Absent: also what other installations have made. */
  readonly systemId: string | undefined;
  /** Ids of the jobs that this process runs. */
  readonly runningJobs: () => readonly number[];
}
/** The container engines of this machine as the window and the command line show them. */
export interface DockerEngines {
  survey(): Promise<CallOutput<'docker.engines'>>;
  /** Of an engine that the survey picks; INPUT_INVALID for any other. */
  contents(address: string): Promise<CallOutput<'docker.contents'>>;
  prune(address: string, what: PruneChoice): Promise<CallOutput<'docker.prune'>>;
}

export function createDockerEngines(deps: DockerEnginesDeps): DockerEngines {
  const { env, clock } = deps;
  const oursOptions = () => ({
    systemId: deps.systemId,
    hostname: hostname(),
    nowMs: clock.now(),
    runningJobs: deps.runningJobs(),
  });
  /** Runs `work` with the engine at this address, if jobs go there. */
  const withEngine = async <T>(address: string, work: (engine: Engine) => Promise<T>): Promise<T> => {
    for (const { settings } of groupsOf(deps.runners())) {
      const found = await findEngine(contextOf(env, settings), { clock }).catch(() => undefined);
      if (found === undefined) continue;
      try {
        if (endpointText(found.engine.endpoint) === address) return await work(found.engine);
      } finally {
        found.engine.close();
      }
    }
    throw new HarrierError('INPUT_INVALID', `no runner uses an engine at ${address}, or it does not answer`);
  };
  return {
    async survey() {
      const groups = await Promise.all(
        groupsOf(deps.runners()).map(async ({ settings, names }) => {
          const { rule, tries } = await surveyEngines(contextOf(env, settings), { clock });
          return { runners: names, rule, tries: tries.map(tryView) };
        }),
      );
      return { groups };
    },
    contents: (address) =>
      withEngine(address, async (engine) => ({ items: (await listOurs(engine, oursOptions())).map(itemView) })),
    prune: (address, what) =>
      withEngine(address, async (engine) => {
        const { removed, freedBytes, failed } = await prune(engine, { ...oursOptions(), ...what });
        return {
          removed: removed.length,
          freedBytes,
          failed: failed.map(({ ours, error }) => ({ name: ours.name, message: messageOf(error) })),
        };
      }),
  };
}

type Way = Pick<DockerSettings, 'host' | 'tls_cert_path' | 'tls_verify'>;
/** Runners that look for their engine in the same way together; without any, how one would. */
function groupsOf(runners: readonly RunnerConfig[]): { settings: Way; names: string[] }[] {
  const groups = new Map<string, { settings: Way; names: string[] }>();
  for (const runner of runners.filter(({ executor }) => executor === 'docker' || executor === 'docker-windows')) {
    const settings = wayOf(runner);
    if (settings === undefined) continue;
    const key = JSON.stringify([settings.host, settings.tls_cert_path, settings.tls_verify]);
    const group = groups.get(key) ?? { settings, names: [] };
    groups.set(key, { ...group, names: [...group.names, runner.name ?? ''] });
  }
  return groups.size > 0
    ? [...groups.values()]
    : [{ settings: { host: undefined, tls_cert_path: undefined, tls_verify: false }, names: [] }];
}

/** Undefined: the section is wrong, which its runner tells. */
const wayOf = (runner: RunnerConfig): Way | undefined => {
  try {
    return readSettings(runner);
  } catch {
    return undefined;
  }
};

const tryView = ({ source, address, picked, info, reason }: Try) => ({
  source,
  address,
  picked,
  ...(info !== undefined
    ? {
        product: `${info.podman ? 'Podman' : 'Docker'} ${info.serverVersion}`,
        system: `${info.operatingSystem || info.osType}, ${info.architecture}${info.rootless ? ', rootless' : ''}`,
        apiVersion: info.apiVersion,
      }
    : {}),
  ...(reason !== undefined ? { reason } : {}),
});

const itemView = (ours: Ours): DockerItem => {
  const { id, kind, name, type, use, projectId, jobId, sizeBytes, createdMs, keptUntilMs } = ours;
  return { id, kind, name, type, use, projectId, jobId, sizeBytes, createdMs, keptUntilMs };
};
