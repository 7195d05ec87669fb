import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { spawned } from '../../base/process.ts';
import type { Shell } from '../../shells/types.ts';

/**
 * The environment that a login shell makes of `env`; undefined when the profile ends the shell or says nothing, so that
 * the caller starts a login shell and the person sees why.
 */
export function readLoginEnvironment(
  shell: Shell,
  env: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const [program = 'sh', ...args] = shell.command({ login: true });
  const read = new Promise<Readonly<Record<string, string>> | undefined>((resolve) => {
    // Descriptor 3 is ours alone: what the profile prints is not meant for us.
    const child = spawned(
      spawn(program, [...args, '-c', 'env -0 >&3'], {
        env,
        detached: true,
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      }),
    );
    const told: Buffer[] = [];
    const channel = child.stdio[3] as Readable | null;
    channel?.on('data', (chunk: Buffer) => told.push(chunk));
    channel?.on('error', () => {});
    child.once('error', () => resolve(undefined));
    // Not `close`: what a profile leaves in the background may keep the channel open.
    child.once('exit', (code) =>
      setImmediate(() => {
        channel?.destroy();
        resolve(code === 0 && told.length > 0 ? parse(Buffer.concat(told).toString()) : undefined);
      }),
    );
  });
  return read.catch(() => undefined);
}

/** `_` and `SHLVL` belong to the shell that printed them. */
const parse = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\0')
      .filter((entry) => entry.includes('='))
      .map((entry): [string, string] => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])
      .filter(([name]) => name !== '_' && name !== 'SHLVL'),
  );
