import type { GenericIssue } from 'valibot';
import { nearest } from '../nearest.ts';
import { holdsToken } from '../tokens.ts';
import { expectationOf, keyAt } from './describe.ts';
import { isTable, type KeyPath, type Position, type TomlDocument } from './document.ts';

/** Something that a person should know of a config file. `message` names the key; the place stands beside it. */
export interface ConfigProblem {
  readonly path: KeyPath;
  readonly message: string;
  readonly position?: Position;
  /** What an editor may do about it. */
  readonly fix?: ConfigFix;
}
export type ConfigFix =
  | { readonly kind: 'rename'; readonly name: string }
  | { readonly kind: 'value'; readonly value: string };

export const problemAt = (document: Pick<TomlDocument, 'at'>, path: KeyPath, message: string): ConfigProblem => {
  const position = document.at(path);
  return { path, message, ...(position ? { position } : {}) };
};

/** What a schema refused: key, what it must be, what was found. Values of secret keys are not shown. */
export function problemOfIssue(document: TomlDocument, base: KeyPath, issue: GenericIssue): ConfigProblem {
  const path = [...base, ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))];
  return wrongValue(document, path, issue.input);
}

export function wrongValue(document: TomlDocument, path: KeyPath, value: unknown): ConfigProblem {
  const { meta, depth } = nearestKey(path);
  const inside = depth < path.length;
  const expected = meta === undefined ? 'another value' : inside ? partOf(meta.kind, meta.values) : expectationOf(meta);
  const found = describe(value, meta?.secret === true, document.isFloat(path));
  const meant = typeof value === 'string' && meta?.values ? nearest(value, meta.values) : undefined;
  return {
    ...problemAt(document, path, `${nameOf(path)} must be ${expected}, found ${found}`),
    ...(meant !== undefined ? { fix: { kind: 'value', value: meant } } : {}),
  };
}

/** `runners.docker.image`, without the number of the runner: the line tells which one. */
export const nameOf = (path: KeyPath): string =>
  path
    .filter((part, index) => !(index === 1 && path[0] === 'runners' && typeof part === 'number'))
    .slice(path[0] === 'runners' && path.length > 2 ? 1 : 0)
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');

function nearestKey(path: KeyPath) {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const meta = typeof path[depth - 1] === 'string' ? keyAt(path.slice(0, depth)) : undefined;
    if (meta !== undefined) return { meta, depth };
  }
  return { meta: undefined, depth: 0 };
}

/** What an element of a list or a value of a map must be. */
function partOf(kind: string, values: readonly string[] | undefined): string {
  if (kind === 'flags') return 'true or false';
  if (kind === 'tables') return 'a table';
  if (kind === 'numbers') return 'a number';
  return values ? `one of ${values.map((value) => `"${value}"`).join(', ')}` : 'text in quotes';
}

function describe(value: unknown, secret: boolean, float: boolean): string {
  const shown = (kind: string, what: string): string => (secret ? kind : `${kind} ${what}`);
  if (value === undefined) return 'nothing';
  // A token that was pasted behind the wrong key stays out of every message, too.
  if (typeof value === 'string' && holdsToken(value)) return 'a token';
  if (typeof value === 'string')
    return shown('the text', JSON.stringify(shortened(value.replace(/\/\/[^/@\s]*@/, '//…@')))).replace(
      /^the text$/,
      'a text',
    );
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number')
    return shown('the number', float ? value.toFixed(1) : String(value)).replace(/^the number$/, 'a number');
  if (value instanceof Date) return 'a date';
  if (Array.isArray(value)) return value.some(isTable) ? 'an array of tables' : 'a list';
  return 'a table';
}
const shortened = (value: string): string => (value.length > 60 ? `${value.slice(0, 57)}...` : value);
