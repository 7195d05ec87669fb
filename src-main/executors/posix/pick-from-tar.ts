import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { asError } from '../../../src-shared/errors.ts';

/**
 * Exactly these paths of a tar of a whole folder, in which every name has the folder (or `.`) in front; folders without
 * what is in them.
 */
export function pickFromTar(all: Readable, paths: readonly string[], signal: AbortSignal | undefined): Readable {
  const wanted = new Set(paths);
  const output = pack();
  const readable = new PassThrough();
  output.pipe(readable);
  output.on('error', (error) => readable.destroy(error));
  const unpack = extract();
  unpack.on('entry', (header, entry, next) => {
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
