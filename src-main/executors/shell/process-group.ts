import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';

/** A process that does not even end when it is killed is given up after this time. */
const killWaitMs = 10_000;

/** Sends a signal to a whole process group; a group that is gone is no error. On Windows the tree is ended by force. */
export function stopGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/F', '/T', '/PID', String(pid)], { stdio: 'ignore' }).on('error', () => {});
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: it ended by itself. EPERM: nobody of ours is in it.
  }
}

/**
 * TERM to a child's group when the signal is aborted, KILL after the grace time (spec/executors.md 1.5). Answers a
 * function that stops watching. A child that survives both emits an error.
 */
export const killOnAbort = (
  child: ChildProcess,
  {
    clock,
    graceMs,
    killMs = killWaitMs,
  }: { readonly clock: Clock; readonly graceMs: number; readonly killMs?: number },
  signal: AbortSignal,
): (() => void) => {
  let cancel = (): void => {};
  const abort = (): void => {
    stopGroup(child.pid, 'SIGTERM');
    cancel = clock.after(graceMs, () => {
      stopGroup(child.pid, 'SIGKILL');
      cancel = clock.after(killMs, () =>
        child.emit('error', new Error(`failed to kill process PID=${child.pid}, likely process is dormant`)),
      );
    });
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return () => {
    cancel();
    signal.removeEventListener('abort', abort);
  };
};

/**
 * Processes that carry `marker` (`NAME=value`) in the environment they were started with: also those that left the
 * group by `setsid` or a double fork. Linux only; elsewhere the group is all that can be known. `firstPid`: those with
 * smaller numbers are older, as long as the numbers have not begun anew. Throws EMFILE where no file can be opened.
 */
export function processesWith(marker: string, firstPid = 0): number[] {
  if (process.platform !== 'linux') return [];
  const from = lastPid() >= firstPid ? firstPid : 0;
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid < from || pid === process.pid) continue;
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(marker)) found.push(pid);
    } catch (error) {
      if (lacksFiles(error)) throw error;
      // It ended meanwhile, or belongs to somebody else.
    }
  }
  return found;
}

const lacksFiles = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
const fileTries = 40;
const filePauseMs = 250;

/** Does something that must not be left out once there is a file descriptor for it: other jobs give theirs back. */
export async function onceFilesAreFree(clock: Clock, work: () => void): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return work();
    } catch (error) {
      if (!lacksFiles(error) || attempt === fileTries) throw error;
      await clock.sleep(filePauseMs);
    }
}

/** Ends what left its group: daemons, `setsid`, double forks. Twice, since one may just be forking another. */
export const endMarked = (marker: string, firstPid: number): void => {
  for (let round = 0; round < 2; round += 1) {
    const left = processesWith(marker, firstPid);
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
    if (left.length === 0) break;
  }
};

/** The number that was given last; 0 when that is not told. */
const lastPid = (): number => {
  try {
    return Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ').at(-1)) || 0;
  } catch {
    return 0;
  }
};
