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
 * Moves everything below `from` into `to`. A folder that is not there yet moves in one step. One of which nothing would
 * stay goes to the folder `old`, which the caller removes, and the new one takes its place; any other is filled, its
 * other files stay. Links in `to` that lead out are not written through.
 */
export function mergeFolder(from: string, to: string, old: string): void {
  const known = new Map<string, boolean>();
  let retired = 0;
  mergeBelow({
    from,
    to,
    root: realpathSync(to),
    path: '',
    replaces: (source, target) => replaces(source, target, known),
    retire: () => {
      retired += 1;
      return `${old}/${retired}`;
    },
  });
}

interface Level {
  readonly from: string;
  readonly to: string;
  readonly root: string;
  /** Of both, below the root. */
  readonly path: string;
  readonly replaces: (source: string, target: string) => boolean;
  /** A free name for a folder that is to be removed. */
  readonly retire: () => string;
}

function mergeBelow(level: Level): void {
  const there = new Map(readdirSync(level.to, { withFileTypes: true }).map((entry) => [entry.name, entry]));
  for (const entry of readdirSync(level.from, { withFileTypes: true })) {
    const below = level.path === '' ? entry.name : `${level.path}/${entry.name}`;
    try {
      mergeEntry(level, entry, there.get(entry.name), below);
    } catch (error) {
      throw targetError(below, error);
    }
  }
}

function mergeEntry(level: Level, entry: Dirent, there: Dirent | undefined, below: string): void {
  const { from, to, root } = level;
  const source = `${from}/${entry.name}`;
  const target = `${to}/${entry.name}`;
  if (entry.isDirectory() && there && (there.isDirectory() || there.isSymbolicLink())) {
    if (there.isDirectory() && level.replaces(source, target) && exchange(source, target, level.retire())) return;
    makeFolder(root, target, below);
    mergeBelow({ ...level, from: source, to: target, path: below });
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

/** Whether everything in the folder `target` has a successor in `source`. */
function replaces(source: string, target: string, known: Map<string, boolean>): boolean {
  const before = known.get(source);
  if (before !== undefined) return before;
  const successors = new Map(readdirSync(source, { withFileTypes: true }).map((entry) => [entry.name, entry]));
  const all = readdirSync(target, { withFileTypes: true }).every((entry) => {
    const successor = successors.get(entry.name);
    if (successor === undefined || successor.isDirectory() !== entry.isDirectory()) return false;
    return !entry.isDirectory() || replaces(`${source}/${entry.name}`, `${target}/${entry.name}`, known);
  });
  known.set(source, all);
  return all;
}

/** False, with nothing changed: the folder cannot be moved (another file system, a mount point). */
function exchange(source: string, target: string, old: string): boolean {
  try {
    renameSync(target, old);
  } catch {
    return false;
  }
  try {
    renameSync(source, target);
    return true;
  } catch {
    renameSync(old, target);
    return false;
  }
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
