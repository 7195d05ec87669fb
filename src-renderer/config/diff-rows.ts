import { Chunk } from '@codemirror/merge';
import { linesBetween, textOf } from './merge-texts.ts';

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
  const [a, b] = [textOf(before), textOf(after)];
  let count = 0;
  const rows = Chunk.build(a, b).flatMap((chunk, change): DiffRow[] => {
    const gone = linesBetween(a, chunk.fromA, chunk.toA);
    const come = linesBetween(b, chunk.fromB, chunk.toB);
    count += Math.max(gone.length, come.length);
    const first = (text: typeof a, at: number): number => text.lineAt(Math.min(at, text.length)).number;
    return [
      ...gone.map((text, index): DiffRow => ({ kind: 'gone', line: first(a, chunk.fromA) + index, text, change })),
      ...come.map((text, index): DiffRow => ({ kind: 'new', line: first(b, chunk.fromB) + index, text, change })),
    ];
  });
  return { rows, count };
}
