import { randomBytes } from 'node:crypto';
import { closeSync, symlinkSync, write } from 'node:fs';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import type { RunOptions } from '../types.ts';
import { createLineEnds } from './line-ends.ts';
import type { NodePty } from './node-pty.ts';
import type { OutputChannel } from './pipes.ts';

const columns = 120;
const rows = 40;

/**
 * A terminal for the scripts of one job (`[runners.harrier] pty = true`): they see one on stdout and stderr, and the
 * live log shows progress bars and colours as a person would see them. No byte is lost: this process holds the slave
 * end, and after each script it writes a mark there; what the script wrote lies before it.
 */
export interface TerminalDevice {
  open(folder: string, options: RunOptions): OutputChannel;
  close(): void;
}

export const openTerminalDevice = (pty: NodePty): TerminalDevice => {
  const { master, slave, pty: path } = pty.openTerminal(columns, rows);
  const stream = new ReadStream(master);
  stream.on('error', () => {}); // the kernel's word for a terminal that nobody holds any more
  let linked = false;
  let closed = false;
  return {
    open(folder, { onOutput }) {
      if (!linked) symlinkSync(path, join(folder, 'terminal'));
      linked = true;
      const mark = `\0${randomBytes(12).toString('hex')}\0`;
      const found = takeUntil(mark, createLineEnds());
      let done = (): void => {};
      const marked = new Promise<void>((resolve) => {
        done = resolve;
      });
      const onData = (chunk: Buffer): void => {
        const { bytes, complete } = found(chunk);
        const wait = bytes.length > 0 ? onOutput('stdout', bytes) : undefined;
        if (wait !== undefined) {
          stream.pause();
          void wait.finally(() => stream.resume());
        }
        if (complete) done();
      };
      stream.on('data', onData);
      return {
        names: ['terminal', 'terminal'],
        async finish() {
          write(slave, mark, () => {});
          await marked;
        },
        release() {
          stream.off('data', onData);
          stream.resume();
          return 'free';
        },
      };
    },
    close() {
      if (closed) return;
      closed = true;
      stream.destroy();
      closeSync(slave);
    },
  };
};

/** Gives what comes before the mark, which may be cut anywhere, with the line ends of a log. */
const takeUntil = (mark: string, lineEnds: (chunk: Buffer, last: boolean) => Buffer) => {
  const wanted = Buffer.from(mark);
  let held = Buffer.alloc(0);
  let complete = false;
  return (chunk: Buffer): { bytes: Buffer; complete: boolean } => {
    if (complete) return { bytes: Buffer.alloc(0), complete };
    const data = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    const at = data.indexOf(wanted);
    complete = at >= 0;
    const end = complete ? at : data.length - heldBack(data, wanted);
    held = Buffer.from(data.subarray(end));
    return { bytes: lineEnds(data.subarray(0, end), complete), complete };
  };
};

/** How many of the last bytes may be the beginning of the mark. */
const heldBack = (data: Buffer, mark: Buffer): number => {
  const start = data.indexOf(0, Math.max(0, data.length - mark.length + 1));
  for (let at = start; at >= 0; at = data.indexOf(0, at + 1))
    if (mark.subarray(0, data.length - at).equals(data.subarray(at))) return data.length - at;
  return 0;
};
