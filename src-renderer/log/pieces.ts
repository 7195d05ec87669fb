import type { Span, Style } from '../../src-shared/trace/index.ts';

/** A run of text of one look. `mark`: it lies in match number N of its line. */
export interface Piece {
  readonly text: string;
  readonly style: Style;
  readonly mark?: number;
  /** Where it begins in the line. */
  readonly at: number;
}

/** Cuts spans where matches begin and end. */
export function piecesOf(spans: readonly Span[], marks: readonly (readonly [number, number])[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let mark = 0;
  for (const { text, style } of spans) {
    const end = at + text.length;
    let from = at;
    while (from < end) {
      while (mark < marks.length && (marks[mark] as readonly [number, number])[1] <= from) mark++;
      const [start, stop] = marks[mark] ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      const inside = from >= start;
      const to = Math.min(end, inside ? stop : start);
      pieces.push({ text: text.slice(from - at, to - at), style, at: from, ...(inside ? { mark } : {}) });
      from = to;
    }
    at = end;
  }
  return pieces;
}
