import { type KeyDescription, keyAt, keysIn } from '../../src-shared/config-schema.ts';

/** Where a place of the text is, found by reading lines: it works while the text is no TOML. */
export type Place =
  | { readonly kind: 'header' }
  | { readonly kind: 'key'; readonly table: readonly string[] }
  | { readonly kind: 'value'; readonly path: readonly string[] };

const header = /^\s*\[\[?\s*([^\]]*)/;
const assignment = /^\s*([\w.\-"' ]+?)\s*=/;

/** `lines` up to and with the one of the place, which is cut there. */
export function placeIn(lines: readonly string[]): Place | undefined {
  const line = lines.at(-1) ?? '';
  if (/^\s*#/.test(line)) return undefined;
  if (/^\s*\[/.test(line)) return { kind: 'header' };
  const table = tableAbove(lines.slice(0, -1));
  const pair = assignment.exec(line);
  return pair === null ? { kind: 'key', table } : { kind: 'value', path: [...table, ...namesOf(pair[1] ?? '')] };
}

/** The table that the lines below a header belong to. */
export function tableAbove(lines: readonly string[]): readonly string[] {
  const found = lines.findLast((line) => header.test(line));
  return namesOf(header.exec(found ?? '')?.[1] ?? '');
}

const namesOf = (dotted: string): string[] =>
  dotted
    .split('.')
    .map((name) => name.trim().replace(/^["']|["']$/g, ''))
    .filter((name) => name !== '');

/** The key that a word of a line is about: a name before `=`, or a name of a header. */
export function keyOfWord(lines: readonly string[], word: string): KeyDescription | undefined {
  const line = lines.at(-1) ?? '';
  const title = header.exec(line);
  if (title !== null) {
    const names = namesOf(title[1] ?? '');
    return keyAt(names.slice(0, names.indexOf(word) + 1));
  }
  const names = namesOf(assignment.exec(line)?.[1] ?? '');
  const at = names.indexOf(word);
  return at === -1 ? undefined : keyAt([...tableAbove(lines.slice(0, -1)), ...names.slice(0, at + 1)]);
}

/** Tables that have a header of their own. */
export const headersOf = (): readonly KeyDescription[] => tablesBelow([]);
const tablesBelow = (path: readonly string[]): KeyDescription[] =>
  keysIn(path).flatMap((key) =>
    ['table', 'tables', 'map', 'lists', 'flags'].includes(key.kind) ? [key, ...tablesBelow(key.path)] : [],
  );
