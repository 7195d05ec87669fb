import { closeSync, symlinkSync, write } from 'node:fs';
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
    // Not in this thread: a terminal that is full makes the writer wait for the reader, which is this thread.
    writeMark(mark) {
      write(slave, mark, () => {});
      return 'written';
    },
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
