import {
  commentStart,
  type Document,
  type Header,
  isBlank,
  lineEnd,
  lineStart,
  nextLine,
  type Pair,
  readDocument,
  samePath,
  startsWith,
  tableEnd,
} from './document.ts';
import type { TomlPath } from './values.ts';

/** Takes out everything under a path: lines with their comments, tables, parts of inline tables. Elements of plain arrays are not its business. */
export function removePath(text: string, path: TomlPath): string {
  let result = removeTables(text, path);
  // The next element has moved to this number: its keys are not ours.
  if (result !== text && typeof path.at(-1) === 'number') return result;
  for (;;) {
    const document = readDocument(result);
    const pair =
      document.pairs.find((each) => samePath(each.path, path)) ??
      document.pairs.find((each) => startsWith(each.path, path));
    if (pair === undefined) return result;
    result = pair.inline ? removeInline(document, pair, pair.inline) : removeLine(document, pair);
  }
}

function removeTables(text: string, path: TomlPath): string {
  const document = readDocument(text);
  const ranges = document.headers
    .filter((header) => startsWith(header.resolvedKey, path))
    .map((header) => tableRange(document, header));
  return ranges.reduceRight((result, range) => cutLines(result, range), text);
}

/** Whole lines: from the comments above the header to the end of its own lines. */
export function tableRange(document: Document, header: Header): readonly [number, number] {
  return [commentStart(document, header.range[0]), nextLine(document.text, tableEnd(document, header))];
}

function removeLine(document: Document, { node }: Pair): string {
  const start = commentStart(document, node.range[0]);
  return cutLines(document.text, [start, nextLine(document.text, node.range[1])], { keepBlank: true });
}

/** Cuts lines; of the blank lines above and below, those above stay. At the end of the file none does. */
export function cutLines(
  text: string,
  [start, end]: readonly [number, number],
  options: { readonly keepBlank?: boolean } = {},
): string {
  let [head, tail] = [text.slice(0, start), text.slice(end)];
  if (options.keepBlank) return tail === '' ? withoutEnd(head, text) : head + tail;
  const blankAbove =
    head === '' || isBlank(head.slice(lineStart(head, head.length - 1), lineEnd(head, head.length - 1)));
  if (blankAbove) while (tail !== '' && isBlank(tail.slice(0, lineEnd(tail, 0)))) tail = tail.slice(nextLine(tail, 0));
  if (tail === '') head = head.replace(/(\r?\n)(?:[ \t]*\r?\n)+$/, '$1');
  return tail === '' ? withoutEnd(head, text) : head + tail;
}

/** A file without a line end at its end keeps it so. */
const withoutEnd = (head: string, text: string): string => (/\n$/.test(text) ? head : head.replace(/\r?\n$/, ''));

function removeInline(
  { text }: Document,
  { node }: Pair,
  inline: {
    readonly range: readonly [number, number];
    readonly body: readonly { readonly range: readonly [number, number] }[];
  },
): string {
  const index = inline.body.findIndex((each) => each.range === node.range);
  const [next, before] = [inline.body[index + 1], inline.body[index - 1]];
  if (next !== undefined) return text.slice(0, node.range[0]) + text.slice(next.range[0]);
  if (before !== undefined) return text.slice(0, before.range[1]) + text.slice(node.range[1]);
  return `${text.slice(0, inline.range[0])}{}${text.slice(inline.range[1])}`;
}
