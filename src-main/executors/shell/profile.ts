import { spawn } from 'node:child_process';
import type { Shell } from '../../shells/types.ts';
import { stopGroup } from './process-group.ts';

/** What the person's login profile makes of the environment, and what it said. */
export interface Profile {
  readonly env: Readonly<Record<string, string>>;
  readonly umask: string | undefined;
  readonly output: Buffer;
  /** Not 0: the profile ended the shell. The job must fail as it would with the official runner. */
  readonly code: number;
}

const longestOutput = 1024 * 1024;

/**
 * Reads the login profile once for a whole job. The official runner starts a login shell for every stage and pays for
 * the profile each time; stages of ours start from the environment that one login shell prints behind a marker.
 * Functions that are not exported, aliases and shell options of the profile do not reach the scripts.
 */
export function readProfile(
  shell: Shell,
  env: Readonly<Record<string, string>>,
  cwd: string,
  signal: AbortSignal,
): Promise<Profile> {
  const [program = 'bash', ...args] = shell.command({ login: true });
  return new Promise((resolve, reject) => {
    // Descriptor 3 is ours alone: what the profile prints goes its own way.
    const child = spawn(program, [...args, '-c', 'umask >&3; env -0 >&3'], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const said: Buffer[] = [];
    const told: Buffer[] = [];
    let saidBytes = 0;
    const say = (chunk: Buffer): void => {
      saidBytes += chunk.length;
      if (saidBytes <= longestOutput) said.push(chunk);
    };
    child.stdout?.on('data', say);
    child.stderr?.on('data', say);
    child.stdio[3]?.on('data', (chunk: Buffer) => told.push(chunk));
    const abort = (): void => stopGroup(child.pid, 'SIGKILL');
    signal.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    });
    // Not `close`: a process that the profile leaves behind may keep the pipes open for ever.
    child.once('exit', (code) => {
      setImmediate(() => {
        signal.removeEventListener('abort', abort);
        for (const stream of child.stdio) stream?.destroy();
        if (signal.aborted) return reject(signal.reason);
        const text = Buffer.concat(told).toString();
        const newline = text.indexOf('\n');
        resolve({
          env: newline === -1 ? env : parse(text.slice(newline + 1)),
          umask: newline === -1 ? undefined : text.slice(0, newline),
          output: Buffer.concat(said),
          code: code ?? 1,
        });
      });
    });
  });
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
