import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Shell } from '../../shells/types.ts';

/** What the person's login profile makes of the environment. */
export interface Profile {
  readonly env: Readonly<Record<string, string>>;
  readonly umask: string | undefined;
}

/** A login shell that tells its environment, makes the job's pipes, and becomes the shell of the first script. */
export interface LoginStart {
  readonly child: ChildProcess;
  readonly streams: readonly [Readable, Readable];
  /** Settles when the shell is past its profile; undefined when the profile ended it. */
  readonly profile: Promise<Profile | undefined>;
}

/**
 * Reads the login profile once for a whole job. The official runner starts a login shell for every stage and pays for
 * the profile each time; here the first stage's shell is the login shell, which prints its environment on a channel of
 * ours, and the later stages start from that. Functions that are not exported, aliases and shell options of the
 * profile do not reach the scripts. `pipes`: FIFOs to make on the way, since a process costs most when this one forks it.
 */
export function startLogin(options: {
  readonly shell: Shell;
  readonly scriptFile: string;
  readonly pipes: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}): LoginStart {
  const { shell, env, cwd } = options;
  const [program = 'bash', ...args] = shell.command({ login: true });
  const [later = program] = shell.command({ login: false });
  const pipes = options.pipes.map((path) => `'${path.replaceAll("'", `'\\''`)}'`).join(' ');
  const stdin = openSync(options.scriptFile, 'r');
  try {
    const child = spawn(
      program,
      // Descriptor 3 is ours alone: what the profile prints goes its own way. \001 ends what is told.
      [...args, '-c', `mkfifo -m 600 ${pipes} && { umask; env -0; printf '\\001'; } >&3; exec 3>&-; exec ${later}`],
      { cwd, env, detached: true, stdio: [stdin, 'pipe', 'pipe', 'pipe'] },
    );
    return { child, streams: [child.stdout as Readable, child.stderr as Readable], profile: readTold(child) };
  } finally {
    closeSync(stdin);
  }
}

function readTold(child: ChildProcess): Promise<Profile | undefined> {
  const channel = child.stdio[3] as Readable | null | undefined;
  return new Promise((resolve) => {
    const told: Buffer[] = [];
    const finish = (): void => {
      const text = Buffer.concat(told).toString();
      resolve(text.endsWith('\u0001') ? parse(text.slice(0, -1)) : undefined);
    };
    channel?.on('data', (chunk: Buffer) => {
      told.push(chunk);
      if (chunk.at(-1) === 1) finish();
    });
    channel?.once('close', finish);
    channel?.once('error', finish);
    child.once('error', finish);
  });
}

/** `_` and `SHLVL` belong to the shell that printed them. */
function parse(text: string): Profile {
  const newline = text.indexOf('\n');
  const entries = text
    .slice(newline + 1)
    .split('\0')
    .filter((entry) => entry.includes('='))
    .map((entry): [string, string] => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])
    .filter(([name]) => name !== '_' && name !== 'SHLVL');
  return { env: Object.fromEntries(entries), umask: text.slice(0, newline) };
}
