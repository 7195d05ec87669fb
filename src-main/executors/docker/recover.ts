import type { Logger } from '../../base/logger.ts';
import { harrierLabel, jobKey, keeperKey, labelPrefix } from './containers/labels.ts';
import type { Engine, Listed } from './engine/types.ts';
import { isKept } from './kept-name.ts';
import { isDead, processKey, processLabel } from './process-label.ts';
import { removeNetwork } from './resources.ts';

const kinds = ['container', 'network', 'volume'] as const;

/** Removes all that one job has made (`dev.harrier.job`) but its reusable volumes. */
export async function removeJob(
  engine: Engine,
  job: string | undefined,
  onEach: (listed: Listed) => void = () => {},
): Promise<void> {
  if (!job) return;
  for (const kind of kinds)
    for (const listed of await engine.list(kind, [`${jobKey}=${job}`])) {
      if (kind === 'volume' && listed.labels[`${labelPrefix}reusable`] !== 'false') continue;
      onEach(listed);
      if (kind === 'container') await engine.removeContainer(listed.id);
      else if (kind === 'network') await removeNetwork(engine, listed.id);
      else await engine.removeVolume(listed.id);
    }
}

const logged =
  (log: Logger) =>
  ({ kind, name }: Listed): void =>
    log.info('Removing what an earlier run left on the engine', { kind, name });

/** Removes what a job of a dead Harrier left, found by the label in its journal, unless it was kept for a look. */
export async function removeLeftovers(
  engine: Engine,
  label: string | undefined,
  { log, nowMs }: { log: Logger; nowMs: number },
): Promise<void> {
  if (!label?.startsWith(`${jobKey}=`)) return;
  const containers = await engine.list('container', [label]);
  if (containers.some((each) => isKept(each, nowMs))) return;
  await removeJob(engine, label.slice(jobKey.length + 1), logged(log));
}

/**
 * Leftovers that no journal knows: of this system, and made by a process that has ended, or with a container that has
 * ended, as those of a living job never do (they end by themselves when Harrier dies, since their stdin does).
 */
export async function sweep(
  engine: Engine,
  { systemId, hostname, log, nowMs }: { systemId: string; hostname: string; log: Logger; nowMs: number },
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
      .map(({ labels }) => labels[jobKey]),
  );
  for (const each of found) if (isKept(each, nowMs)) jobs.delete(each.labels[jobKey]);
  for (const job of jobs) await removeJob(engine, job, logged(log));
}
