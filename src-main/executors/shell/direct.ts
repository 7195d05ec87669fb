import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Shell } from '../../shells/types.ts';
import type { Exit, RunOptions } from '../types.ts';
import { killOnAbort } from './process-group.ts';
import { readOutput } from './reader.ts';

export interface DirectOptions {
  readonly shell: Shell;
  /** The command line that really starts it: as another user. */
  readonly command?: ((command: readonly string[]) => readonly string[]) | undefined;
  /** FF_DISABLE_POWERSHELL_STDIN: the script is named as a file instead of being the shell's input. */
  readonly asFile: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly folder: string;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly onStart: (pid: number) => void;
}

/** Runs one script in a process of its own: the PowerShells, and every shell on Windows. */
export const runDirect = async (
  script: string,
  { shell, command, asFile, env, cwd, folder, clock, graceMs, onStart }: DirectOptions,
  options: RunOptions,
): Promise<Exit> => {
  options.signal.throwIfAborted();
  const path = join(folder, 'script.ps1');
  writeFileSync(path, script, { mode: 0o700 });
  const plain = asFile ? shell.fileCommand(path) : shell.command({ login: true });
  const [program = shell.name, ...args] = command?.(plain) ?? plain;
  const stdin = asFile ? undefined : openSync(path, 'r');
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd,
      env,
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
    });
  } finally {
    if (stdin !== undefined) closeSync(stdin);
  }
  const readers = [
    ...(child.stdout ? [readOutput(child.stdout, 'stdout', { ...options, clock })] : []),
    ...(child.stderr ? [readOutput(child.stderr, 'stderr', { ...options, clock })] : []),
  ];
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`failed to start process: ${messageOf(error)}`, { cause: error })));
    child.once('exit', (code, signal) => resolve(signal !== null ? { code: null, signal } : { code: code ?? 1 }));
  });
  if (child.pid !== undefined) onStart(child.pid);
  const stopKilling = killOnAbort(child, { clock, graceMs }, options.signal);
  try {
    const ended = await exit;
    await Promise.all(readers.map((reader) => reader.drained()));
    return ended;
  } finally {
    stopKilling();
    for (const reader of readers) reader.letGo();
    rmSync(path, { force: true });
  }
};
