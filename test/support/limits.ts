import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of so many MiB of its own. */
export function createSmallDisk(mebibytes: number): {
  readonly folder: string;
  fill(leaveBytes: number): () => void;
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755`, 'tmpfs', folder]);
  return {
    folder,
    /** Leaves so much free; answers a function that gives the rest back. */
    fill(leaveBytes) {
      const { bavail, bsize } = statfsSync(folder);
      const filler = join(folder, 'filler');
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
      return () => rmSync(filler);
    },
    remove() {
      // A process that was killed a moment ago may still be leaving.
      execFileSync('umount', ['--lazy', folder]);
      rmdirSync(folder);
    },
  };
}

const cgroupRoots = ['/sys/fs/cgroup', '/sys/fs/cgroup/pids'];

/** A cgroup that holds so many processes and threads at most, and how to start a program in it. */
export function createPidsGroup(most: number): { readonly under: readonly string[]; remove(): void } {
  const root = cgroupRoots.find((path) => existsSync(join(path, 'cgroup.procs'))) ?? '';
  const folder = join(root, `harrier-test-${process.pid}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'pids.max'), String(most));
  return {
    under: ['sh', '-c', `echo $$ > ${folder}/cgroup.procs; exec "$@"`, 'sh'],
    remove() {
      // Zombies count until they are collected.
      for (let round = 0; round < 50 && readFileSync(join(folder, 'cgroup.procs'), 'utf8') !== ''; round += 1)
        spawnSync('sleep', ['0.1']);
      rmdirSync(folder);
    },
  };
}

/** Why this machine cannot do it; undefined when it can. */
export function tryLimit(kind: 'disk' | 'pids'): string | undefined {
  try {
    (kind === 'disk' ? createSmallDisk(1) : createPidsGroup(10)).remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}
