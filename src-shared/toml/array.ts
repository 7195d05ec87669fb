import type { AST } from 'toml-eslint-parser';
import { type Document, indentAt, lineEnd, lineStart, nextLine } from './document.ts';
import { renderValue } from './render.ts';
import { sameValue } from './values.ts';

/**
 * Changes an array by its elements: those that stay keep their comments and their lines. An array on one line is written
 * anew as a whole.
 */
export function editArray(
  document: Document,
  node: AST.TOMLArray,
  old: readonly unknown[],
  wanted: readonly unknown[],
): string {
  const { text } = document;
  const [start, end] = node.range;
  if (!text.slice(start, end).includes('\n') || node.elements.length === 0) {
    const pad = /^\[[ \t]+\S/.test(text.slice(start, end)) ? ' ' : '';
    const inner = wanted.map(renderValue).join(', ');
    return `${text.slice(0, start)}[${inner === '' ? '' : `${pad}${inner}${pad}`}]${text.slice(end)}`;
  }
  const head = commonHead(old, wanted);
  const tail = commonHead(old.slice(head).reverse(), wanted.slice(head).reverse());
  const [oldMiddle, newMiddle] = [old.slice(head, old.length - tail), wanted.slice(head, wanted.length - tail)];
  const shared = Math.min(oldMiddle.length, newMiddle.length);
  // From the end to the start, so that the places of what comes before stay right.
  let result = text;
  if (newMiddle.length > shared) result = insertAfter(document, node, head + shared, newMiddle.slice(shared));
  for (let index = head + oldMiddle.length - 1; index >= head + shared; index -= 1)
    result = cut(result, document, node, index);
  for (let index = head + shared - 1; index >= head; index -= 1) {
    const element = node.elements[index];
    if (element === undefined || sameValue(old[index], wanted[index])) continue;
    result = result.slice(0, element.range[0]) + renderValue(wanted[index]) + result.slice(element.range[1]);
  }
  return result;
}

/** New elements behind the one at `index - 1`, each on a line of its own. */
function insertAfter({ text, eol }: Document, node: AST.TOMLArray, index: number, values: readonly unknown[]): string {
  const before = node.elements[index - 1];
  const model = before ?? node.elements[0];
  const indent = model ? lineIndent(text, model.range[0]) : '';
  const isLast = index === node.elements.length;
  const lines = values.map((value) => `${eol}${indent}${renderValue(value)},`).join('');
  if (before === undefined) {
    const at = node.range[0] + 1;
    return `${text.slice(0, at)}${lines}${eol}${indent}${text.slice(at).replace(/^[ \t]*(?:\r?\n[ \t]*)?/, '')}`;
  }
  const comma = commaAfter(text, before.range[1], node.range[1] - 1);
  const end = comma === undefined ? before.range[1] : comma + 1;
  const next = node.elements[index];
  const sameLine = next !== undefined && !text.slice(end, next.range[0]).includes('\n');
  const closing = !text.slice(end, node.range[1]).includes('\n');
  // A comment behind the element before stays with it.
  const at = sameLine || closing ? end : lineEnd(text, end);
  const added = isLast && comma === undefined ? lines.slice(0, -1) : lines;
  const gap = sameLine ? `${eol}${indent}` : closing ? eol + lineIndent(text, node.range[0]) : '';
  const rest = sameLine || closing ? text.slice(at).replace(/^[ \t]+/, '') : text.slice(at);
  return `${text.slice(0, before.range[1])}${comma === undefined ? ',' : ''}${text.slice(before.range[1], at)}${added}${gap}${rest}`;
}

/** Takes one element out; with its line and comment when nothing else stands there. */
function cut(result: string, { text }: Document, node: AST.TOMLArray, index: number): string {
  const element = node.elements[index];
  if (element === undefined) return result;
  const comma = commaAfter(text, element.range[1], node.range[1] - 1);
  const end = comma === undefined ? element.range[1] : comma + 1;
  const from = lineStart(text, element.range[0]);
  const to = nextLine(text, end);
  const alone =
    text.slice(from, element.range[0]).trim() === '' &&
    /^[ \t]*(?:#.*)?\r?$/.test(text.slice(end, to).replace(/\n$/, ''));
  if (alone && to <= node.range[1]) return result.slice(0, from) + result.slice(to);
  const gap = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0;
  return result.slice(0, element.range[0]) + result.slice(end + gap);
}

/** The offset of the comma behind an element, comments passed over; undefined when there is none. */
function commaAfter(text: string, from: number, to: number): number | undefined {
  for (let at = from; at < to; at += 1) {
    if (text[at] === ',') return at;
    if (text[at] === '#') at = lineEnd(text, at);
    else if (!/\s/.test(text[at] ?? '')) return undefined;
  }
  return undefined;
}

const lineIndent = (text: string, at: number): string => {
  const start = lineStart(text, at);
  return indentAt(text, start + (/^[ \t]*/.exec(text.slice(start))?.[0].length ?? 0));
};

function commonHead(a: readonly unknown[], b: readonly unknown[]): number {
  let length = 0;
  while (length < a.length && length < b.length && sameValue(a[length], b[length])) length += 1;
  return length;
}
