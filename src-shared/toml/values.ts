import { parse } from 'smol-toml';

/** A place in a file: names of keys, and numbers of elements. */
export type TomlPath = readonly (string | number)[];
export type TomlTable = Readonly<Record<string, unknown>>;

export const isTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
/** What `[[…]]` makes: an array of tables and nothing else. */
export const isTables = (value: unknown): value is readonly TomlTable[] =>
  Array.isArray(value) && value.length > 0 && value.every(isTable);

/** The values of a text. Integers beyond 2^53 stay exact as bigint. Throws smol-toml's error. */
export const valuesOf = (text: string): TomlTable => parse(text, { integersAsBigInt: 'asNeeded' });

export function valueAt(values: unknown, path: TomlPath): unknown {
  let current = values;
  for (const part of path) {
    if (Array.isArray(current) && typeof part === 'number') current = current[part];
    else if (isTable(current) && typeof part === 'string' && Object.hasOwn(current, part)) current = current[part];
    else return undefined;
  }
  return current;
}

/** A copy with one value set; `undefined` takes it out. Missing tables on the way are made. */
export function withValue(values: unknown, path: TomlPath, value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (typeof part === 'number') {
    const list = Array.isArray(values) ? [...values] : [];
    if (rest.length === 0 && value === undefined) list.splice(part, 1);
    else list[part] = withValue(list[part], rest, value);
    return list;
  }
  const table: Record<string, unknown> = { ...(isTable(values) ? values : {}) };
  const next = withValue(table[part], rest, value);
  if (next === undefined) delete table[part];
  else table[part] = next;
  return table;
}

/** Equal as TOML values: keys in any order, dates by their moment, absent as `undefined`. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, i) => sameValue(each, b[i]));
  if (!isTable(a) || !isTable(b)) return a === b;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => sameValue(a[name], b[name]));
}

/** The path with the names that the file has: where the exact one is missing, another case counts, as for Go's reader. */
export function writtenPath(values: unknown, path: TomlPath): TomlPath {
  let current = values;
  return path.map((part) => {
    const name =
      typeof part === 'string' && isTable(current) && !Object.hasOwn(current, part)
        ? (Object.keys(current).find((key) => key.toLowerCase() === part.toLowerCase()) ?? part)
        : part;
    current = valueAt(current, [name]);
    return name;
  });
}
