import type { Readable } from 'node:stream';
import type { FileEntry } from '../types.ts';

/**
 * Lists a tree from inside: GNU find in one process, those of busybox and BSD (macOS) with `stat`. Records begin with a
 * byte 1, since names may hold line feeds.
 */
export const listScript = [
  'cd "$1" || exit 3',
  'b=$(printf "\\001")',
  'if find . -maxdepth 0 -printf "" >/dev/null 2>&1; then',
  '  find . -mindepth 1 -printf "\\001%y|%s|%m|%T@|%P\\n"',
  'elif stat -c %n . >/dev/null 2>&1; then',
  '  find . -mindepth 1 -exec stat -c "${b}x%f|%s|0|%Y|%n" {} +',
  'else',
  '  find . -mindepth 1 -exec stat -f "${b}x%Xp|%z|0|%m|%N" {} +',
  'fi',
].join('\n');

/** The same for one path. */
export const statScript = [
  '[ -e "$1" ] || [ -L "$1" ] || exit 0',
  'b=$(printf "\\001")',
  'if find . -maxdepth 0 -printf "" >/dev/null 2>&1; then find "$1" -maxdepth 0 -printf "\\001%y|%s|%m|%T@|%p\\n"',
  'elif stat -c %n . >/dev/null 2>&1; then stat -c "${b}x%f|%s|0|%Y|%n" "$1"',
  'else stat -f "${b}x%Xp|%z|0|%m|%N" "$1"; fi',
].join('\n');

const kinds: Readonly<Record<string, FileEntry['kind']>> = { f: 'file', d: 'directory', l: 'symlink' };
/** The file type bits of st_mode (stat(2)). */
const typeMask = 0o170000;
const types: ReadonlyMap<number, FileEntry['kind']> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
]);

export async function* readList(output: Readable): AsyncIterable<FileEntry> {
  let rest = '';
  // latin1 keeps the bytes of a character together, whatever the chunks do to it.
  for await (const chunk of output) {
    const records = (rest + (chunk as Buffer).toString('latin1')).split('\n\x01');
    rest = records.pop() ?? '';
    for (const record of records) yield readRecord(record);
  }
  if (rest !== '') yield readRecord(rest.replace(/\n$/, ''));
}

function readRecord(text: string): FileEntry {
  const [kind = '', size = '', mode = '', mtime = '', ...name] = text.replace(/^\x01/, '').split('|');
  const path = Buffer.from(name.join('|').replace(/^\.\//, ''), 'latin1').toString();
  const sizeBytes = Number(size);
  const mtimeMs = Number(mtime) * 1000;
  if (!kind.startsWith('x'))
    return { path, sizeBytes, mtimeMs, kind: kinds[kind] ?? 'other', mode: Number.parseInt(mode, 8) };
  const bits = Number.parseInt(kind.slice(1), 16);
  return { path, sizeBytes, mtimeMs, kind: types.get(bits & typeMask) ?? 'other', mode: bits & 0o7777 };
}
