import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Clock } from '../../base/clock.ts';

/**
 * A cgroup of one job below Harrier's own. What is started in it cannot leave it by `setsid`, a double fork or an empty
 * environment, and ends with it at one word to the kernel.
 */
export interface JobGroup {
  /** For a start after a crash. */
  readonly path: string;
  /**
   * Takes a process in; what it has started before stays outside. The kernel lets the writer wait for a millisecond or
   * two: settles when it is done, for a process that does nothing of the job before.
   */
  add(pid: number): Promise<void>;
  /** The same for a process that is at work already. */
  addAtOnce(pid: number): void;
  /** All that the job has started is in it: no process was at work before it was taken in. */
  readonly holdsAll: boolean;
  /** Kills all that is in it. The folder goes when the last process is gone, which nobody waits for. */
  end(clock: Clock): void;
}

const prefix = 'harrier-job-';
const removalTries = 8;
const firstPauseMs = 10;

/**
 * Undefined where it cannot be made: no Linux, no cgroup v2 of our own to write to (systemd gives one to programs of a
 * session and to services with `Delegate=yes`), or a kernel before 5.14.
 */
export function createJobGroup(name: string): JobGroup | undefined {
  if (parent === undefined) {
    parent = ownGroup() ?? '';
    removeEmpty(parent);
  }
  if (parent === '') return undefined;
  const path = join(parent, `${prefix}${name}`);
  try {
    mkdirSync(path);
  } catch {
    parent = '';
    return undefined;
  }
  if (!existsSync(join(path, 'cgroup.kill'))) {
    remove(path);
    parent = '';
    return undefined;
  }
  const members = join(path, 'cgroup.procs');
  let waiting = 0;
  let holdsAll = true;
  return {
    path,
    get holdsAll() {
      return holdsAll && waiting === 0;
    },
    // When it fails the process has ended, or we may make groups but not fill them: the mark in its environment finds it.
    async add(pid) {
      waiting += 1;
      await writeFile(members, String(pid)).catch(() => {
        holdsAll = false;
      });
      waiting -= 1;
    },
    addAtOnce(pid) {
      holdsAll = false;
      try {
        writeFileSync(members, String(pid));
      } catch {}
    },
    end(clock) {
      killGroup(path);
      const again = (tries: number, pauseMs: number): void => {
        if (remove(path) || tries === 0) return;
        clock.after(pauseMs, () => again(tries - 1, pauseMs * 2), { unref: true });
      };
      again(removalTries, firstPauseMs);
    },
  };
}

/** Ends what an earlier Harrier had in its group of this path. Only a group of ours is touched. */
export function endLeftGroup(path: string): void {
  const mount = mountPoint()?.folder;
  if (mount === undefined || !basename(path).startsWith(prefix) || relative(mount, path).startsWith('..')) return;
  killGroup(path);
  remove(path);
}

/** Found once: a process does not change its group by itself. Empty: there is none. */
let parent: string | undefined;

function ownGroup(): string | undefined {
  const mount = mountPoint();
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1];
  if (mount === undefined || path === undefined) return undefined;
  const below = relative(mount.root, path);
  return below.startsWith('..') ? undefined : join(mount.folder, below);
}

/** Where cgroup v2 is mounted, and which of its groups is the root of what can be seen there. */
function mountPoint(): { readonly folder: string; readonly root: string } | undefined {
  const [, root, folder] = /^\d+ \d+ \S+ (\S+) (\S+) .* - cgroup2 /m.exec(read('/proc/self/mountinfo')) ?? [];
  return root !== undefined && folder !== undefined ? { folder, root } : undefined;
}

function killGroup(path: string): void {
  try {
    writeFileSync(join(path, 'cgroup.kill'), '1');
  } catch {
    // It is gone.
  }
}

/** Groups that an earlier run left; one with a process in it cannot be removed. */
function removeEmpty(folder: string): void {
  try {
    for (const name of folder === '' ? [] : readdirSync(folder))
      if (name.startsWith(prefix)) remove(join(folder, name));
  } catch {
    // It cannot be read, so it cannot be used either.
  }
}

function remove(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
