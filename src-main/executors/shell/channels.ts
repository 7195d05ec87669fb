import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/**
 * Real pipes for a job's stdout and stderr. Node's own are sockets, and a job can tell: `echo x > /dev/stderr` fails on
 * a socket. So two FIFOs are made in the job's private folder; each script gets a writing end, this process reads.
 */
export interface Channels {
  open(): {
    readonly fds: readonly [number, number];
    readonly streams: readonly [Readable, Readable];
    closeWriters(): void;
  };
}

export const channelPaths = (folder: string, number: number): readonly [string, string] => [
  join(folder, `stdout.${number}`),
  join(folder, `stderr.${number}`),
];

/** Makes the FIFOs; `openChannels` opens some that are there already. */
export async function makeChannels(paths: readonly [string, string]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn('mkfifo', ['-m', '600', ...paths], { stdio: ['ignore', 'ignore', 'ignore'] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`mkfifo ended with ${code}`))));
  });
}

export function openChannels(paths: readonly [string, string]): Channels {
  const openOne = (path: string): { fd: number; stream: Readable } => {
    // The reading end first, without waiting for a writer; then the writing end opens at once.
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(path, constants.O_WRONLY);
    return { fd, stream: new Socket({ fd: reader, readable: true, writable: false }) };
  };
  return {
    open() {
      const [out, err] = [openOne(paths[0]), openOne(paths[1])];
      return {
        fds: [out.fd, err.fd],
        streams: [out.stream, err.stream],
        closeWriters() {
          closeSync(out.fd);
          closeSync(err.fd);
        },
      };
    },
  };
}
