import type { BuildLog } from '../base/build-log.ts';
import type { Clock } from '../base/clock.ts';
import { type Environment, type Exit, JobFailure, type RunOptions } from '../executors/types.ts';
import { ScriptDeadline } from './timeouts.ts';

/** A stopped stage that does not end is left to the clean-up after this time. */
const abandonMs = 5 * 60_000;
/** When the machine goes down there is less. */
const abandonAtShutdownMs = 10_000;

export interface ScriptDeps {
  readonly clock: Clock;
  readonly log: BuildLog;
  /** `exit status` or `exit code`. */
  readonly exitWords: string;
}

/** Runs a stage's script. Any end but exit code 0 throws: the reason of a stop, or `script_failure` with the code. */
export const runScript = async (
  environment: Environment,
  script: string,
  options: RunOptions,
  { clock, log, exitWords }: ScriptDeps,
): Promise<void> => {
  const running = environment.run(script, options);
  const exit = await unlessAbandoned(running, options.signal, clock);
  if (exit === 'abandoned') log.warning('Timed out waiting for the build to finish');
  const { aborted, reason } = options.signal;
  if (aborted && (exit === 'abandoned' || !(reason instanceof ScriptDeadline))) throw reason;
  if (exit !== 'abandoned') throwUnlessGood(exit, exitWords);
};

const throwUnlessGood = ({ code, signal }: Exit, exitWords: string): void => {
  if (code === 0) return;
  if (code === null) throw new JobFailure('script_failure', `signal: ${signalName(signal)}`, { exitCode: -1 });
  const signed = code | 0;
  throw new JobFailure('script_failure', `${exitWords} ${signed}`, { exitCode: signed });
};

/** Go's names: `SIGKILL` is `killed`. */
const signalName = (signal: string | undefined): string => {
  const names: Readonly<Record<string, string>> = {
    SIGABRT: 'aborted',
    SIGBUS: 'bus error',
    SIGFPE: 'floating point exception',
    SIGHUP: 'hangup',
    SIGILL: 'illegal instruction',
    SIGINT: 'interrupt',
    SIGKILL: 'killed',
    SIGPIPE: 'broken pipe',
    SIGQUIT: 'quit',
    SIGSEGV: 'segmentation fault',
    SIGTERM: 'terminated',
  };
  return names[signal ?? ''] ?? signal ?? 'unknown';
};

const unlessAbandoned = async (
  running: Promise<Exit>,
  signal: AbortSignal,
  clock: Clock,
): Promise<Exit | 'abandoned'> => {
  let cancel = (): void => {};
  let onAbort = (): void => {};
  const abandoned = new Promise<'abandoned'>((resolve) => {
    onAbort = () => {
      const shutdown = signal.reason instanceof JobFailure && signal.reason.reason === 'runner_interrupted';
      cancel = clock.after(shutdown ? abandonAtShutdownMs : abandonMs, () => resolve('abandoned'));
    };
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([running, abandoned]);
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
    running.catch(() => {}); // an abandoned script may still fail later; nobody listens any more
  }
};
