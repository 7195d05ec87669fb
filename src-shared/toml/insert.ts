import type { AST } from 'toml-eslint-parser';
import {
  commentStart,
  type Document,
  headerNames,
  indentAt,
  isBlank,
  lineEnd,
  lineStart,
  type Pair,
  readDocument,
  samePath,
  startsWith,
  tableEnd,
} from './document.ts';
import { renderKey, renderKeys, renderTable, renderValue } from './render.ts';
import { isTable, isTables, type TomlPath, type TomlTable } from './values.ts';

/** Adds a key or a table that is not there yet. The table it belongs to is there in some form. */
export function insertPath(text: string, path: TomlPath, value: unknown): string {
  const document = readDocument(text);
  const parent = path.slice(0, -1);
  const name = String(path.at(-1));
  const inline = inlineTableAt(document, parent);
  if (inline !== undefined) return insertInline(document, inline, [name], value);
  const dotted = document.pairs.findLast(
    (pair) => pair.base.length < parent.length && pair.path.length > parent.length && startsWith(pair.path, parent),
  );
  if (dotted !== undefined) return insertDotted(document, dotted, parent, name, value);
  if (isTable(value)) return insertTable(document, path, value, 'standard');
  if (isTables(value)) {
    const [first = {}, ...others] = value;
    const begun = insertTable(document, path, first, 'array');
    return others.reduce<string>((result, each, index) => appendTable(result, path, index + 1, each), begun);
  }
  return insertKey(document, parent, name, value);
}

/** One more `[[…]]` behind the others of its array. */
export function appendTable(text: string, path: TomlPath, index: number, value: TomlTable): string {
  const document = readDocument(text);
  const inline = document.pairs.find((pair) => samePath(pair.path, path));
  if (inline !== undefined) throw new TypeError('an array of inline tables is edited as an array');
  return insertTable(document, [...path, index], value, 'array');
}

function inlineTableAt(document: Document, path: TomlPath): AST.TOMLInlineTable | undefined {
  const pair = document.pairs.find((each) => samePath(each.path, path));
  if (pair?.node.value.type === 'TOMLInlineTable') return pair.node.value;
  // An element of an array: found through the pairs inside it, or through the arrays around it when it is empty.
  const inside = document.pairs.find((each) => each.inline && samePath(each.base, path));
  if (inside?.inline) return inside.inline;
  const holder = document.pairs.findLast((each) => startsWith(path, each.path));
  const element = path
    .slice(holder?.path.length)
    .reduce<AST.TOMLContentNode | undefined>(
      (node, part) => (node?.type === 'TOMLArray' ? node.elements[Number(part)] : undefined),
      holder?.node.value,
    );
  return element?.type === 'TOMLInlineTable' ? element : undefined;
}

function insertInline(
  { text }: Document,
  table: AST.TOMLInlineTable,
  names: readonly string[],
  value: unknown,
): string {
  const pair = `${renderKeys(names)} = ${renderValue(value)}`;
  const last = table.body.at(-1);
  if (last === undefined) return `${text.slice(0, table.range[0])}{ ${pair} }${text.slice(table.range[1])}`;
  return `${text.slice(0, last.range[1])}, ${pair}${text.slice(last.range[1])}`;
}

function insertDotted(document: Document, last: Pair, parent: TomlPath, name: string, value: unknown): string {
  const names = [...headerNames(parent.slice(last.base.length)), name];
  if (last.inline) return insertInline(document, last.inline, names, value);
  const line = `${renderKeys(names)} = ${renderValue(value)}`;
  return insertLine(document, last.node.range[1], `${indentAt(document.text, last.node.range[0])}${line}`);
}

