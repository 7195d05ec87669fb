import { messageOf } from '../../../src-shared/errors.ts';
import type { BuildLog } from '../../base/build-log.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { type Engine, EngineError } from './engine/types.ts';

/** What a job has made on the engine and must be gone after it. Reusable volumes are none of it. */
export interface Resources {
  addContainer(id: string): void;
  addVolume(name: string): void;
  addNetwork(id: string): void;
  removeContainer(id: string): Promise<void>;
  /**
   * Containers together, then volumes and network, which they hold. Errors are said, never thrown. Answers whether
   * something is still there because the engine does not answer.
   */
  release(): Promise<boolean>;
  /** Tries `release` again until the engine answers: it may be restarting. Gives up after five minutes, or on `hurry`. */
  releaseLater(hurry: AbortSignal): Promise<void>;
}
/** What the official runner takes for its clean-up (spec/executors.md 2.13). */
const longestMs = 300_000;
const pauseMs = 1000;

export function createResources(
  engine: Engine,
  { clock, log, appLog, keepVolumes }: { clock: Clock; log: BuildLog; appLog: Logger; keepVolumes: boolean },
): Resources {
  const containers = new Set<string>();
  const volumes = new Set<string>();
  const networks = new Set<string>();
  const removeContainer = async (id: string): Promise<void> => {
    await engine.removeContainer(id, { volumes: !keepVolumes });
    containers.delete(id);
  };
  /** Answers true where nobody has answered; what was refused is said and given up. */
  const attempt = async (said: string, ids: Set<string>, remove: (id: string) => Promise<void>): Promise<boolean> => {
    const silent = await Promise.all(
      [...ids].map(async (id) => {
        try {
          await remove(id);
        } catch (error) {
          if (error instanceof EngineError && error.status === undefined) return true;
          log.error(ids === containers ? `${said} ${id}` : said);
          appLog.warn(said, { id, error: messageOf(error) });
        }
        ids.delete(id);
        return false;
      }),
    );
    return silent.includes(true);
  };
  const release = async (): Promise<boolean> => {
    if (await attempt('Failed to remove container', containers, removeContainer)) return true;
    const silent = await Promise.all([
      attempt('Failed to cleanup volumes', volumes, (name) => engine.removeVolume(name)),
      attempt('Failed to remove network for build', networks, (id) => removeNetwork(engine, id)),
    ]);
    return silent.includes(true);
  };
  return {
    addContainer: (id) => void containers.add(id),
    addVolume: (name) => void volumes.add(name),
    addNetwork: (id) => void networks.add(id),
    removeContainer,
    release,
    async releaseLater(hurry) {
      const deadline = clock.monotonic() + longestMs;
      while (await release()) {
        if (clock.monotonic() >= deadline || hurry.aborted) {
          appLog.warn('The engine does not answer: what a job made stays there until the next start');
          return;
        }
        await clock.sleep(pauseMs, hurry).catch(() => {});
      }
    },
  };
}

/** What is still attached was put there by the job (a container that it started by the engine's socket). */
export async function removeNetwork(engine: Engine, id: string): Promise<void> {
  for (const member of await engine.networkMembers(id)) await engine.removeContainer(member);
  await engine.removeNetwork(id);
}
