import type { Span, Style } from '../../src-shared/trace/index.ts';
import type { FilePlace } from './file-places.ts';

/** A run of text of one look. `mark`: it lies in match number N of its line; `place`: in the name of a file. */
export interface Piece {
  readonly text: string;
  readonly style: Style;
  readonly mark?: number;
  readonly place?: FilePlace;
  /** Where it begins in the line. */
  readonly at: number;
}
/** A job can colour every letter: beyond this many pieces a line goes on without looks, so that rows stay cheap. */
const mostPieces = 400;

/** Cuts spans where matches and names of files begin and end. */
export function piecesOf(
  spans: readonly Span[],
  marks: readonly (readonly [number, number])[],
  places: readonly FilePlace[],
): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let mark = 0;
  let place = 0;
  for (const [index, { text, style }] of spans.entries()) {
    const end = at + text.length;
    let from = at;
    while (from < end) {
      if (pieces.length >= mostPieces) {
        const rest = spans.slice(index + 1).map((span) => span.text);
        pieces.push({ text: text.slice(from - at) + rest.join(''), style: plain, at: from });
        return pieces;
      }
      while (mark < marks.length && (marks[mark] as readonly [number, number])[1] <= from) mark++;
      while (place < places.length && (places[place] as FilePlace).to <= from) place++;
      const [start, stop] = marks[mark] ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      const file = places[place];
      const inMark = from >= start;
      const inFile = file !== undefined && from >= file.from;
      const to = Math.min(end, inMark ? stop : start, file === undefined ? end : inFile ? file.to : file.from);
      pieces.push({
        text: text.slice(from - at, to - at),
        style,
        at: from,
        ...(inMark ? { mark } : {}),
        ...(inFile ? { place: file } : {}),
      });
      from = to;
    }
    at = end;
  }
  return pieces;
}
const plain: Style = { fg: -1, bg: -1, flags: 0 };
