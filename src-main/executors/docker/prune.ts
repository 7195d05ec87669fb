import { harrierLabel, labelPrefix, managedLabel } from './containers/labels.ts';
import type { Engine, Listed } from './engine/types.ts';
import { removeNetwork } from './resources.ts';

/** Something on the engine that Harrier made. */
export interface Ours extends Listed {
  readonly jobId: string | undefined;
  readonly projectId: string | undefined;
  readonly type: string;
  /** A later job finds and uses it again (builds and cache volumes). */
  readonly reusable: boolean;
}

/** Everything that is ours, with sizes where the engine knows them; nothing else is ever shown or touched. */
export async function listOurs(engine: Engine): Promise<Ours[]> {
  const kinds = ['container', 'network', 'volume'] as const;
  const lists = await Promise.all(
    kinds.map((kind) => engine.list(kind, [managedLabel, harrierLabel], { sizes: true })),
  );
  return lists.flat().map((listed) => ({
    ...listed,
    jobId: listed.labels[`${labelPrefix}job.id`],
    projectId: listed.labels[`${labelPrefix}project.id`],
    type: listed.labels[`${labelPrefix}type`] ?? listed.kind,
    reusable: listed.kind === 'volume' && listed.labels[`${labelPrefix}reusable`] !== 'false',
  }));
}

export interface PruneOptions {
  /** Jobs that run now (by id); what belongs to them stays. */
  readonly runningJobs: readonly number[];
  /** Builds and cache volumes too: the next job of each slot clones anew. */
  readonly caches: boolean;
}
export interface Pruned {
  readonly removed: readonly Ours[];
  readonly failed: readonly { readonly ours: Ours; readonly error: unknown }[];
  readonly freedBytes: number;
}

/** Removes what is ours and in nobody's use: leftovers always, caches when asked. Goes on after a failure. */
export async function prune(engine: Engine, { runningJobs, caches }: PruneOptions): Promise<Pruned> {
  const running = new Set(runningJobs.map(String));
  const wanted = (await listOurs(engine)).filter(({ jobId, reusable }) =>
    reusable ? caches : jobId === undefined || !running.has(jobId),
  );
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
