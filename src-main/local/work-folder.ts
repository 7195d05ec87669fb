import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning } from '../base/process.ts';

/**
 * A folder of this process for snapshots and artifacts. What a process that was killed left is removed: it may hold
 * the whole of somebody's work tree. Processes that still run keep theirs.
 */
export async function openWorkFolder(dataFolder: string): Promise<string> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dataFolder)) {
    const pid = Number(/^work-(\d+)$/.exec(name)?.[1]);
    if (pid > 0 && pid !== process.pid && !isRunning(pid))
      await rm(join(dataFolder, name), { recursive: true, force: true }).catch(() => {});
  }
  const folder = join(dataFolder, `work-${process.pid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
