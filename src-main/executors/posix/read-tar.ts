import { once } from 'node:events';
import { Readable } from 'node:stream';
import { commandStream, type RunCommand } from './command.ts';

/** The place's tar cannot take a list of names, or there is none. */
export const noListCode = 64;

/**
 * GNU tar and BSD's take names with a NUL between them, any name at all; a full busybox takes lines. Whoever has none of
 * these says so before the first byte.
 */
const script = [
  'cd "$1" || exit 3',
  'v=$(tar --version 2>/dev/null)',
  'case $v in',
  '  *GNU*)',
  '    tar --numeric-owner --hard-dereference --no-recursion -cf - --null -T - ; r=$?',
  // 1: a file changed while it was read, which is no reason to fail.
  '    [ $r != 1 ] || r=0',
  '    exit $r ;;',
  // Without the variable macOS adds files of its own for what it knows beside the content.
  '  *bsdtar*) COPYFILE_DISABLE=1 exec tar --numeric-owner --no-recursion -cf - --null -T - ;;',
  'esac',
  `tar --no-recursion -cf /dev/null -T /dev/null /dev/null 2>/dev/null || exit ${noListCode}`,
  'tr "\\000" "\\n" | tar --no-recursion -cf - -T -',
].join('\n');

/** A tar of exactly these paths, streamed. Rejects with `CommandFailed` and `noListCode` where there is no tar for it. */
export async function readTar(
  run: RunCommand,
  { folder, paths, signal }: { folder: string; paths: readonly string[]; signal: AbortSignal | undefined },
): Promise<Readable> {
  const more = signal !== undefined ? { signal } : {};
  const stdin = Readable.from(namesOf(paths));
  const stream = commandStream(run, `read ${folder}`, ['sh', '-c', script, 'sh', folder], { stdin, ...more });
  try {
    await once(stream, 'readable', more);
    return stream;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** In pieces of a few thousand, so that a long list is not built up a second time in memory. */
function* namesOf(paths: readonly string[]): Iterable<Buffer> {
  for (let at = 0; at < paths.length; at += 4096) yield Buffer.from(`${paths.slice(at, at + 4096).join('\0')}\0`);
}
