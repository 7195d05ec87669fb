import { spawn } from 'node:child_process';
import type { Clock } from '../../base/clock.ts';
import { spawned } from '../../base/process.ts';
import { JobFailure } from '../types.ts';

export interface Tool {
  /** What it prints. Rejects with `ToolFailed`, a `JobFailure` when it is not there, or the signal's reason. */
  run(args: readonly string[], signal?: AbortSignal): Promise<string>;
}
export interface ToolOptions {
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Begins the message of a failure (`calling prlctl`). */
  readonly words: string;
  /** What to do when it is not there. */
  readonly missing: string;
  /** What of its complaint is for people; all of it when absent. */
  readonly gist?: (said: string) => string;
}

/** The tool said no; `said` is what. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed';
  readonly said: string;
  constructor(message: string, said: string) {
    super(message);
    this.said = said;
  }
}

/** A copy of a large disk takes its time; what takes longer than this hangs. */
const limitMs = 15 * 60_000;
const killAfterMs = 5000;

/** The command of a hypervisor. It ends with the signal or after the longest time, whatever it waits for. */
export const createTool = ({ program, env, clock, words, missing, gist = (said) => said }: ToolOptions): Tool => ({
  run: (args, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const child = spawned(
        spawn(program, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true }),
      );
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      let late = false;
      let stopKilling = (): void => {};
      const stop = (): void => {
        child.kill('SIGTERM');
        stopKilling = clock.after(killAfterMs, () => child.kill('SIGKILL'));
      };
      const stopWaiting = clock.after(limitMs, () => {
        late = true;
        stop();
      });
      signal?.addEventListener('abort', stop, { once: true });
      const end = (): void => {
        stopWaiting();
        stopKilling();
        signal?.removeEventListener('abort', stop);
      };
      child.once('error', (error: NodeJS.ErrnoException) => {
        end();
        const gone = error.code === 'ENOENT' || error.code === 'EACCES';
        reject(
          gone
            ? new JobFailure('runner_system_failure', `${words}: ${program} was not found on PATH: ${missing}`)
            : error,
        );
      });
      child.once('close', (code) => {
        end();
        if (signal?.aborted) return reject(signal.reason);
        const printed = Buffer.concat(out).toString();
        if (code === 0) return resolve(printed);
        const said = Buffer.concat(err).toString().trim() || printed.trim() || `exit code ${code}`;
        const what = `${words} ${args[0] ?? ''}`;
        reject(
          late
            ? new ToolFailed(`${what}: no answer within ${limitMs / 60_000} minutes`, '')
            : new ToolFailed(`${what}: ${gist(said)}`, said),
        );
      });
    }),
});
