import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { lstat, opendir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HarrierError } from '../../../src-shared/errors.ts';
import type { EnvironmentFiles, FileEntry } from '../types.ts';

const kindOf = (stats: Stats): FileEntry['kind'] =>
  stats.isSymbolicLink() ? 'symlink' : stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other';
const entryOf = (path: string, stats: Stats): FileEntry => ({
  path,
  kind: kindOf(stats),
  sizeBytes: stats.size,
  mode: stats.mode & 0o7777,
  mtimeMs: stats.mtimeMs,
});
const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
};

/** Files of this machine. Callers may use node:fs on the same paths, so nothing is ever packed into a tar here. */
export const localFiles: EnvironmentFiles = {
  local: true,
  async *list(folder, { signal } = {}) {
    const waiting = [''];
    for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
      signal?.throwIfAborted();
      for await (const found of await opendir(join(folder, below))) {
        const path = below === '' ? found.name : `${below}/${found.name}`;
        const stats = await lstat(join(folder, path)).catch(absent);
        if (stats === undefined) continue;
        if (stats.isDirectory()) waiting.push(path);
        yield entryOf(path, stats);
      }
    }
  },
  readTar: () => Promise.reject(inPlace()),
  writeTar: () => Promise.reject(inPlace()),
  async readFile(path, signal) {
    if ((await lstat(path).catch(absent)) === undefined) return undefined;
    return createReadStream(path, signal ? { signal } : {});
  },
  async writeFile(path, body, { mode = 0o600, signal } = {}) {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await pipeline(body, createWriteStream(temporary, { flags: 'wx', mode }), signal ? { signal } : {});
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  },
  async stat(path) {
    const stats = await lstat(path).catch(absent);
    return stats && entryOf(path, stats);
  },
  async remove(path) {
    // Most are files, and mostly none is there: one call where `rm` makes several.
    await unlink(path).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : rm(path, { recursive: true, force: true }),
    );
  },
};

const inPlace = (): HarrierError => new HarrierError('INTERNAL', 'files of this machine are read in place');
