import type { Terminal, TerminalOptions } from '../types.ts';
import type { Machine } from './machine.ts';

/** An interactive login shell of the machine's user, in `folder` where it is there. It ends with its connection. */
export async function openTerminal(
  machine: Machine,
  { columns, rows, folder }: TerminalOptions & { readonly folder: string },
): Promise<Terminal> {
  const command = ['sh', '-c', 'cd "$1" 2>/dev/null; exec "${SHELL:-sh}" -l', 'sh', folder];
  const { channel, ended } = await machine.open(command, { pty: { cols: columns, rows, term: 'xterm-256color' } });
  return {
    onData: (listener) => void channel.on('data', (chunk: Buffer) => listener(chunk)),
    onExit: (listener) => void ended.then(() => listener()),
    write: (data) => void channel.write(data),
    resize: (width, height) => channel.setWindow(height, width, 0, 0),
    pause: () => void channel.pause(),
    resume: () => void channel.resume(),
    close: () => void channel.close(),
  };
}
