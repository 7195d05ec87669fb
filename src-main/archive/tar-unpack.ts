import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Header } from 'tar-stream';
import { damaged } from './failures.ts';
import { checkLimits } from './limits.ts';
import { mergeFolder } from './merge.ts';
import { leadsOutside, quoted, safePath } from './names.ts';
import { createPlace } from './place.ts';
import { metaOf, tarEntries } from './tar-io.ts';
import type { ArchiveLimits } from './types.ts';
import type { Stopover } from './unpack-tasks.ts';
import { createZstdDecompress } from './zstd.ts';

/** Unpacks tar.zst with the same rules as a zip. Answers the number of entries. */
export async function unpackTarZstd(options: {
  readonly archive: string;
  readonly folder: string;
  readonly stopover?: Stopover | undefined;
  readonly outsideLinks: 'refuse' | 'keep';
  readonly limits: ArchiveLimits;
  readonly signal?: AbortSignal | undefined;
}): Promise<number> {
  const decoder = createZstdDecompress();
  const source = createReadStream(options.archive);
  source.on('error', (error) => decoder.destroy(error));
  const packedBytes = (await stat(options.archive)).size;
  const place = createPlace(options.stopover?.fresh ?? options.folder);
  const links: { path: string; target: string; header: Header }[] = [];
  const folders: { path: string; header: Header }[] = [];
  let entries = 0;
  let totalBytes = 0;
  try {
    for await (const { header, body } of tarEntries(source.pipe(decoder))) {
      options.signal?.throwIfAborted();
      totalBytes += header.size ?? 0;
      checkLimits(options.limits, { entries: ++entries, totalBytes, packedBytes });
      const path = safePath(header.name);
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (parent !== '') place.folder(parent);
      if (header.type === 'directory') {
        if (path === '') continue;
        place.folder(path);
        folders.push({ path, header });
      } else if (header.type === 'symlink') links.push({ path, target: header.linkname ?? '', header });
      else if (header.type === 'file') await place.fileFrom(path, metaOf(header), body);
      else throw damaged(`the archive has an entry of a kind that is not unpacked: ${quoted(header.name)}`);
      body.resume();
    }
  } finally {
    source.destroy();
    decoder.destroy();
  }
  for (const { path, target, header } of links) {
    if (target === '' || (options.outsideLinks === 'refuse' && leadsOutside(path, target)))
      throw damaged(`the archive has a link that leads out of the folder: ${quoted(path)}`);
    place.link(path, target, metaOf(header));
  }
  for (const { path, header } of folders.reverse()) place.finishFolder(path, metaOf(header));
  if (options.stopover !== undefined) mergeFolder(options.stopover.fresh, options.folder, options.stopover.old);
  return entries;
}
