import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { runProcess } from '../shell/process.ts';
import { type Exit, JobFailure, type RunOptions } from '../types.ts';
import type { CustomSettings, Program } from './settings.ts';
import { buildFailureCode, exitCodeFile, systemFailureCode } from './surroundings.ts';

export interface DriverCall extends Pick<RunOptions, 'signal' | 'onOutput'> {
  readonly program: Program;
  /** After those of config.toml. */
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

/**
 * Runs one of the driver's programs. Answers 0 or the code of the job's own failure; throws when the driver itself has
 * failed, was not there or took too long. Source: spec/executors.md 6.4.
 */
export const callDriver = async (
  { clock, settings }: { readonly clock: Clock; readonly settings: Pick<CustomSettings, 'graceMs' | 'killMs'> },
  { program, args = [], env, folder, signal, onOutput }: DriverCall,
): Promise<Exit> => {
  const limit = new AbortController();
  const { key, path, timeoutMs } = program;
  const late = `${key} "${path}" did not end within ${(timeoutMs ?? 0) / 1000} s (${key}_timeout)`;
  const cancel = timeoutMs === undefined ? () => {} : clock.after(timeoutMs, () => limit.abort(new Error(late)));
  const stop = AbortSignal.any([signal, limit.signal]);
  // What an earlier call wrote down is not this one's.
  rmSync(exitCodeFile(folder), { force: true });
  try {
    const exit = await runProcess(
      [path, ...program.args, ...args],
      { env, cwd: folder, clock, graceMs: settings.graceMs, killMs: settings.killMs },
      { signal: stop, onOutput },
    );
    if (stop.aborted) throw stop.reason;
    return verdict(exit, folder);
  } finally {
    cancel();
  }
};

const verdict = (exit: Exit, folder: string): Exit => {
  if (exit.code === 0) return exit;
  if (exit.code === buildFailureCode) return { code: ownCode(folder) ?? buildFailureCode };
  const words = exit.code === null ? `signal: ${exit.signal ?? 'unknown'}` : `exit status ${exit.code}`;
  if (exit.code === systemFailureCode) throw new Error(words);
  throw new Error(
    `unknown Custom executor executable exit code ${exit.code ?? -1}; executable execution terminated with: ${words}`,
  );
};

/** The code that the driver wrote down for the job. */
const ownCode = (folder: string): number | undefined => {
  const path = exitCodeFile(folder);
  if (!existsSync(path)) return undefined;
  const [line = ''] = readFileSync(path, 'utf8').split('\n');
  if (!/^[+-]?\d+$/.test(line.trim()))
    throw new JobFailure('unknown_failure', `${path} holds no exit code: ${JSON.stringify(line.slice(0, 40))}`);
  return Number(line);
};
