import { lstatSync, rmSync } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** Bytes on disk of all that lies below a folder; links are not followed, what vanishes meanwhile does not count. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const entries = await opendir(next).catch(() => undefined);
    if (entries === undefined) continue;
    for await (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      const stats = await lstat(path).catch(() => undefined);
      // Windows tells no blocks.
      bytes += stats === undefined ? 0 : stats.blocks > 0 ? stats.blocks * 512 : stats.size;
    }
  }
  return bytes;
}

/** Which folder a path names at this moment, so that another one in its place is not taken for it. */
export function folderProof(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() ? `${stats.dev}:${stats.ino}:${stats.uid}` : undefined;
}

/** Truly below: a folder is not inside of itself. */
export const isInside = (folder: string, path: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/**
 * No link on the way from the folder of builds to the project: a job could have put one there to lead the next one, or
 * Harrier's own clean-up, elsewhere. A link in place of `builds` itself is its owner's choice.
 */
export const clearWay = (builds: string, project: string): void => {
  if (!isInside(builds, project)) return;
  let path = builds;
  for (const part of relative(builds, dirname(project)).split(sep).filter(Boolean)) {
    path = join(path, part);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(path);
  }
};
