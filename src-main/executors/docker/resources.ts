import { messageOf } from '../../../src-shared/errors.ts';
import type { BuildLog } from '../../base/build-log.ts';
import type { Logger } from '../../base/logger.ts';
import type { Engine } from './engine/types.ts';

/** What a job has made on the engine and must be gone after it. Reusable volumes are none of it. */
export interface Resources {
  addContainer(id: string): void;
  addVolume(name: string): void;
  addNetwork(id: string): void;
  removeContainer(id: string): Promise<void>;
  /** Containers together, then volumes and network, which they hold. Errors are said, never thrown. */
  release(): Promise<void>;
}

export function createResources(
  engine: Engine,
  { log, appLog, keepVolumes }: { log: BuildLog; appLog: Logger; keepVolumes: boolean },
): Resources {
  const containers = new Set<string>();
  const volumes = new Set<string>();
  const networks = new Set<string>();
  const attempt = async (said: string, id: string, remove: () => Promise<void>): Promise<void> => {
    try {
      await remove();
    } catch (error) {
      log.error(`${said}${id === '' ? '' : ` ${id}`}`);
      appLog.warn(said, { id, error: messageOf(error) });
    }
  };
  const removeContainer = async (id: string): Promise<void> => {
    await engine.removeContainer(id, { volumes: !keepVolumes });
    containers.delete(id);
  };
  return {
    addContainer: (id) => void containers.add(id),
    addVolume: (name) => void volumes.add(name),
    addNetwork: (id) => void networks.add(id),
    removeContainer,
    async release() {
      await Promise.all(
        [...containers].map((id) => attempt('Failed to remove container', id, () => removeContainer(id))),
      );
      await Promise.all([
        ...[...volumes].map((name) => attempt('Failed to cleanup volumes', '', () => engine.removeVolume(name))),
        ...[...networks].map((id) =>
          attempt('Failed to remove network for build', '', () => removeNetwork(engine, id)),
        ),
      ]);
      containers.clear();
      volumes.clear();
      networks.clear();
    },
  };
}

/** What is still attached was put there by the job (a container that it started by the engine's socket). */
export async function removeNetwork(engine: Engine, id: string): Promise<void> {
  for (const member of await engine.networkMembers(id)) await engine.removeContainer(member);
  await engine.removeNetwork(id);
}
