import { type Document, headerNames, readDocument, startsWith } from './document.ts';
import { tableRange } from './remove.ts';
import type { TomlPath } from './values.ts';

/**
 * Puts the tables of an array (`[[runners]]`) into another order: each one's lines, with comments and sub-tables, move as
 * a block; what stands between the blocks stays in its place. `order` names the old index of each new place.
 */
export function reorderTables(text: string, path: TomlPath, order: readonly number[]): string {
  const document = readDocument(text);
  const pieces = order.map((_, index) => piecesOf(document, [...path, index]));
  const whole = pieces.map((ranges) => ranges.map(([start, end]) => closed(document, text.slice(start, end))).join(''));
  const slots = pieces.flatMap((ranges, index) =>
    ranges.map(([start, end], piece) => ({
      start,
      end,
      text: piece === 0 ? (whole[order[index] ?? index] ?? '') : '',
    })),
  );
  const result = slots
    .sort((a, b) => b.start - a.start)
    .reduce((current, slot) => current.slice(0, slot.start) + slot.text + current.slice(slot.end), text);
  return text.endsWith('\n') ? result : result.replace(/\r?\n$/, '');
}

/** Line ranges of a table and all below it, those that touch merged. Blank lines between its own tables go with it. */
function piecesOf(document: Document, path: TomlPath): [number, number][] {
  const merged: [number, number][] = [];
  for (const header of document.headers) {
    if (!startsWith(header.resolvedKey, path) || headerNames(path).length === 0) continue;
    const [start, end] = tableRange(document, header);
    const last = merged.at(-1);
    if (last !== undefined && document.text.slice(last[1], start).trim() === '') last[1] = end;
    else merged.push([start, end]);
  }
  return merged;
}

const closed = ({ eol }: Document, block: string): string =>
  block === '' || block.endsWith('\n') ? block : block + eol;
