import { hunksBetween } from '../../src-shared/line-diff.ts';

/** A line that goes or comes, with its number in the text that it belongs to. */
export interface DiffRow {
  readonly kind: 'gone' | 'new';
  readonly line: number;
  readonly text: string;
  /** Rows of one change stand together. */
  readonly change: number;
}

/** What saving would change, line by line, and how many lines that are. */
export function diffRows(before: string, after: string): { readonly rows: readonly DiffRow[]; readonly count: number } {
  const [old, now] = [linesOf(before), linesOf(after)];
  const hunks = hunksBetween(old, now);
  const rows = hunks.flatMap(({ from, to, newFrom, newTo }, change): DiffRow[] => [
    ...old.slice(from, to).map((text, index): DiffRow => ({ kind: 'gone', line: from + index + 1, text, change })),
    ...now
      .slice(newFrom, newTo)
      .map((text, index): DiffRow => ({ kind: 'new', line: newFrom + index + 1, text, change })),
  ]);
  const count = hunks.reduce((sum, { from, to, newFrom, newTo }) => sum + Math.max(to - from, newTo - newFrom), 0);
  return { rows, count };
}

/** The end of the last line is no line of its own. */
const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
