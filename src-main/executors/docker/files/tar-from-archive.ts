import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { asError } from '../../../../src-shared/errors.ts';
import type { Engine } from '../engine/types.ts';

/** Without a tar inside: the engine packs the whole folder, and what nobody asked for is left out here. */
export async function tarFromArchive({
  engine,
  container,
  folder,
  paths,
  signal,
}: {
  readonly engine: Engine;
  readonly container: string;
  readonly folder: string;
  /** Exactly these, relative to the folder; folders without what is in them. */
  readonly paths: readonly string[];
  readonly signal: AbortSignal | undefined;
}): Promise<Readable> {
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
    (error: unknown) => output.destroy(asError(error)),
  );
  readable.on('close', () => all.destroy());
  return readable;
}
