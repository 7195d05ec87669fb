import { closeSync, createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type Pack, pack } from 'tar-stream';
import { asError } from '../../src-shared/errors.ts';
import { createSweep } from '../base/memory.ts';
import { formatOf } from './extract.ts';
import { damaged } from './failures.ts';
import { leadsOutside, quoted, safePath } from './names.ts';
import { addEntry, inBlocks, type TarContent, type TarHeader, tarEntries } from './tar-io.ts';
import type { ArchiveLimits } from './types.ts';
import { planUnpack } from './unpack-plan.ts';
import { unpackPieces, unpackWhole } from './zip-data.ts';
import { groupReader, streamedEntry } from './zip-group.ts';
import { readLink } from './zip-link.ts';
import { openArchive, type ReadEntry, readDirectory } from './zip-read.ts';
import { createZstdDecompress } from './zstd.ts';

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
  return Readable.from(inBlocks(tar), { objectMode: false, highWaterMark: 1 });
}

async function copyZip(tar: Pack, options: ToTarOptions): Promise<void> {
  const { file, sizeBytes } = openArchive(options.archive);
  try {
    const plan = planUnpack(readDirectory(file, sizeBytes, options.limits));
    const sweep = createSweep();
    sweep({ entries: plan.groups.reduce((sum, group) => sum + group.length, 0) });
    for (const folder of plan.folders)
      await addEntry(tar, { type: 'directory', ...headerOf(folder), name: `${folder.path}/` });
    for (const group of plan.groups) {
      await copyGroup(tar, file, group);
      sweep({ bytes: group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), entries: group.length });
    }
    for (const link of plan.links) {
      const linkname = readLink(file, link, options.outsideLinks);
      await addEntry(tar, { type: 'symlink', linkname, ...headerOf(link) });
    }
  } finally {
    closeSync(file);
  }
}

async function copyGroup(tar: Pack, file: number, group: readonly ReadEntry[]): Promise<void> {
  const add = (entry: ReadEntry, body: TarContent) =>
    addEntry(tar, { type: 'file', size: entry.sizeBytes, ...headerOf(entry) }, body);
  const only = streamedEntry(group);
  if (only) return await add(only, unpackPieces(file, only));
  const read = groupReader(file, group);
  for (const entry of group) await add(entry, [unpackWhole(read(entry), entry)]);
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
