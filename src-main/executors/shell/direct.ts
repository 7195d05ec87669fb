import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shell } from '../../shells/types.ts';
import type { Exit, RunOptions } from '../types.ts';
import { type ProcessOptions, runProcess } from './process.ts';

export interface DirectOptions extends Omit<ProcessOptions, 'stdin'> {
  readonly shell: Shell;
  /** The command line that really starts it: as another user. */
  readonly command?: ((command: readonly string[]) => readonly string[]) | undefined;
  /** FF_DISABLE_POWERSHELL_STDIN: the script is named as a file instead of being the shell's input. */
  readonly asFile: boolean;
  readonly folder: string;
}

/** Runs one script in a process of its own: the PowerShells, and every shell on Windows. */
export const runDirect = async (
  script: string,
  { shell, command, asFile, folder, ...process }: DirectOptions,
  options: RunOptions,
): Promise<Exit> => {
  options.signal.throwIfAborted();
  const path = join(folder, 'script.ps1');
  writeFileSync(path, script, { mode: 0o700 });
  const plain = asFile ? shell.fileCommand(path) : shell.command({ login: true });
  const stdin = asFile ? undefined : openSync(path, 'r');
  try {
    return await runProcess(
      command?.(plain) ?? plain,
      { ...process, ...(stdin !== undefined ? { stdin } : {}) },
      options,
    );
  } finally {
    if (stdin !== undefined) closeSync(stdin);
    rmSync(path, { force: true });
  }
};
