import type { Logger } from '../../base/logger.ts';
import { harrierLabel, jobKey, keeperKey, labelPrefix } from './containers/labels.ts';
import type { Engine } from './engine/types.ts';
import { removeNetwork } from './resources.ts';

/**
 * Removes what a job of a dead Harrier left: found by the label of that job alone (`dev.harrier.job=…`), reusable
 * volumes stay.
 */
export async function removeLeftovers(engine: Engine, label: string | undefined, log: Logger): Promise<void> {
  if (!label?.startsWith(`${jobKey}=`)) return;
  const find = (kind: 'container' | 'network' | 'volume') => engine.list(kind, [label]);
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

/**
 * Leftovers that no journal knows: containers of this system that have ended, which those of a living job never do.
 * They end by themselves when Harrier dies, since their stdin does.
 */
export async function sweep(engine: Engine, systemId: string, log: Logger): Promise<void> {
  const ours = [harrierLabel, `${labelPrefix}runner.system_id=${systemId}`, `${keeperKey}=true`];
  const ended = (await engine.list('container', ours)).filter(({ state }) => state === 'exited' || state === 'dead');
  const jobs = new Set(ended.map(({ labels }) => labels[jobKey]).filter((job) => job !== undefined));
  for (const job of jobs) await removeLeftovers(engine, `${jobKey}=${job}`, log);
}
