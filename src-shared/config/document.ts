import { parse, TomlError } from 'smol-toml';
import { type AST, parseTOML } from 'toml-eslint-parser';

export type KeyPath = readonly (string | number)[];
/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}
export type TomlTable = Readonly<Record<string, unknown>>;

/** A text that is valid TOML: its values, and where each key stands. */
export interface TomlDocument {
  readonly values: TomlTable;
  /** Where the key of this path stands, else its nearest parent; undefined at the root. */
  at(path: KeyPath): Position | undefined;
  /** Numbers written with a point or an exponent whose value is whole (`1.0`): no integers for Go's reader. */
  isFloat(path: KeyPath): boolean;
}

/** A text that is no TOML. */
export class TomlSyntaxError extends Error {
  override readonly name = 'TomlSyntaxError';
  readonly position: Position;
  constructor(message: string, position: Position) {
    super(message);
    this.position = position;
  }
}

export const isTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Reads a text; a byte order mark in front is passed over. Throws TomlSyntaxError, whose message quotes nothing. */
export function readToml(source: string): TomlDocument {
  const text = withoutMark(source);
  const floats = new Set<string>();
  const values = plainNumbers(parseValues(text), [], floats);
  let tree: AST.TOMLProgram | undefined;
  return {
    values: isTable(values) ? values : {},
    at(path) {
      try {
        tree ??= parseTOML(text);
      } catch {
        // The two parsers disagree: a message without a line is better than none.
        return undefined;
      }
      return findPosition(tree, path);
    },
    isFloat: (path) => floats.has(path.join('\0')),
  };
}

export const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text);

function parseValues(text: string): TomlTable {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The rest of the parser's message quotes the lines around, and a token may stand there.
    const said = error.message.replace(/^Invalid TOML document: /, '').split('\n')[0] ?? '';
    const open = /control characters/.test(said) && atLineEnd(text, error.line, error.column);
    const message = open ? 'the text is not closed: a quote is missing at the end of this line' : said;
    throw new TomlSyntaxError(message, { line: error.line, column: error.column });
  }
}

const atLineEnd = (text: string, line: number, column: number): boolean =>
  (text.split(/\r?\n/)[line - 1] ?? '').length < column;

/** Integers as numbers again; what was written as a float with a whole value is noted. */
function plainNumbers(value: unknown, path: KeyPath, floats: Set<string>): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && Number.isInteger(value)) floats.add(path.join('\0'));
  if (Array.isArray(value)) return value.map((each, index) => plainNumbers(each, [...path, index], floats));
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, plainNumbers(each, [...path, key], floats)]),
  );
}

function findPosition(tree: AST.TOMLProgram, keys: KeyPath): Position | undefined {
  let best: { readonly length: number; readonly node: AST.TOMLNode } | undefined;
  const note = (path: KeyPath, node: AST.TOMLNode): void => {
    const fits = path.length <= keys.length && path.every((part, index) => samePart(part, keys[index]));
    if (fits && path.length > (best?.length ?? 0)) best = { length: path.length, node };
  };
  const visitValue = (value: AST.TOMLContentNode, path: KeyPath): void => {
    if (value.type === 'TOMLInlineTable') visit(value.body, path);
    if (value.type === 'TOMLArray')
      for (const [index, element] of value.elements.entries()) {
        note([...path, index], element);
        visitValue(element, [...path, index]);
      }
  };
  const visit = (pairs: readonly AST.TOMLKeyValue[], prefix: KeyPath): void => {
    for (const pair of pairs) {
      const path = [...prefix, ...namesOf(pair.key)];
      note(path, pair.key);
      visitValue(pair.value, path);
    }
  };
  for (const node of tree.body[0].body) {
    if (node.type === 'TOMLKeyValue') visit([node], []);
    else {
      if (node.kind === 'array') note(node.resolvedKey.slice(0, -1), node.key);
      note(node.resolvedKey, node.key);
      visit(node.body, node.resolvedKey);
    }
  }
  const start = best?.node.loc.start;
  return start && { line: start.line, column: start.column + 1 };
}

/** The parts of a key as they count, without quotes. */
export const namesOf = (key: AST.TOMLKey): string[] =>
  key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));

/** Names fold as in Go's reader: positions are asked for with the names of the schema. */
const samePart = (written: string | number, asked: string | number | undefined): boolean =>
  written === asked ||
  (typeof written === 'string' && typeof asked === 'string' && written.toLowerCase() === asked.toLowerCase());
