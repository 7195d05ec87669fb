import { Chunk } from '@codemirror/merge';
import { Text } from '@codemirror/state';

export interface Merged {
  readonly text: string;
  /** Places where both changed the same lines in different ways; yours stands there. */
  readonly overlaps: number;
}

interface Hunk {
  /** Lines of the base, from 0, end exclusive. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/** Both sets of changes to a common base, line by line. Where they meet, mine is kept and counted. */
export function mergeTexts(base: string, mine: string, theirs: string): Merged {
  const lines = base.split('\n');
  const ours = hunksOf(base, mine);
  const others = hunksOf(base, theirs);
  const touches = (a: Hunk, b: Hunk): boolean => a.from <= b.to && b.from <= a.to;
  const same = (a: Hunk, b: Hunk): boolean =>
    a.from === b.from && a.to === b.to && a.lines.join('\n') === b.lines.join('\n');
  const clashing = others.filter((theirHunk) => ours.some((hunk) => touches(hunk, theirHunk)));
  const overlaps = clashing.filter((theirHunk) => !ours.some((hunk) => same(hunk, theirHunk))).length;
  const all = [...ours, ...others.filter((hunk) => !clashing.includes(hunk))].sort((a, b) => b.from - a.from);
  for (const { from, to, lines: added } of all) lines.splice(from, to - from, ...added);
  return { text: lines.join('\n'), overlaps };
}

function hunksOf(base: string, changed: string): Hunk[] {
  const [a, b] = [textOf(base), textOf(changed)];
  return Chunk.build(a, b).map((chunk) => {
    // A change behind the last line begins beyond the text.
    const from = chunk.fromA > a.length ? a.lines : a.lineAt(chunk.fromA).number - 1;
    const lines = linesBetween(b, chunk.fromB, chunk.toB);
    return { from, to: from + linesBetween(a, chunk.fromA, chunk.toA).length, lines };
  });
}

/** Whole lines of a chunk's side; none when it is empty there. */
export function linesBetween(text: Text, from: number, to: number): string[] {
  if (from >= to || from > text.length) return [];
  const [start, end] = [text.lineAt(from).number, text.lineAt(Math.min(to - 1, text.length)).number];
  return Array.from({ length: end - start + 1 }, (_, index) => text.line(start + index).text);
}

export const textOf = (text: string): Text => Text.of(text.split('\n'));
