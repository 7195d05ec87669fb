import type { Logger } from '../../base/logger.ts';
import { harrierLabel, jobKey, keeperKey, labelPrefix } from './containers/labels.ts';
import type { Engine, Listed } from './engine/types.ts';
import { isDead, processKey, processLabel } from './process-label.ts';
import { removeNetwork } from './resources.ts';

const kinds = ['container', 'network', 'volume'] as const;

/**
 * Removes what a job of a dead Harrier left: found by the label of that job alone (`dev.harrier.job=…`), reusable
 * volumes stay.
 */
export async function removeLeftovers(engine: Engine, label: string | undefined, log: Logger): Promise<void> {
  if (!label?.startsWith(`${jobKey}=`)) return;
  for (const kind of kinds)
    for (const { id, name, labels } of await engine.list(kind, [label])) {
      if (kind === 'volume' && labels[`${labelPrefix}reusable`] !== 'false') continue;
      log.info('Removing what an earlier run left on the engine', { kind, name });
      if (kind === 'container') await engine.removeContainer(id);
      else if (kind === 'network') await removeNetwork(engine, id);
      else await engine.removeVolume(id);
    }
}

/**
 * Leftovers that no journal knows: of this system, and made by a process that has ended, or with a container that has
 * ended, as those of a living job never do (they end by themselves when Harrier dies, since their stdin does).
 */
export async function sweep(
  engine: Engine,
  { systemId, hostname, log }: { systemId: string; hostname: string; log: Logger },
): Promise<void> {
  const ours = [harrierLabel, `${labelPrefix}runner.system_id=${systemId}`];
  const found = (await Promise.all(kinds.map((kind) => engine.list(kind, ours)))).flat();
  const isLeft = ({ labels, state }: Listed): boolean =>
    labels[processKey] !== processLabel(hostname) &&
    (isDead(labels[processKey], hostname) ||
      (labels[keeperKey] === 'true' && (state === 'exited' || state === 'dead')));
  const jobs = new Set(
    found
      .filter((each) => isLeft(each) && each.labels[`${labelPrefix}reusable`] !== 'true')
      .map(({ labels }) => labels[jobKey])
      .filter((job) => job !== undefined),
  );
  for (const job of jobs) await removeLeftovers(engine, `${jobKey}=${job}`, log);
}
