import { randomBytes } from 'node:crypto';
import { isRunning } from '../../base/process.ts';

/** Whose resources these are: machine, process, and a number of this very run, since process numbers come again. */
export const processKey = 'dev.harrier.process';
const instance = randomBytes(6).toString('hex');

export const processLabel = (hostname: string): string => `${hostname}/${process.pid}/${instance}`;

/** Whether the process of this label has certainly ended. Of other machines nothing is known. */
export function isDead(label: string | undefined, hostname: string): boolean {
  const [host, pid, run] = (label ?? '').split('/');
  if (host !== hostname || run === undefined || run === instance) return false;
  const number = Number(pid);
  return number === process.pid || !isRunning(number);
}
