import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import type { Engine } from '../engine/types.ts';
import { execStream } from './exec.ts';

export interface TarRequest {
  readonly engine: Engine;
  readonly container: string;
  readonly folder: string;
  /** Exactly these, relative to the folder; folders without what is in them. */
  readonly paths: readonly string[];
  readonly signal?: AbortSignal;
}
/** The image's tar cannot take a list of names, or there is none. */
const noList = 64;

/**
 * GNU tar takes names with a NUL between them, any name at all; a full busybox takes lines. Whoever has neither says so
 * before the first byte.
 */
const script = [
  'cd "$1" || exit 3',
  'if tar --version 2>/dev/null | grep -q GNU; then',
  '  tar --numeric-owner --hard-dereference --no-recursion -cf - --null -T - ; r=$?',
  // 1: a file changed while it was read, which is no reason to fail.
  '  [ $r != 1 ] || r=0',
  '  exit $r',
  'fi',
  `tar --no-recursion -cf /dev/null -T /dev/null /dev/null 2>/dev/null || exit ${noList}`,
  'tr "\\000" "\\n" | tar --no-recursion -cf - -T -',
].join('\n');

/** A tar of exactly these paths, streamed. */
export async function readTar(request: TarRequest): Promise<Readable> {
  const { engine, container, folder, paths, signal } = request;
  const stream = execStream(engine, container, ['sh', '-c', script, 'sh', folder], {
    what: `read ${folder}`,
    stdin: Readable.from(namesOf(paths)),
    ...(signal !== undefined ? { signal } : {}),
  });
  try {
    await once(stream, 'readable', signal !== undefined ? { signal } : {});
    return stream;
  } catch (error) {
    stream.destroy();
    if (error instanceof Error && 'exitCode' in error && error.exitCode === noList) return fromArchive(request);
    throw error;
  }
}

/** In pieces of a few thousand, so that a long list is not built up a second time in memory. */
function* namesOf(paths: readonly string[]): Iterable<Buffer> {
  for (let at = 0; at < paths.length; at += 4096) yield Buffer.from(`${paths.slice(at, at + 4096).join('\0')}\0`);
}

/** Without a tar inside: the engine packs the whole folder, and what nobody asked for is left out here. */
async function fromArchive({ engine, container, folder, paths, signal }: TarRequest): Promise<Readable> {
  const all = await engine.getArchive(container, folder);
  if (all === undefined) throw new Error(`read ${folder}: no such folder`);
  const wanted = new Set(paths);
  const output = pack();
  const readable = new PassThrough();
  output.pipe(readable);
  output.on('error', (error) => readable.destroy(error));
  const unpack = extract();
  unpack.on('entry', (header, entry, next) => {
    // The engine puts the folder's own name in front.
    const inside = (name: string): string => name.replace(/\/$/, '').split('/').slice(1).join('/');
    const name = inside(header.name);
    if (!wanted.has(name)) {
      entry.resume();
      entry.on('end', () => next());
      return;
    }
    const linkname = header.type === 'link' && header.linkname ? { linkname: inside(header.linkname) } : {};
    const packed = output.entry({ ...header, ...linkname, name }, (error) => next(error ?? undefined));
    if (header.size && header.type === 'file') entry.pipe(packed);
    else {
      entry.resume();
      packed.end(Buffer.alloc(0));
    }
  });
  pipeline(all, unpack, signal !== undefined ? { signal } : {}).then(
    () => output.finalize(),
    (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  readable.on('close', () => all.destroy());
  return readable;
}
