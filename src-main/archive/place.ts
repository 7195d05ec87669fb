import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { codeOf, damaged, targetError } from './failures.ts';
import { quoted } from './names.ts';

export interface PlaceMeta {
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** Writes below one folder and nowhere else. Synchronous: meant for a worker. Errors: ARCHIVE_INVALID, ARCHIVE_TARGET, DISK_FULL. */
export interface Place {
  /** Makes the folder and those above it; a link on the way is taken only when it stays inside. */
  folder(path: string): void;
  /** A file of its own: what was there is replaced, never written through. Its folder must exist. */
  file(path: string, meta: PlaceMeta, data: Buffer): void;
  fileFrom(path: string, meta: PlaceMeta, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  link(path: string, target: string, meta: PlaceMeta): void;
  finishFolder(path: string, meta: PlaceMeta): void;
}

// Links that exist are never followed: O_EXCL makes the file new or fails.
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

export function createPlace(root: string): Place {
  const checked = new Set<string>(['']);
  const rootPath = realpathSync(root);
  const umask = process.umask();
  const owner = process.getuid?.() === 0 ? { uid: 0, gid: process.getgid?.() ?? 0 } : undefined;

  const folder = (path: string): void => {
    if (checked.has(path)) return;
    const cut = path.lastIndexOf('/');
    if (cut > 0) folder(path.slice(0, cut));
    makeFolder(rootPath, join(rootPath, path), path);
    checked.add(path);
  };
  const guarded = <Result>(path: string, work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw targetError(path, error);
    }
  };
  const create = (path: string, mode: number): number => {
    const full = `${rootPath}/${path}`;
    try {
      return openSync(full, createFlags, mode & 0o777);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      removeForReplacement(full);
      return openSync(full, createFlags, mode & 0o777);
    }
  };
  const settle = (file: number, meta: PlaceMeta): void => {
    const chowned = owner !== undefined && isOther(meta, owner);
    if (chowned) ignoreErrors(() => fchownSync(file, meta.uid ?? owner.uid, meta.gid ?? owner.gid));
    if (chowned || (meta.mode & 0o7000) !== 0 || (meta.mode & umask) !== 0) fchmodSync(file, meta.mode & 0o7777);
    futimesSync(file, meta.mtimeMs / 1000, meta.mtimeMs / 1000);
  };

  return {
    folder: (path) => guarded(path, () => folder(path)),
    file: (path, meta, data) =>
      guarded(path, () => {
        const file = create(path, meta.mode);
        try {
          writeAll(file, data);
          settle(file, meta);
        } finally {
          closeSync(file);
        }
      }),
    async fileFrom(path, meta, pieces) {
      const file = guarded(path, () => create(path, meta.mode));
      try {
        for await (const piece of pieces) guarded(path, () => writeAll(file, piece));
        guarded(path, () => settle(file, meta));
      } finally {
        closeSync(file);
      }
    },
    link: (path, target, meta) =>
      guarded(path, () => {
        const full = `${rootPath}/${path}`;
        removeForReplacement(full);
        symlinkSync(target, full);
        ignoreErrors(() => lutimesSync(full, meta.mtimeMs / 1000, meta.mtimeMs / 1000));
        if (owner && isOther(meta, owner))
          ignoreErrors(() => lchownSync(full, meta.uid ?? owner.uid, meta.gid ?? owner.gid));
      }),
    finishFolder: (path, meta) =>
      guarded(path, () => {
        const full = `${rootPath}/${path}`;
        if (lstatSync(full).isSymbolicLink()) return;
        if (owner && isOther(meta, owner))
          ignoreErrors(() => lchownSync(full, meta.uid ?? owner.uid, meta.gid ?? owner.gid));
        chmodSync(full, meta.mode & 0o7777);
        utimesSync(full, meta.mtimeMs / 1000, meta.mtimeMs / 1000);
      }),
  };
}

/** `full` becomes a folder. A link may stand there if it leads to a folder inside of `root`. */
export function makeFolder(root: string, full: string, path: string): void {
  const stats = lstatSync(full, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  if (stats?.isSymbolicLink()) {
    const real = realpathOf(full);
    const inside = real !== undefined && (real === root || real.startsWith(root + sep));
    if (!inside || !statSync(real).isDirectory())
      throw damaged(`${quoted(path)} is a link that leads out of the folder; nothing is written through it`);
    return;
  }
  if (stats) unlinkSync(full);
  mkdirSync(full);
}

/** Files and links go; a folder only when it is empty. */
export function removeForReplacement(full: string): void {
  const stats = lstatSync(full, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (stats.isDirectory()) rmdirSync(full);
  else unlinkSync(full);
}

function writeAll(file: number, data: Uint8Array): void {
  for (let done = 0; done < data.length; ) done += writeSync(file, data, done, data.length - done);
}

const isOther = (meta: PlaceMeta, owner: { uid: number; gid: number }): boolean =>
  (meta.uid !== undefined && meta.uid !== owner.uid) || (meta.gid !== undefined && meta.gid !== owner.gid);

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Owner and times of links are a courtesy; the official runner passes over them as well. */
function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch {}
}
