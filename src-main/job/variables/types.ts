import type { ResolvedVariable } from '../../executors/types.ts';

/** All variables of one job after assembly and expansion (spec/job-lifecycle.md 4). */
export interface JobVariables {
  /** In order of assembly; the last one of a key is the only one left. */
  readonly all: readonly ResolvedVariable[];
  /** Value after expansion; a file variable answers its path, as the script sees it. */
  get(key: string): string | undefined;
  /** `$A`, `${A}` with the runner's one-pass rules. */
  expand(text: string): string;
  /** A feature flag: config before job variable before default. */
  flag(name: string): boolean;
  /** The same set with these values on top (later ones win), expanded anew. */
  with(extra: readonly ResolvedVariable[]): JobVariables;
}
