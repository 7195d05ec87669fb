/** Who needs something that Harrier made on an engine: nobody, a running job, a person who looks, later jobs. */
export type Use = 'none' | 'job' | 'kept' | 'cache';
export interface PruneChoice {
  /** Builds and cache volumes too: the next job of each slot clones anew. */
  readonly caches: boolean;
  /** Places of failed jobs too, before their time is over. */
  readonly kept: boolean;
}

/** Whether a prune takes it away: what nobody needs always, the rest as chosen, what a job uses never. */
export const isPruned = ({ use }: { readonly use: Use }, { caches, kept }: PruneChoice): boolean =>
  use === 'none' || (use === 'cache' && caches) || (use === 'kept' && kept);
