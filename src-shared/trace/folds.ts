import { countAtMost } from './ordered.ts';

/** Which lines are shown when some ranges are folded away. */
export interface FoldMap {
  /** Lines that are shown. */
  readonly rows: number;
  /** The line in row `row`. */
  lineAt(row: number): number;
  /** The row of `line`; of the header above it when it is folded away. */
  rowOf(line: number): number;
  isHidden(line: number): boolean;
}

/** `ranges`: hidden lines, from (included) to (excluded); any order, overlaps allowed. */
export function createFoldMap(ranges: readonly (readonly [number, number])[], lines: number): FoldMap {
  const merged: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const low = Math.max(0, from);
    const high = Math.min(to, lines);
    if (high <= low) continue;
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1]) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  /** Hidden lines before each range. */
  const before: number[] = [];
  let hidden = 0;
  for (const [from, to] of merged) {
    before.push(hidden);
    hidden += to - from;
  }
  /** The last range whose `value` is at most `limit`. */
  const find = (limit: number, value: (index: number) => number): number =>
    countAtMost(merged.length, limit, value) - 1;
  const startOf = (index: number): number => (merged[index] as [number, number])[0];
  const endOf = (index: number): number => (merged[index] as [number, number])[1];
  return {
    rows: lines - hidden,
    lineAt(row) {
      const index = find(row, (at) => startOf(at) - (before[at] as number));
      return index === -1 ? row : row + (before[index] as number) + endOf(index) - startOf(index);
    },
    rowOf(line) {
      const index = find(line, startOf);
      if (index === -1) return line;
      const at = before[index] as number;
      if (line < endOf(index)) return Math.max(0, startOf(index) - at - 1);
      return line - at - (endOf(index) - startOf(index));
    },
    isHidden(line) {
      const index = find(line, startOf);
      return index !== -1 && line < endOf(index);
    },
  };
}

/** Only these lines (in order) are shown; of another one the row is that of the line above it. */
export function createPickMap(lines: readonly number[]): FoldMap {
  // The list may grow later; this map does not.
  const rows = lines.length;
  const above = (line: number): number => countAtMost(rows, line, (row) => lines[row] as number) - 1;
  return {
    rows,
    lineAt: (row) => lines[row] ?? 0,
    rowOf: (line) => Math.max(0, above(line)),
    isHidden: (line) => lines[above(line)] !== line,
  };
}
