import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readlink } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { pack } from 'tar-stream';
import { sourceError } from './failures.ts';
import { folderName } from './names.ts';
import { bytesIn, drained } from './tar-io.ts';
import type { SelectedEntry } from './types.ts';

/** The files as tar through `coder` (zstd). */
export function packTar(
  folder: string,
  entries: readonly SelectedEntry[],
  coder: Duplex,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const tar = pack();
  void feedCoder(bytesIn(tar), coder);
  void (async () => {
    for (const entry of entries) {
      signal?.throwIfAborted();
      const { path, kind, mode, uid, gid } = entry;
      const header = { mode, uid: uid ?? 0, gid: gid ?? 0, mtime: new Date(entry.mtimeMs) };
      if (kind === 'directory') tar.entry({ ...header, name: folderName(path), type: 'directory' });
      else if (kind === 'symlink')
        tar.entry({ ...header, name: path, type: 'symlink', linkname: await readlink(`${folder}/${path}`) });
      else if (entry.sizeBytes === 0) tar.entry({ ...header, name: path, size: 0 }, '');
      else {
        const sink = tar.entry({ ...header, name: path, size: entry.sizeBytes });
        sink.on('error', () => {});
        const source = createReadStream(`${folder}/${path}`, { end: entry.sizeBytes - 1, highWaterMark: 256 * 1024 });
        for await (const piece of source) if (!sink.write(piece)) await drained(sink);
        sink.end(undefined);
      }
    }
    tar.finalize();
  })().catch((error: unknown) => tar.destroy(sourceError(folder, error)));
  return coder;
}

async function feedCoder(tar: AsyncIterable<Uint8Array>, coder: Duplex): Promise<void> {
  try {
    for await (const chunk of tar) if (!coder.write(chunk)) await once(coder, 'drain');
    coder.end();
  } catch (error) {
    coder.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
