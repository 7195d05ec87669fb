import type { EngineSnapshot, SnapshotPatch } from '../../src-shared/ipc.ts';

/**
 * What must be sent so that a window that knows `before` knows `after`: only what changed; lists by their keys.
 * Undefined when nothing changed.
 */
export function diffSnapshot(before: EngineSnapshot, after: EngineSnapshot): SnapshotPatch | undefined {
  const patch: Record<string, unknown> = {};
  for (const key of scalarKeys) {
    if (!same(before[key], after[key])) patch[key] = after[key] ?? null;
  }
  const removed: Record<string, string[]> = {};
  const list = <T>(
    name: 'runners' | 'jobs' | 'pipelines' | 'terminals' | 'kept',
    old: readonly T[],
    now: readonly T[],
    keyOf: (item: T) => string,
  ): void => {
    const known = new Map(old.map((item) => [keyOf(item), item]));
    const changed = now.filter((item) => {
      const earlier = known.get(keyOf(item));
      return earlier === undefined || (earlier !== item && !same(earlier, item));
    });
    const present = new Set(now.map(keyOf));
    const gone = old.map(keyOf).filter((key) => !present.has(key));
    if (changed.length > 0) patch[name] = changed;
    if (gone.length > 0) removed[name] = gone;
  };
  list('runners', before.runners, after.runners, (item) => item.key);
  list('jobs', before.jobs, after.jobs, (item) => item.key);
  list('pipelines', before.pipelines, after.pipelines, (item) => item.id);
  list('terminals', before.terminals, after.terminals, (item) => item.id);
  list('kept', before.kept, after.kept, (item) => item.key);
  if (Object.keys(removed).length > 0) patch['removed'] = removed;
  return Object.keys(patch).length > 0 ? (patch as SnapshotPatch) : undefined;
}

const scalarKeys = [
  'version',
  'power',
  'state',
  'stateText',
  'configPath',
  'configProblem',
  'configRevision',
  'concurrent',
  'running',
  'health',
  'notices',
  'host',
] as const;
const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
