import { hunksBetween, sameLines } from '../../src-shared/line-diff.ts';

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
  // A line that was replaced ends as the one in its place did.
  for (const { from, to, newFrom, newTo } of hunksBetween(before, lines))
    for (let index = 0; index < Math.min(to - from, newTo - newFrom); index += 1)
      places[newFrom + index] = from + index;
  const endOf = (index: number): string => (index === lines.length - 1 ? '' : (ends[places[index] ?? -1] ?? usual));
  return mark + lines.map((line, index) => line + endOf(index)).join('');
}