function insertKey(document: Document, parent: TomlPath, name: string, value: unknown): string {
  const { text, eol } = document;
  const line = `${renderKey(name)} = ${renderValue(value)}`;
  const own = document.pairs.filter((pair) => pair.inline === undefined && samePath(pair.base, parent)).at(-1);
  if (own !== undefined) return insertLine(document, own.node.range[1], `${indentAt(text, own.node.range[0])}${line}`);
  if (parent.length === 0) {
    const first = document.headers[0];
    if (first === undefined)
      return text === '' || text.endsWith('\n') ? `${text}${line}${eol}` : `${text}${eol}${line}`;
    const at = aboveHeader(document, first.range[0]);
    return `${text.slice(0, at)}${line}${eol}${eol}${text.slice(at)}`;
  }
  const header = document.headers.find((each) => samePath(each.resolvedKey, parent));
  if (header !== undefined) {
    const indent = indentAt(text, header.range[0]) + stepOf(document);
    return insertLine(document, header.range[0], `${indent}${line}`);
  }
  // The table is there only through those below it: its own header goes before the first of them.
  const below = document.headers.find((each) => startsWith(each.resolvedKey, parent));
  if (below === undefined) throw new TypeError(`there is no table ${parent.join('.')}`);
  const at = commentStart(document, below.range[0]);
  const indent = indentAt(text, below.range[0]);
  const lines = [`${indent}[${renderKeys(headerNames(parent))}]`, `${indent}${stepOf(document)}${line}`];
  return `${text.slice(0, at)}${lines.map((each) => each + eol).join('')}${text.slice(at)}`;
}

/** Keys of the root go before the first table and its comments; a comment at the very top is not the table's. */
const aboveHeader = (document: Document, at: number): number => commentStart(document, at);

function insertTable(document: Document, path: TomlPath, value: TomlTable, kind: 'standard' | 'array'): string {
  const { text, eol } = document;
  const names = headerNames(path);
  const header = kind === 'array' ? `[[${renderKeys(names)}]]` : `[${renderKeys(names)}]`;
  const parent = path.slice(0, kind === 'array' && typeof path.at(-1) === 'number' ? -2 : -1);
  const siblings = document.headers.filter(
    (each) => each.resolvedKey.length > parent.length && startsWith(each.resolvedKey, parent),
  );
  const model = siblings.findLast((each) => headerNames(each.resolvedKey).length === names.length) ?? undefined;
  const parentHeader = document.headers.find((each) => samePath(each.resolvedKey, parent));
  const step = stepOf(document);
  const indent = model
    ? indentAt(text, model.range[0])
    : parentHeader
      ? indentAt(text, parentHeader.range[0]) + step
      : step.repeat(Math.max(0, headerNames(parent).length));
  const lines = renderTable(header, names, value, { indent, step });
  const before = siblings.at(-1) ?? parentHeader;
  // A table of the root goes to the end of the file; any other one behind the last of its family.
  const at = before && parent.length > 0 ? tableEnd(document, before) : undefined;
  const blank = parent.length === 0 || (siblings.length > 0 && hasBlankAbove(document, siblings.at(-1)?.range[0] ?? 0));
  const block = `${blank ? eol : ''}${lines.join(eol)}`;
  if (at !== undefined) return `${text.slice(0, at)}${eol}${block}${text.slice(at)}`;
  if (text.trim() === '') return `${text}${lines.join(eol)}${eol}`;
  const ended = text.endsWith('\n');
  return `${text}${ended ? '' : eol}${block}${ended ? eol : ''}`;
}

const hasBlankAbove = (document: Document, at: number): boolean => {
  const start = commentStart(document, at);
  return (
    start > 0 && isBlank(document.text.slice(lineStart(document.text, start - 1), lineEnd(document.text, start - 1)))
  );
};

/** A new line below the line of `at`; the last line of a file keeps its missing line end. */
function insertLine({ text, eol }: Document, at: number, line: string): string {
  const end = lineEnd(text, at);
  return `${text.slice(0, end)}${eol}${line}${text.slice(end)}`;
}

/** How far keys stand behind their header in this file; two blanks where it has no example. */
function stepOf(document: Document): string {
  const { text } = document;
  for (const header of document.headers) {
    const first = header.body[0];
    if (first === undefined) continue;
    const [outer, inner] = [indentAt(text, header.range[0]), indentAt(text, first.range[0])];
    return inner.startsWith(outer) ? inner.slice(outer.length) : '';
  }
  return '  ';
}
