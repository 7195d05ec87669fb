import { closeSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import { createLineEnds } from './line-ends.ts';
import { createMarkedStream } from './marked-stream.ts';
import type { NodePty } from './node-pty.ts';
import type { OutputChannel } from './pipes.ts';

const columns = 120;
const rows = 40;
const name = 'terminal';

/**
 * A terminal for the scripts of one job (`[runners.harrier] pty = true`): they see one on stdout and stderr, and the
 * live log shows progress bars and colours as a person would see them. node-pty drops what is still in the terminal
 * when a child ends; here this process holds the slave end all along, and the mark tells that everything was read.
 */
export const openTerminalDevice = (pty: NodePty, folder: string): OutputChannel => {
  const { master, slave, pty: path } = pty.openTerminal(columns, rows);
  symlinkSync(path, join(folder, name));
  const reader = new ReadStream(master);
  const stream = createMarkedStream({
    writeMark: createMarkWriter(slave),
    resume: () => void reader.resume(),
    convert: createLineEnds,
  });
  reader.on('data', (chunk: Buffer) => {
    if (!stream.take(chunk)) reader.pause();
  });
  reader.once('error', () => stream.end()); // the kernel's word for a terminal that nobody holds any more
  reader.once('close', () => stream.end());
  let closed = false;
  return {
    names: [name, name],
    begin: (onOutput) => stream.handTo((chunk) => onOutput('stdout', chunk)),
    finish: () => stream.finish(),
    close() {
      if (closed) return;
      closed = true;
      reader.destroy();
      closeSync(slave);
    },
  };
};

/**
 * node-pty opens both ends non-blocking: a terminal that is full takes a part of the mark or none of it. What is left
 * goes out when more has been read.
 */
function createMarkWriter(slave: number): (mark: Buffer) => 'written' | 'full' {
  let current: Buffer | undefined;
  let at = 0;
  return (mark) => {
    if (mark !== current) {
      current = mark;
      at = 0;
    }
    try {
      while (at < mark.length) at += writeSync(slave, mark, at);
      return 'written';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 'full';
      throw error;
    }
  };
}
