import { isPruned, type PruneChoice, type Use } from '../../../src-shared/docker/pruned.ts';
import { harrierLabel, jobKey, keeperKey, labelPrefix, managedLabel } from './containers/labels.ts';
import type { Engine, Listed } from './engine/types.ts';
import { isKept, keptUntilMs } from './kept-name.ts';
import { isDead, processKey, processLabel } from './process-label.ts';
import { removeNetwork } from './resources.ts';

/** Something on the engine that Harrier made. */
export interface Ours extends Listed {
  readonly jobId: string | undefined;
  readonly projectId: string | undefined;
  readonly type: string;
  /** A later job finds and uses it again (builds and cache volumes). */
  readonly reusable: boolean;
  readonly use: Use;
  readonly keptUntilMs?: number;
}
export interface OursOptions {
  /** Absent: also what other installations have made on this engine. */
  readonly systemId?: string | undefined;
  readonly hostname: string;
  readonly nowMs: number;
  /** Jobs that this process runs now, by id. */
  readonly runningJobs: readonly number[];
}

/** Everything that is ours, with sizes where the engine knows them; nothing else is ever shown or touched. */
export async function listOurs(engine: Engine, options: OursOptions): Promise<Ours[]> {
  const kinds = ['container', 'network', 'volume'] as const;
  const labels = [
    managedLabel,
    harrierLabel,
    ...(options.systemId === undefined ? [] : [`${labelPrefix}runner.system_id=${options.systemId}`]),
  ];
  const lists = await Promise.all(kinds.map((kind) => engine.list(kind, labels, { sizes: true })));
  const found = lists.flat();
  const kept = new Map(
    found.filter((each) => isKept(each, options.nowMs)).map((each) => [each.labels[jobKey], keptUntilMs(each) ?? 0]),
  );
  const needOf = createNeed(options);
  return found.map((listed) => {
    const until = kept.get(listed.labels[jobKey]);
    const reusable = listed.kind === 'volume' && listed.labels[`${labelPrefix}reusable`] !== 'false';
    return {
      ...listed,
      jobId: listed.labels[`${labelPrefix}job.id`],
      projectId: listed.labels[`${labelPrefix}project.id`],
      type: listed.labels[`${labelPrefix}type`] ?? listed.kind,
      reusable,
      ...(until !== undefined && !reusable ? { keptUntilMs: until } : {}),
      use: reusable ? (listed.inUse ? 'job' : 'cache') : until !== undefined ? 'kept' : needOf(listed),
    };
  });
}

/** Of another living process (or another machine) nothing is known, so all of it is in use but what has ended. */
const createNeed = ({ hostname, runningJobs }: OursOptions): ((listed: Listed) => 'none' | 'job') => {
  const running = new Set(runningJobs.map(String));
  return ({ labels, state }) => {
    if (labels[processKey] === processLabel(hostname))
      return running.has(labels[`${labelPrefix}job.id`] ?? '') ? 'job' : 'none';
    const ended = labels[keeperKey] === 'true' && (state === 'exited' || state === 'dead');
    return ended || isDead(labels[processKey], hostname) ? 'none' : 'job';
  };
};

export interface Pruned {
  readonly removed: readonly Ours[];
  readonly failed: readonly { readonly ours: Ours; readonly error: unknown }[];
  readonly freedBytes: number;
}

/** Removes what is ours and in nobody's use: leftovers always, caches and kept places when asked. Goes on after a failure. */
export async function prune(engine: Engine, options: OursOptions & PruneChoice): Promise<Pruned> {
  const wanted = (await listOurs(engine, options)).filter((ours) => isPruned(ours, options));
  const removed: Ours[] = [];
  const failed: { ours: Ours; error: unknown }[] = [];
  for (const ours of wanted)
    try {
      if (ours.kind === 'container') await engine.removeContainer(ours.id);
      else if (ours.kind === 'network') await removeNetwork(engine, ours.id);
      else await engine.removeVolume(ours.id);
      removed.push(ours);
    } catch (error) {
      failed.push({ ours, error });
    }
  return { removed, failed, freedBytes: removed.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0) };
}
