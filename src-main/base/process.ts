import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether a process with this number is there, whoever owns it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Clock ticks since boot at which a process started; with its pid it names a process for good (Linux only). */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * The child that `spawn` gave, when it is a whole one. Without a free file descriptor Node gives one that has no streams,
 * and tells its error at a time when nobody could have listened yet: that is thrown here.
 */
export function spawned<Child extends ChildProcess>(child: Child): Child {
  if ((child as Partial<ChildProcess>).stdio !== undefined) return child;
  child.on('error', () => {});
  throw new Error(`spawn ${child.spawnfile ?? ''} EMFILE: too many open files`);
}
