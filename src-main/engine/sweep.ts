import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineDeps } from './types.ts';

/**
 * Removes the folders of jobs that neither the journal nor the history knows: an earlier run ended between the last
 * line of the one and the first of the other.
 */
export async function sweepJobFolders(deps: EngineDeps, open: readonly { readonly folder: string }[]): Promise<void> {
  const root = join(deps.dataFolder, 'jobs');
  const wanted = new Set(open.map(({ folder }) => folder));
  for (const name of await readdir(root).catch(() => [])) {
    const folder = join(root, name);
    if (!wanted.has(folder) && deps.isKept?.(folder) !== true) await rm(folder, { recursive: true, force: true });
  }
}
