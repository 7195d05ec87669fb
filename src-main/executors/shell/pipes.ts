import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { join } from 'node:path';
import type { RunOptions } from '../types.ts';
import { createMarkedStream, type MarkedStream } from './marked-stream.ts';

/** Where scripts' output goes. Several scripts may use one, one after the other. */
export interface OutputChannel {
  /** Names in the job's folder, for the shell to open. */
  readonly names: readonly [string, string];
  begin(onOutput: RunOptions['onOutput']): void;
  /** The script has ended: settles when all that it wrote has been handed on. */
  finish(): Promise<void>;
  /** Nothing is run on it any more. What a process in the background still writes is read and dropped. */
  close(): void;
}

/** All pipes are read into one piece of memory, one after the other: what a chunk's taker keeps, it copies. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Real pipes (FIFOs) for stdout and stderr. Node's own are sockets, and a job can tell: `echo x > /dev/stderr` fails on
 * a socket. They exist already; this process holds both ends of each.
 */
export const openPipes = (folder: string, names: readonly [string, string]): OutputChannel => {
  const out = openPipe(join(folder, names[0]));
  const err = orClose(out, () => openPipe(join(folder, names[1])));
  return {
    names,
    begin(onOutput) {
      out.stream.handTo((chunk) => onOutput('stdout', chunk));
      err.stream.handTo((chunk) => onOutput('stderr', chunk));
    },
    async finish() {
      await Promise.all([out.stream.finish(), err.stream.finish()]);
    },
    close() {
      out.close();
      err.close();
    },
  };
};

/** The second of two things; where there is none, the first is not left open. */
const orClose = <Second>(first: { close(): void }, second: () => Second): Second => {
  try {
    return second();
  } catch (error) {
    first.close();
    throw error;
  }
};

const openPipe = (path: string): { readonly stream: MarkedStream; close(): void } => {
  // The reading end first, without waiting for a writer; then the writing end opens at once.
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = orClose({ close: () => closeSync(reader) }, () =>
    openSync(path, constants.O_WRONLY | constants.O_NONBLOCK),
  );
  let closed = false;
  const stream = createMarkedStream({
    writeMark: (mark) => writeAll(writer, mark),
    resume: () => void socket.resume(),
  });
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: reader,
    readable: true,
    writable: false,
    onread: {
      buffer: readBuffer,
      callback: (length, buffer) => stream.take(Buffer.from(buffer.buffer, buffer.byteOffset, length)),
    },
  };
  const socket = new Socket(options);
  socket.once('error', () => stream.end());
  socket.once('close', () => stream.end());
  return {
    stream,
    close() {
      if (closed) return;
      closed = true;
      closeSync(writer);
      stream.handTo(undefined);
      // With the last writer it ends by itself.
      socket.resume();
      socket.unref();
    },
  };
};

/** A pipe takes so few bytes all at once or not at all. */
const writeAll = (fd: number, bytes: Buffer): 'written' | 'full' => {
  try {
    writeSync(fd, bytes);
    return 'written';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 'full';
    throw error;
  }
};
