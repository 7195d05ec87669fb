import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Faults, Refused } from './machines.ts';

/** Answers one call of the tool: what it prints. A `Refused` goes to stderr with its exit code. */
export type Answer = (args: readonly string[]) => Promise<string> | string;

/**
 * A program `name` below `bin` that asks this process what to say: bash starts in a few milliseconds, and the machines are
 * in one place however many call it.
 */
export async function serveTool(
  bin: string,
  name: string,
  { answer, faults }: { readonly answer: Answer; readonly faults: () => Faults },
): Promise<{ readonly commands: (readonly string[])[]; close(): void }> {
  const commands: (readonly string[])[] = [];
  const open = new Set<Socket>();
  const reply = async (args: readonly string[]): Promise<string> => {
    const [command = ''] = args;
    commands.push(args);
    if (faults().hangs?.includes(command)) return new Promise(() => {});
    try {
      const refusal = faults().fails?.[command];
      if (refusal !== undefined) throw new Refused(refusal, 255);
      return `0\n${await answer(args)}`;
    } catch (error) {
      if (error instanceof Refused) return `${error.code}\n${error.message}\n`;
      throw error;
    }
  };
  const server = createServer((socket) => {
    open.add(socket);
    let text = '';
    let asked = false;
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const [count, ...args] = text.split('\0');
      if (asked || args.length <= Number(count)) return;
      asked = true;
      void reply(args.slice(0, Number(count))).then((said) => socket.end(said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), client(port));
  chmodSync(join(bin, name), 0o755);
  return {
    commands,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

const client = (port: number): string => `#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/${port} || exit 9
printf '%s\\0' "$#" "$@" >&3
read -r code <&3 || exit 9
if [ "$code" = 0 ]; then exec cat <&3; fi
cat <&3 >&2
exit "$code"
`;
