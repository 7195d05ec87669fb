import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readlink } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { pack } from 'tar-stream';
import { sourceError } from './failures.ts';
import { folderName } from './names.ts';
import { addEntry, inBlocks } from './tar-io.ts';
import type { SelectedEntry } from './types.ts';

/** The files as tar through `coder` (zstd). */
export function packTar(
  folder: string,
  entries: readonly SelectedEntry[],
  coder: Duplex,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const tar = pack();
  void feedCoder(inBlocks(tar), coder);
  void (async () => {
    for (const entry of entries) {
      signal?.throwIfAborted();
      const { path, kind, mode, uid, gid } = entry;
      const header = { mode, uid: uid ?? 0, gid: gid ?? 0, mtime: new Date(entry.mtimeMs) };
      if (kind === 'directory') await addEntry(tar, { ...header, name: folderName(path), type: 'directory' });
      else if (kind === 'symlink')
        await addEntry(tar, { ...header, name: path, type: kind, linkname: await readlink(`${folder}/${path}`) });
      else {
        const file = { ...header, name: path, type: 'file' as const, size: entry.sizeBytes };
        await addEntry(tar, file, entry.sizeBytes > 0 ? read(`${folder}/${path}`, entry.sizeBytes) : undefined);
      }
    }
    tar.finalize();
  })().catch((error: unknown) => tar.destroy(sourceError(folder, error)));
  return coder;
}

/** A file that has grown since it was chosen is cut. */
const read = (path: string, bytes: number) => createReadStream(path, { end: bytes - 1, highWaterMark: 256 * 1024 });

async function feedCoder(tar: AsyncIterable<Uint8Array>, coder: Duplex): Promise<void> {
  try {
    for await (const chunk of tar) if (!coder.write(chunk)) await once(coder, 'drain');
    coder.end();
  } catch (error) {
    coder.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
