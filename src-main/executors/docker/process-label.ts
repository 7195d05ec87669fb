import { randomBytes } from 'node:crypto';
import { isRunning, startTimeOf } from '../../base/process.ts';

/**
 * Whose resources these are: machine, process, a number of this very run, and when the process started (Linux), since
 * process numbers come again.
 */
export const processKey = 'dev.harrier.process';
const instance = randomBytes(6).toString('hex');
const started = startTimeOf(process.pid);

export const processLabel = (hostname: string): string =>
  [hostname, process.pid, instance, ...(started === undefined ? [] : [started])].join('/');

/** Whether the process of this label has certainly ended. Of other machines nothing is known. */
export function isDead(label: string | undefined, hostname: string): boolean {
  const [host, pid, run, start] = (label ?? '').split('/');
  if (host !== hostname || run === undefined || run === instance) return false;
  const number = Number(pid);
  if (number === process.pid || !isRunning(number)) return true;
  // Somebody else has the number by now.
  const since = start === undefined ? undefined : startTimeOf(number);
  return since !== undefined && since !== start;
}
