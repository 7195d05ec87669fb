import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import { spawned } from '../../base/process.ts';
import type { Exit, RunOptions } from '../types.ts';
import { killOnAbort } from './process-group.ts';
import { readOutput } from './reader.ts';

export interface ProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A descriptor; empty when absent. */
  readonly stdin?: number;
  readonly clock: Clock;
  /** Between TERM and KILL, and how long a killed one is waited for. */
  readonly graceMs: number;
  readonly killMs?: number;
  readonly onStart?: (pid: number) => void;
}

/**
 * Runs one program in a process group of its own to its end, which does not wait for what it left in the background.
 * Throws `failed to start process: …` when there was none to run.
 */
export const runProcess = async (
  command: readonly string[],
  { env, cwd, stdin, clock, onStart, ...times }: ProcessOptions,
  options: Pick<RunOptions, 'signal' | 'onOutput'>,
): Promise<Exit> => {
  const [program = '', ...args] = command;
  let child: ChildProcess;
  try {
    child = spawned(
      spawn(program, args, {
        cwd,
        env,
        detached: process.platform !== 'win32',
        windowsHide: true,
        stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
      }),
    );
  } catch (error) {
    throw notStarted(error);
  }
  const readers = [
    ...(child.stdout ? [readOutput(child.stdout, 'stdout', { ...options, clock })] : []),
    ...(child.stderr ? [readOutput(child.stderr, 'stderr', { ...options, clock })] : []),
  ];
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', (error) => reject(child.pid === undefined ? notStarted(error) : error));
    child.once('exit', (code, signal) => resolve(signal !== null ? { code: null, signal } : { code: code ?? 1 }));
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  const stopKilling = killOnAbort(child, { clock, ...times }, options.signal);
  try {
    const ended = await exit;
    await Promise.all(readers.map((reader) => reader.drained()));
    return ended;
  } finally {
    stopKilling();
    for (const reader of readers) reader.letGo();
  }
};

const notStarted = (error: unknown): Error =>
  new Error(`failed to start process: ${messageOf(error)}`, { cause: error });
