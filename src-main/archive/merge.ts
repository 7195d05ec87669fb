import {
  chmodSync,
  cpSync,
  type Dirent,
  lstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { codeOf, targetError } from './failures.ts';
import { makeFolder } from './place.ts';

/**
 * Moves everything below `from` into `to`. A folder that is not there yet moves in one step; one that is there is
 * filled, its other files stay. Links in `to` that lead out are not written through.
 */
export function mergeFolder(from: string, to: string): void {
  mergeBelow(from, to, realpathSync(to), '');
}

function mergeBelow(from: string, to: string, root: string, path: string): void {
  const there = new Map(readdirSync(to, { withFileTypes: true }).map((entry) => [entry.name, entry]));
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const below = path === '' ? entry.name : `${path}/${entry.name}`;
    try {
      mergeEntry({ entry, from, to, root, below }, there.get(entry.name));
    } catch (error) {
      throw targetError(below, error);
    }
  }
}

interface Step {
  readonly entry: Dirent;
  readonly from: string;
  readonly to: string;
  readonly root: string;
  readonly below: string;
}

function mergeEntry({ entry, from, to, root, below }: Step, there: Dirent | undefined): void {
  const source = `${from}/${entry.name}`;
  const target = `${to}/${entry.name}`;
  if (entry.isDirectory() && there && (there.isDirectory() || there.isSymbolicLink())) {
    makeFolder(root, target, below);
    mergeBelow(source, target, root, below);
    const { mode, mtimeMs } = lstatSync(source);
    if (there.isDirectory()) {
      chmodSync(target, mode & 0o7777);
      utimesSync(target, mtimeMs / 1000, mtimeMs / 1000);
    }
    rmdirSync(source);
    return;
  }
  // Taken away first: ext4 writes a file out at once when it is renamed over another (auto_da_alloc), which would make
  // thousands of small writes to the disk of one restored cache.
  if (there?.isDirectory()) rmdirSync(target);
  else if (there) unlinkSync(target);
  move(source, target);
}

/** A project directory may lie on a file system of its own; then the bytes are copied. */
function move(source: string, target: string): void {
  try {
    renameSync(source, target);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    cpSync(source, target, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    rmSync(source, { recursive: true });
  }
}
