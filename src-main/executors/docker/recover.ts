import type { Logger } from '../../base/logger.ts';
import type { ExecutorHandle } from '../types.ts';
import { labelPrefix } from './containers/labels.ts';
import type { Engine } from './engine/types.ts';
import { removeNetwork } from './resources.ts';

/** Names one preparation of one job, so that its leftovers can be told from everything else on the engine. */
export const jobLabel = (jobName: string): readonly [string, string] => ['dev.harrier.job', jobName];

/** Removes what a job of a dead Harrier left: found by its label alone, reusable volumes stay. */
export async function removeLeftovers(engine: Engine, { proof }: ExecutorHandle, log: Logger): Promise<void> {
  if (proof === undefined || !proof.startsWith(`${jobLabel('')[0]}=`)) return;
  const find = (kind: 'container' | 'network' | 'volume') => engine.list(kind, [proof]);
  for (const { id, name } of await find('container')) {
    log.info('Removing a container that an earlier run left', { name });
    await engine.removeContainer(id);
  }
  for (const { id, name } of await find('network')) {
    log.info('Removing a network that an earlier run left', { name });
    await removeNetwork(engine, id);
  }
  for (const { id, name, labels } of await find('volume')) {
    if (labels[`${labelPrefix}reusable`] !== 'false') continue;
    log.info('Removing a volume that an earlier run left', { name });
    await engine.removeVolume(id);
  }
}
