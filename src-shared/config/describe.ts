import { globalSchema } from './global.ts';
import { entriesOf, type KeyMeta, metaOf } from './kinds.ts';
import { runnerSchema } from './runner.ts';

/** A key of the file with its place: `runners`, `docker`, `image`. Array indexes are left out. */
export interface KeyDescription extends KeyMeta {
  readonly path: readonly string[];
}

/** Every key, parents before children, in the order of the schema. */
export const configKeys: readonly KeyDescription[] = [
  ...walk(globalSchema.entries, []),
  { path: ['runners'], kind: 'tables', doc: 'One runner: an identity at a GitLab server.' },
  ...walk(runnerSchema.entries, ['runners']),
];

function walk(entries: Readonly<Record<string, object>>, parent: readonly string[]): KeyDescription[] {
  return Object.entries(entries).flatMap(([name, schema]) => {
    const path = [...parent, name];
    const meta = metaOf(schema);
    return [...(meta ? [{ path, ...meta }] : []), ...walk(entriesOf(schema) ?? {}, path)];
  });
}

const byPath = new Map(configKeys.map((key) => [key.path.join('\0').toLowerCase(), key]));
const childrenByPath = new Map<string, KeyDescription[]>();
for (const key of configKeys) {
  const parent = key.path.slice(0, -1).join('\0').toLowerCase();
  childrenByPath.set(parent, [...(childrenByPath.get(parent) ?? []), key]);
}

type Path = readonly (string | number)[];
const named = (path: Path): string =>
  path
    .filter((part) => typeof part === 'string')
    .join('\0')
    .toLowerCase();

/**
 * The key at a path; array indexes in it do not count. Case does not count either: Go's reader takes a name in any
 * case where the exact one is not there.
 */
export const keyAt = (path: Path): KeyDescription | undefined => byPath.get(named(path));
/** The keys that a table may have; empty for what is no table. */
export const keysIn = (path: Path): readonly KeyDescription[] => childrenByPath.get(named(path)) ?? [];

/** What a value must be, as words for a sentence: `a whole number`, `one of "a", "b"`. */
export function expectationOf({ kind, values, min, max, expected }: KeyMeta): string {
  if (expected !== undefined) return expected;
  const list = (values ?? []).map((value) => `"${value}"`).join(', ');
  switch (kind) {
    case 'text':
      return 'text in quotes';
    case 'choice':
      return `one of ${list}`;
    case 'choices':
      return `one of ${list}, or a list of them`;
    case 'integer':
      if (min !== undefined && max !== undefined) return `a whole number from ${min} to ${max}`;
      return min !== undefined ? `a whole number of at least ${min}` : 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'duration':
      return 'a duration such as "30s", "5m" or "1h30m"';
    case 'size':
      return 'a size such as "512m" or "2g"';
    case 'datetime':
      return 'a date with time such as 2026-01-31T12:00:00Z';
    case 'texts':
      return 'a list of texts such as ["a", "b"]';
    case 'numbers':
      return 'a list of numbers such as [1.0, 2.5]';
    case 'map':
      return 'a table with text values';
    case 'lists':
      return 'a table with lists of texts as values';
    case 'flags':
      return 'a table with true or false as values';
    case 'table':
      return 'a table';
    case 'tables':
      return 'an array of tables, written with [[…]]';
  }
}
