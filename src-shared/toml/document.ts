import { type AST, parseTOML } from 'toml-eslint-parser';
import type { TomlPath } from './values.ts';

/** `key = value`, wherever it stands, with its whole path. */
export interface Pair {
  readonly path: TomlPath;
  readonly node: AST.TOMLKeyValue;
  /** The inline table around it; undefined for one on a line of its own. */
  readonly inline: AST.TOMLInlineTable | undefined;
  /** The table that the key's own names count from: that of the header above, or the inline one. */
  readonly base: TomlPath;
}
export type Header = AST.TOMLTable;

/** A text with the places of everything in it. */
export interface Document {
  readonly text: string;
  readonly eol: '\n' | '\r\n';
  readonly pairs: readonly Pair[];
  readonly headers: readonly Header[];
  /** Lines that hold a comment and nothing else: offset of their `#`. */
  readonly comments: ReadonlySet<number>;
}

export function readDocument(text: string): Document {
  const tree = parseTOML(text);
  const pairs: Pair[] = [];
  const headers: Header[] = [];
  for (const node of tree.body[0].body) {
    if (node.type === 'TOMLKeyValue') collect(pairs, [node], [], undefined);
    else {
      headers.push(node);
      collect(pairs, node.body, node.resolvedKey, undefined);
    }
  }
  return {
    text,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    pairs,
    headers,
    comments: new Set(tree.comments.map(({ range }) => range[0])),
  };
}

function collect(
  pairs: Pair[],
  nodes: readonly AST.TOMLKeyValue[],
  base: TomlPath,
  inline: AST.TOMLInlineTable | undefined,
): void {
  for (const node of nodes) {
    const path = [...base, ...namesOf(node.key)];
    pairs.push({ path, node, inline, base });
    collectInside(pairs, node.value, path);
  }
}
function collectInside(pairs: Pair[], value: AST.TOMLContentNode, path: TomlPath): void {
  if (value.type === 'TOMLInlineTable') collect(pairs, value.body, path, value);
  if (value.type === 'TOMLArray')
    for (const [index, element] of value.elements.entries()) collectInside(pairs, element, [...path, index]);
}

export const namesOf = (key: AST.TOMLKey): string[] =>
  key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
export const samePath = (a: TomlPath, b: TomlPath): boolean => a.length === b.length && startsWith(a, b);
export const startsWith = (path: TomlPath, start: TomlPath): boolean =>
  start.length <= path.length && start.every((part, index) => part === path[index]);
/** The names of a path as they stand in a header. */
export const headerNames = (path: TomlPath): string[] => path.filter((part) => typeof part === 'string');

/** `lastIndexOf` takes a negative offset as 0, where a line end may stand. */
export const lineStart = (text: string, at: number): number => (at <= 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1);
/** Where the line ends, before its line end. */
export const lineEnd = (text: string, at: number): number => {
  const newline = text.indexOf('\n', at);
  if (newline === -1) return text.length;
  return newline > at && text[newline - 1] === '\r' ? newline - 1 : newline;
};
/** Where the next line begins. */
export const nextLine = (text: string, at: number): number => {
  const newline = text.indexOf('\n', at);
  return newline === -1 ? text.length : newline + 1;
};
export const indentAt = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(lineStart(text, at), at))?.[0] ?? '';
export const isBlank = (line: string): boolean => line.trim() === '';

/** The start of the comment lines right above a line, else of the line itself. What stands at the top of a file stays. */
export function commentStart(document: Document, at: number): number {
  const { text } = document;
  let start = lineStart(text, at);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (!isCommentLine(document, above)) return start;
    start = above;
  }
  return lineStart(text, at);
}

/** The end of a table's own lines: its last key, and the comments that hang below it and belong to no header. */
export function tableEnd(document: Document, header: Header): number {
  const { text } = document;
  const last = header.body.at(-1);
  const end = lineEnd(text, last ? last.range[1] : headerEnd(text, header));
  let below = nextLine(text, end);
  let tail = end;
  while (below < text.length && isCommentLine(document, below)) {
    tail = lineEnd(text, below);
    below = nextLine(text, below);
  }
  const belongsToNext = below < text.length && !isBlank(text.slice(below, lineEnd(text, below)));
  return belongsToNext ? end : tail;
}

const headerEnd = (text: string, { key, kind }: Header): number =>
  text.indexOf(kind === 'array' ? ']]' : ']', key.range[1]) + (kind === 'array' ? 2 : 1);

function isCommentLine({ text, comments }: Document, start: number): boolean {
  const hash = start + (/^[ \t]*/.exec(text.slice(start, lineEnd(text, start)))?.[0].length ?? 0);
  return comments.has(hash);
}
