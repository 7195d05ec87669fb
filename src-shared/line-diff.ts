/** Beyond this many comparisons (some 3,000 changed lines) the changed part counts as one. */
const mostCells = 10_000_000;

/** For each new line the old one that it is, if any: the longest row of lines that both texts have in common. */
export function sameLines(before: readonly string[], after: readonly string[]): (number | undefined)[] {
  const result: (number | undefined)[] = after.map(() => undefined);
  let head = 0;
  for (; head < Math.min(before.length, after.length) && before[head] === after[head]; head += 1) result[head] = head;
  let [oldEnd, newEnd] = [before.length, after.length];
  while (oldEnd > head && newEnd > head && before[oldEnd - 1] === after[newEnd - 1]) result[--newEnd] = --oldEnd;
  const width = newEnd - head + 1;
  if ((oldEnd - head + 1) * width > mostCells) return result;
  const longest = new Uint32Array((oldEnd - head + 1) * width);
  const at = (i: number, j: number): number => longest[(i - head) * width + j - head] ?? 0;
  for (let i = oldEnd - 1; i >= head; i -= 1)
    for (let j = newEnd - 1; j >= head; j -= 1)
      longest[(i - head) * width + j - head] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  for (let i = head, j = head; i < oldEnd && j < newEnd; ) {
    if (before[i] === after[j]) result[j++] = i++;
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return result;
}

/** A run of lines that was replaced: numbers from 0 in both texts, ends exclusive. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** What differs between two texts, from the first line to the last. */
export function hunksBetween(before: readonly string[], after: readonly string[]): Hunk[] {
  const places = sameLines(before, after);
  const hunks: Hunk[] = [];
  let [old, now] = [0, 0];
  const close = (to: number, newTo: number): void => {
    if (to > old || newTo > now) hunks.push({ from: old, to, newFrom: now, newTo });
    [old, now] = [to + 1, newTo + 1];
  };
  for (const [index, place] of places.entries()) if (place !== undefined) close(place, index);
  close(before.length, after.length);
  return hunks;
}
