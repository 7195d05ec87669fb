import { keysIn } from './describe.ts';
import { isTable, type KeyPath, type TomlTable } from './document.ts';

/**
 * A table with the names of the schema: Go's reader takes a key in any case where the exact one is not there
 * (`Concurrent`, `[[Runners]]`). Keys that no one knows stay as they are.
 */
export function canonicalTable(table: TomlTable, path: KeyPath): Record<string, unknown> {
  const known = keysIn(path);
  const taken = new Set<string>();
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(table)) {
    const exact = known.find((key) => key.path.at(-1) === name);
    const folded = exact ?? known.find((key) => key.path.at(-1)?.toLowerCase() === name.toLowerCase());
    const own = folded?.path.at(-1);
    const free = own !== undefined && !taken.has(own) && (exact !== undefined || !Object.hasOwn(table, own));
    const title = free && own !== undefined ? own : name;
    taken.add(title);
    const inside = [...path, title];
    if (isTable(value) && folded?.kind === 'table') result[title] = canonicalTable(value, inside);
    else if (Array.isArray(value) && folded?.kind === 'tables')
      result[title] = value.map((each, index) => (isTable(each) ? canonicalTable(each, [...inside, index]) : each));
    else result[title] = value;
  }
  return result;
}
