import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { RunOptions } from '../types.ts';
import { type OutputReader, readOutput } from './reader.ts';

/** Where a script's output goes while it runs, and how the end of it is told. */
export interface OutputChannel {
  /** Names in the job's folder, for the shell to open. */
  readonly names: readonly [string, string];
  /** The script has ended: settles when all that it wrote has been handed on. */
  finish(): Promise<void>;
  /** Safe after a failure too. `held`: a process in the background still has it; take other names next time. */
  release(): 'free' | 'held';
}

/**
 * Real pipes (FIFOs) for stdout and stderr. Node's own are sockets, and a job can tell: `echo x > /dev/stderr` fails on
 * a socket. This process holds the writing ends too until the script has ended, so that its own opening of the reading
 * ends is no end of file.
 */
export const openPipes = (
  folder: string,
  names: readonly [string, string],
  options: { onOutput: RunOptions['onOutput']; clock: Clock },
): OutputChannel => {
  const readers: OutputReader[] = [];
  let writers: number[] = [];
  const closeWriters = (): void => {
    for (const fd of writers) closeSync(fd);
    writers = [];
  };
  for (const [index, name] of names.entries()) {
    const path = join(folder, name);
    // The reading end first, without waiting for a writer; then the writing end opens at once.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writers.push(openSync(path, constants.O_WRONLY));
    const stream = new Socket({ fd, readable: true, writable: false });
    readers.push(readOutput(stream, index === 0 ? 'stdout' : 'stderr', options));
  }
  return {
    names,
    async finish() {
      closeWriters();
      await Promise.all(readers.map((reader) => reader.drained()));
    },
    release() {
      closeWriters();
      return readers.map((reader) => reader.letGo()).includes('held') ? 'held' : 'free';
    },
  };
};
