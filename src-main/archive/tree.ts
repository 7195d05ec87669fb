import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SelectedEntry } from './types.ts';

/** A socket, pipe or device: it counts as found, and no archive takes it. */
interface SpecialFile {
  readonly kind: 'special';
}

/** What a selection may ask of a folder. Paths are relative, `/` separated; '' is the folder itself. */
export interface Tree {
  /** Whether '' has a mode and a time of its own: `.` is then an entry like others. Otherwise it is only counted. */
  readonly hasRoot: boolean;
  /** The thing itself, links not followed; undefined when there is none. */
  entry(path: string): SelectedEntry | SpecialFile | undefined;
  /** Whether there is something, links followed: one that leads nowhere is nothing. */
  leads(path: string): boolean;
  /** Names in a folder; empty for anything else. Links are not followed unless `follow`. */
  names(path: string, options?: { readonly follow: boolean }): readonly string[];
}

/** Thrown when a walk asks for more than it was given; the walk then moves to a worker. */
export class BudgetExceeded extends Error {}

/** The folder on this machine. Synchronous: meant for a worker, or for `budget` calls at most. */
export function localTree(folder: string, budget = Number.POSITIVE_INFINITY): Tree {
  const entries = new Map<string, SelectedEntry | SpecialFile | undefined>();
  const listings = new Map<string, readonly string[]>();
  let calls = 0;
  const spend = (count: number) => {
    if ((calls += count) > budget) throw new BudgetExceeded();
  };
  const tree: Tree = {
    hasRoot: true,
    entry(path) {
      if (entries.has(path)) return entries.get(path);
      spend(1);
      const found = readEntry(folder, path);
      entries.set(path, found);
      return found;
    },
    leads(path) {
      const kind = tree.entry(path)?.kind;
      if (kind !== 'symlink') return kind !== undefined;
      spend(1);
      return existsSync(join(folder, path));
    },
    names(path, options) {
      const known = listings.get(path);
      if (known) return known;
      const isFolder =
        tree.entry(path)?.kind === 'directory' || (options?.follow === true && leadsToFolder(folder, path));
      if (!isFolder) return [];
      spend(1);
      const names = readNames(join(folder, path));
      spend(names.length);
      listings.set(path, names);
      return names;
    },
  };
  return tree;
}

/** A folder that was listed elsewhere (a container), as a tree. Folders that only show in the paths of others count. */
export function listedTree(list: Iterable<SelectedEntry>): Tree {
  const entries = new Map<string, SelectedEntry>();
  const listings = new Map<string, Set<string>>([['', new Set()]]);
  for (const entry of list) {
    entries.set(entry.path, entry);
    const names = entry.path.split('/');
    for (let depth = 0; depth < names.length; depth++) {
      const parent = names.slice(0, depth).join('/');
      const children = listings.get(parent);
      if (children) children.add(names[depth]!);
      else listings.set(parent, new Set([names[depth]!]));
    }
  }
  const root: SelectedEntry = { path: '', kind: 'directory', sizeBytes: 0, mode: 0o755, mtimeMs: 0 };
  return {
    hasRoot: false,
    entry: (path) => (path === '' ? root : entries.get(path)),
    leads: (path) => path === '' || entries.has(path),
    names: (path) => [...(listings.get(path) ?? [])],
  };
}

function readEntry(folder: string, path: string): SelectedEntry | SpecialFile | undefined {
  let stats: ReturnType<typeof lstatSync>;
  try {
    stats = lstatSync(path === '' ? folder : `${folder}/${path}`, { throwIfNoEntry: false });
  } catch {
    return undefined; // e.g. a file where a folder should be (ENOTDIR), or no permission
  }
  if (stats === undefined) return undefined;
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : undefined;
  if (kind === undefined) return { kind: 'special' };
  return {
    path,
    kind,
    sizeBytes: kind === 'file' ? stats.size : 0,
    mode: stats.mode & 0o7777,
    mtimeMs: stats.mtimeMs,
    uid: stats.uid,
    gid: stats.gid,
  };
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function leadsToFolder(folder: string, path: string): boolean {
  try {
    return statSync(join(folder, path)).isDirectory();
  } catch {
    return false;
  }
}
