import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Exit, RunOptions } from '../types.ts';
import type { Channels } from './channels.ts';
import { stopGroup } from './process-group.ts';

/** A shell that has begun to read its script, and where its output comes out. */
export interface StartedScript {
  readonly child: ChildProcess;
  readonly streams: readonly [Readable, Readable];
}
export interface ScriptRun {
  /** Starts the shell; the signal was not aborted yet. */
  readonly start: () => StartedScript;
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
export async function runScript(run: ScriptRun, options: RunOptions): Promise<Exit> {
  options.signal.throwIfAborted();
  const {
    child,
    streams: [out, err],
  } = run.start();
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

/**
 * Starts a shell with the script as its standard input: bash reads a file in blocks, a pipe byte by byte, and `$0` stays
 * the shell's name. Without `channels` (Windows) the output comes through Node's own pipes.
 */
export function startShell(options: {
  readonly command: readonly string[];
  readonly scriptFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly channels: Channels | undefined;
}): StartedScript {
  const [program = 'sh', ...args] = options.command;
  const stdin = openSync(options.scriptFile, 'r');
  const own = options.channels?.open();
  try {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      windowsHide: true,
      stdio: [stdin, own?.fds[0] ?? 'pipe', own?.fds[1] ?? 'pipe'],
    });
    return { child, streams: own?.streams ?? [child.stdout as Readable, child.stderr as Readable] };
  } finally {
    closeSync(stdin);
    own?.closeWriters();
  }
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
