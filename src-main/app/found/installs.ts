import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HarrierError, messageOf } from '../../../src-shared/errors.ts';
import type { FoundConfig } from '../../../src-shared/runner-calls.ts';
import { tokenTail } from '../../../src-shared/tokens.ts';
import { loadConfig } from '../../config/index.ts';
import { type Machine, officialPlaces } from './places.ts';
import { findServices, type RunningService } from './services.ts';

/** Config files of the official runner on this machine, what stands in them, and who works with them now. */
export async function findInstalls(
  machine: Machine,
  services: readonly RunningService[] | undefined = undefined,
): Promise<readonly FoundConfig[]> {
  const running = services ?? (await findServices(machine.platform));
  const found = await Promise.all(officialPlaces(machine).map((path) => look(path, machine)));
  const there = found.filter((each) => each !== undefined);
  return there.map((each) => {
    const service = running.find((one) => worksWith(one, each.path, machine));
    return service === undefined ? each : { ...each, service: { pid: service.pid, user: service.user } };
  });
}

async function look(path: string, { env }: Machine): Promise<FoundConfig | undefined> {
  try {
    const { config } = await loadConfig(path, env);
    return {
      path,
      runners: (config.runners ?? []).map(({ name, url, executor, token }) => ({
        name: name ?? '',
        url: url ?? '',
        executor: executor ?? '',
        tokenTail: tokenTail(token),
      })),
    };
  } catch (error) {
    const missing = error instanceof HarrierError && error.code === 'CONFIG_NOT_FOUND' && error.cause === undefined;
    return missing ? undefined : { path, problem: messageOf(error), runners: [] };
  }
}

/** A service without `--config` works with the file of its user: root's is the system's. */
function worksWith({ user, configPath }: RunningService, path: string, machine: Machine): boolean {
  if (configPath !== undefined) return resolve(configPath) === path;
  const isSystem = !path.includes('.gitlab-runner');
  return (user === 'root' || user === 'SYSTEM') === isSystem || machine.uid === 0;
}

/** A running gitlab-runner that polls with a token of ours, in words; undefined: nobody does. */
export async function otherPoller(
  configPath: string,
  tokens: readonly string[],
  machine: Machine,
  services: readonly RunningService[] | undefined = undefined,
): Promise<string | undefined> {
  if (tokens.length === 0) return undefined;
  const own = await realpath(configPath).catch(() => configPath);
  for (const service of services ?? (await findServices(machine.platform))) {
    const paths =
      service.configPath !== undefined
        ? [resolve(service.configPath)]
        : officialPlaces(machine).filter((path) => worksWith(service, path, machine));
    for (const path of paths) {
      const theirs = await loadConfig(path, machine.env).then(
        ({ config }) => (config.runners ?? []).map(({ token }) => token),
        () => [],
      );
      if ((await realpath(path).catch(() => path)) === own || theirs.some((token) => token && tokens.includes(token)))
        return `gitlab-runner (process ${service.pid}, user ${service.user}) asks for jobs with the same tokens. Each job goes to one of the two; stop the other one.`;
    }
  }
  return undefined;
}
