import { closeSync, createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type Header, type Pack, pack } from 'tar-stream';
import { asError } from '../../src-shared/errors.ts';
import { formatOf } from './extract.ts';
import { damaged } from './failures.ts';
import { leadsOutside, quoted, safePath } from './names.ts';
import { bytesIn, drained, tarEntries } from './tar-io.ts';
import type { ArchiveLimits } from './types.ts';
import { planUnpack } from './unpack-plan.ts';
import { unpackPieces } from './zip-data.ts';
import { readLink } from './zip-link.ts';
import { openArchive, type ReadEntry, readDirectory } from './zip-read.ts';
import { createZstdDecompress } from './zstd.ts';

type TarHeader = Partial<Header> & Pick<Header, 'name'>;

interface ToTarOptions {
  readonly archive: string;
  readonly outsideLinks: 'refuse' | 'keep';
  readonly limits: ArchiveLimits;
  readonly signal?: AbortSignal | undefined;
}

/** A zip (or tar.zst) as tar, checked like an extraction; damage ends the stream with ARCHIVE_INVALID. Links come last. */
export function toTar(options: ToTarOptions): Readable {
  const tar = pack();
  const stop = () => tar.destroy(asError(options.signal?.reason));
  options.signal?.addEventListener('abort', stop, { once: true });
  void (async () => {
    options.signal?.throwIfAborted();
    const format = await formatOf(options.archive);
    if (format === 'gzip') throw damaged('"gzip" format: unsupported archive format');
    if (format === 'tarzstd') await copyTar(tar, options);
    else await copyZip(tar, options);
    tar.finalize();
  })()
    .catch((error: unknown) => tar.destroy(asError(error)))
    .finally(() => options.signal?.removeEventListener('abort', stop));
  return Readable.from(bytesIn(tar), { objectMode: false });
}

async function copyZip(tar: Pack, options: ToTarOptions): Promise<void> {
  const { file, sizeBytes } = openArchive(options.archive);
  try {
    const plan = planUnpack(readDirectory(file, sizeBytes, options.limits));
    for (const folder of plan.folders)
      await addEntry(tar, { ...headerOf(folder), name: `${folder.path}/`, type: 'directory' });
    for (const entry of plan.groups.flat())
      await addEntry(tar, { ...headerOf(entry), type: 'file', size: entry.sizeBytes }, unpackPieces(file, entry));
    for (const link of plan.links) {
      const linkname = readLink(file, link, options.outsideLinks);
      await addEntry(tar, { ...headerOf(link), type: 'symlink', linkname });
    }
  } finally {
    closeSync(file);
  }
}

async function copyTar(tar: Pack, options: ToTarOptions): Promise<void> {
  const source = createReadStream(options.archive);
  const decoder = createZstdDecompress();
  source.on('error', (error) => decoder.destroy(error));
  const links: TarHeader[] = [];
  for await (const { header, body } of tarEntries(source.pipe(decoder))) {
    const name = safePath(header.name);
    if (name === '') body.resume();
    else if (header.type === 'symlink') {
      refuseOutside(name, header.linkname ?? '', options);
      links.push({ ...header, name });
      body.resume();
    } else if (header.type === 'directory') {
      await addEntry(tar, { ...header, name: `${name}/` });
      body.resume();
    } else if (header.type === 'file') await addEntry(tar, { ...header, name }, body);
    else throw damaged(`the archive has an entry of a kind that is not unpacked: ${quoted(header.name)}`);
  }
  for (const link of links) await addEntry(tar, link);
}

/** Adds one entry and waits while the reader is slow. */
async function addEntry(tar: Pack, header: TarHeader, body?: AsyncIterable<Uint8Array>): Promise<void> {
  if (!body || header.size === 0) {
    if (body) for await (const _ of body); // still checked
    tar.entry(header.type === 'file' ? { ...header, size: 0 } : header, '');
    return;
  }
  const entry = tar.entry(header);
  // A reader that went away ends the entry with an error; without a listener it would be an unhandled one.
  let failed: Error | undefined;
  entry.on('error', (error: Error) => {
    failed = error;
  });
  for await (const piece of body) {
    if (failed ?? tar.destroyed) throw failed ?? new Error('the tar stream was closed');
    if (!entry.write(piece)) await drained(entry);
  }
  entry.end(undefined);
}

const headerOf = (entry: ReadEntry): TarHeader => ({
  name: entry.path,
  mode: entry.mode,
  mtime: new Date(entry.mtimeMs),
  uid: entry.uid ?? 0,
  gid: entry.gid ?? 0,
});

function refuseOutside(path: string, target: string, options: ToTarOptions): void {
  if (target === '' || (options.outsideLinks === 'refuse' && leadsOutside(path, target)))
    throw damaged(`the archive has a link that leads out of the folder: ${quoted(path)}`);
}
