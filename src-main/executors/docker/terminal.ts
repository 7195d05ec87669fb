import { detector } from '../posix/keeper.ts';
import { quote } from '../quote.ts';
import type { Terminal, TerminalOptions } from '../types.ts';
import type { Engine } from './engine/types.ts';

/** An interactive login shell in a running container; ends with it. */
export async function openTerminal(
  engine: Engine,
  container: string,
  { columns, rows, workingDir }: TerminalOptions & { readonly workingDir?: string | undefined },
): Promise<Terminal> {
  const session = await engine.exec(container, {
    command: [
      'sh',
      '-c',
      `${detector}\n${workingDir === undefined ? '' : `cd ${quote(workingDir)} 2>/dev/null\n`}exec "$s" -l`,
    ],
    stdin: true,
    tty: true,
    env: ['TERM=xterm-256color'],
  });
  const { stream } = session;
  await session.resize(columns, rows).catch(() => {});
  return {
    onData: (listener) => void stream.on('data', (chunk: Buffer) => listener(chunk)),
    onExit: (listener) => {
      let told = false;
      const tell = () => {
        if (told) return;
        told = true;
        listener();
      };
      stream.on('end', tell);
      stream.on('close', tell);
      stream.on('error', tell);
    },
    write: (data) => void stream.write(data),
    resize: (width, height) => void session.resize(width, height).catch(() => {}),
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    // The shell gets a hang-up when its terminal's connection ends.
    close: () => {
      stream.end();
      stream.destroy();
    },
  };
}
