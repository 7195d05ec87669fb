import { chmodSync, lstatSync, readdirSync, realpathSync, renameSync, rmdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { targetError } from './failures.ts';
import { makeFolder, removeForReplacement } from './place.ts';

/**
 * Moves everything below `from` into `to` (same file system). A folder that is not there yet moves in one step; one
 * that is there is filled, its other files stay. Links in `to` that lead out are not written through.
 */
export function mergeFolder(from: string, to: string): void {
  mergeBelow(from, to, realpathSync(to), '');
}

function mergeBelow(from: string, to: string, root: string, path: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    const below = path === '' ? entry.name : `${path}/${entry.name}`;
    try {
      const there = lstatSync(target, { throwIfNoEntry: false });
      if (entry.isDirectory() && there && (there.isDirectory() || there.isSymbolicLink())) {
        makeFolder(root, target, below);
        mergeBelow(source, target, root, below);
        const { mode, mtimeMs } = lstatSync(source);
        if (there.isDirectory()) {
          chmodSync(target, mode & 0o7777);
          utimesSync(target, mtimeMs / 1000, mtimeMs / 1000);
        }
        rmdirSync(source);
        continue;
      }
      // A file replaces a file in one step; what cannot be renamed over goes first.
      if (there?.isDirectory() || (there && entry.isDirectory())) removeForReplacement(target);
      renameSync(source, target);
    } catch (error) {
      throw targetError(below, error);
    }
  }
}
