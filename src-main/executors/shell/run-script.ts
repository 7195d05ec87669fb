import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Exit, RunOptions } from '../types.ts';
import type { Channels } from './channels.ts';
import { stopGroup } from './process-group.ts';

export interface ScriptRun {
  readonly command: readonly string[];
  /** Where the script is written for the shell to read it as its standard input; absent: it is in the command. */
  readonly stdinFile: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly channels: Channels | undefined;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly onStart: (pid: number) => void;
  /** A process in the background still holds the pipes: they must not be used for another script. */
  readonly onHeld: () => void;
}

/** After the script has ended a process in the background may hold the pipe: this long without a byte ends the stage. */
const quietAfterExitMs = 30;
/** What the script itself wrote is in the pipe when it ends; more than this can only come from the background. */
const mostAfterExitBytes = 1024 * 1024;
const killWaitMs = 10_000;

/** Runs one script in its own process group and gives its output, with back-pressure, until all of it has arrived. */
export async function runScript(script: string, run: ScriptRun, options: RunOptions): Promise<Exit> {
  options.signal.throwIfAborted();
  const stdin = run.stdinFile !== undefined ? writeScript(run.stdinFile, script) : undefined;
  const [program = 'sh', ...args] = run.command;
  const own = run.channels?.open();
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd: run.cwd,
      env: run.env,
      detached: true,
      windowsHide: true,
      stdio: [stdin ?? 'ignore', own?.fds[0] ?? 'pipe', own?.fds[1] ?? 'pipe'],
    });
  } finally {
    if (stdin !== undefined) closeSync(stdin);
    own?.closeWriters();
  }
  const [out, err] = own?.streams ?? [child.stdout as Readable, child.stderr as Readable];
  const forward = [follow(out, 'stdout', options), follow(err, 'stderr', options)];
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`failed to start process: ${messageOf(error)}`, { cause: error })));
    child.once('exit', (code, signal) => resolve(signal !== null ? { code: null, signal } : { code }));
  });
  if (child.pid !== undefined) run.onStart(child.pid);
  const stopKilling = killOnAbort(child, run, options.signal);
  try {
    const ended = await exit;
    await Promise.all(forward.map((stream) => stream.drained(run.clock)));
    return ended;
  } finally {
    stopKilling();
    if (forward.map((stream) => stream.letGo()).includes('held')) run.onHeld();
  }
}

/** The script as an open file: bash reads a file in blocks, a pipe byte by byte; and `$0` stays the shell's name. */
function writeScript(path: string, script: string): number {
  writeFileSync(path, script, { mode: 0o600 });
  return openSync(path, 'r');
}

function follow(stream: Readable, name: 'stdout' | 'stderr', { onOutput }: RunOptions) {
  let ended = false;
  let lastByte = 0;
  let after: { bytes: number; finish: () => void; cancel: () => void } | undefined;
  let clockOf: Clock | undefined;
  let busy = false;
  const check = (): void => {
    if (after === undefined || clockOf === undefined) return;
    after.cancel();
    if (ended || after.bytes > mostAfterExitBytes) after.finish();
    // A writer that we made wait is not quiet: its bytes are still to be fetched.
    else if (busy || clockOf.monotonic() - lastByte < quietAfterExitMs)
      after.cancel = clockOf.after(quietAfterExitMs / 3, check);
    else after.finish();
  };
  const onData = (chunk: Buffer): void => {
    if (after !== undefined) {
      after.bytes += chunk.length;
      lastByte = clockOf?.monotonic() ?? 0;
    }
    const wait = onOutput(name, chunk);
    if (wait === undefined) return;
    busy = true;
    stream.pause();
    void wait.finally(() => {
      busy = false;
      lastByte = clockOf?.monotonic() ?? 0;
      stream.resume();
    });
  };
  stream.on('data', onData);
  const end = (): void => {
    ended = true;
    after?.finish();
  };
  stream.once('close', end);
  stream.once('error', end);
  return {
    /** Settles when the stream has ended, or is quiet because only the background holds it. */
    drained: (clock: Clock): Promise<void> =>
      ended
        ? Promise.resolve()
        : new Promise((resolve) => {
            clockOf = clock;
            lastByte = clock.monotonic();
            after = { bytes: 0, finish: resolve, cancel: () => {} };
            check();
          }),
    /** What the background still writes is read and dropped, so that it is not killed by a broken pipe. */
    letGo: (): 'ended' | 'held' => {
      stream.off('data', onData);
      if (ended) return 'ended';
      stream.resume();
      if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
      return 'held';
    },
  };
}

/** TERM to the group, after the grace time KILL (spec/executors.md 1.5). Answers a function that stops watching. */
function killOnAbort(child: ChildProcess, { clock, graceMs }: ScriptRun, signal: AbortSignal): () => void {
  let cancel = (): void => {};
  const abort = (): void => {
    stopGroup(child.pid, 'SIGTERM');
    cancel = clock.after(graceMs, () => {
      stopGroup(child.pid, 'SIGKILL');
      cancel = clock.after(killWaitMs, () =>
        child.emit('error', new Error(`failed to kill process PID=${child.pid}, likely process is dormant`)),
      );
    });
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return () => {
    cancel();
    signal.removeEventListener('abort', abort);
  };
}
