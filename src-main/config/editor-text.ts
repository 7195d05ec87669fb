/**
 * What the editor works on: no byte order mark, `\n` at each line's end. The file's own are put back on the way to the
 * disk, line by line where a file has both kinds, so that only lines that were changed change.
 */
export const toEditorText = (file: string): string => file.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');

/** The text for the disk, in the style of the file that it replaces. */
export function toFileText(edited: string, file: string): string {
  const mark = file.startsWith('\uFEFF') ? '\uFEFF' : '';
  const ends = file.match(/\r?\n/g) ?? [];
  const windows = ends.filter((end) => end === '\r\n').length;
  if (windows === 0) return mark + edited;
  if (windows === ends.length) return mark + edited.replaceAll('\n', '\r\n');
  const usual = windows * 2 > ends.length ? '\r\n' : '\n';
  const before = toEditorText(file).split('\n');
  const lines = edited.split('\n');
  const places = sameLines(before, lines);
  const endOf = (index: number): string => (index === lines.length - 1 ? '' : (ends[places[index] ?? -1] ?? usual));
  return mark + lines.map((line, index) => line + endOf(index)).join('');
}

/** Beyond this many comparisons (some 3,000 changed lines) new line ends follow the majority. */
const mostCells = 10_000_000;

/** For each new line the old one that it is, if any: the longest row of lines that both texts have in common. */
function sameLines(before: readonly string[], after: readonly string[]): (number | undefined)[] {
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
