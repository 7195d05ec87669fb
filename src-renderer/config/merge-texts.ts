import { type Hunk, hunksBetween } from '../../src-shared/line-diff.ts';

export interface Merged {
  readonly text: string;
  /** Places where both changed the same lines in different ways; mine stands there. */
  readonly overlaps: number;
}

/** Both sets of changes to a common base, line by line. Where they meet, mine is kept and counted. */
export function mergeTexts(base: string, mine: string, theirs: string): Merged {
  const lines = base.split('\n');
  const ours = changesOf(lines, mine);
  const others = changesOf(lines, theirs);
  const clashing = others.filter((other) => ours.some((own) => touches(own, other)));
  const different = clashing.filter((other) => !ours.some((own) => isSame(own, other)));
  const all = [...ours, ...others.filter((other) => !clashing.includes(other))].sort((a, b) => b.from - a.from);
  for (const { from, to, added } of all) lines.splice(from, to - from, ...added);
  return { text: lines.join('\n'), overlaps: different.length };
}

interface Change extends Hunk {
  readonly added: readonly string[];
}
function changesOf(base: readonly string[], changed: string): Change[] {
  const lines = changed.split('\n');
  return hunksBetween(base, lines).map((hunk) => ({ ...hunk, added: lines.slice(hunk.newFrom, hunk.newTo) }));
}
const touches = (a: Hunk, b: Hunk): boolean => a.from <= b.to && b.from <= a.to;
const isSame = (a: Change, b: Change): boolean =>
  a.from === b.from && a.to === b.to && a.added.join('\n') === b.added.join('\n');
