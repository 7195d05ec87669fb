import { closeSync, constants, openSync } from 'node:fs';
import type { IPty } from 'node-pty';
import type { Clock } from '../../base/clock.ts';
import type { Exit, RunOptions, Terminal, TerminalOptions } from '../types.ts';
import { stopGroup } from './process-group.ts';

type NodePty = typeof import('node-pty');
let loading: Promise<NodePty | undefined> | undefined;

/** The native module, or undefined where its binary is missing. */
export const loadPty = (): Promise<NodePty | undefined> => {
  loading ??= import('node-pty').then(
    (module) => ('spawn' in module ? module : (module as { default: NodePty }).default),
    () => undefined,
  );
  return loading;
};

interface PtyRun {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly onStart: (pid: number) => void;
}
const quietAfterExitMs = 40;
const columns = 120;
const rows = 40;

/**
 * Runs a script under a terminal and loses no byte of it. node-pty drops what is still in the terminal when the child
 * ends; while this process holds the slave end open too the kernel keeps it, and it is read to its end (design 4).
 */
export async function runInPty(pty: NodePty, run: PtyRun, options: RunOptions): Promise<Exit> {
  options.signal.throwIfAborted();
  const [program = 'sh', ...args] = run.command;
  const terminal = pty.spawn(program, args, {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: run.cwd,
    env: { ...run.env, TERM: 'xterm-256color' },
    encoding: null,
  });
  const slave = holdSlave(terminal);
  run.onStart(terminal.pid);
  const lines = createLineEnds();
  let lastByte = run.clock.monotonic();
  let paused = false;
  terminal.onData((data) => {
    lastByte = run.clock.monotonic();
    const chunk = lines(Buffer.isBuffer(data) ? data : Buffer.from(data));
    const wait = chunk.length > 0 ? options.onOutput('stdout', chunk) : undefined;
    if (wait === undefined) return;
    paused = true;
    terminal.pause();
    void wait.finally(() => {
      paused = false;
      lastByte = run.clock.monotonic();
      terminal.resume();
    });
  });
  let cancelKill = (): void => {};
  const abort = (): void => {
    stopGroup(terminal.pid, 'SIGTERM');
    cancelKill = run.clock.after(run.graceMs, () => stopGroup(terminal.pid, 'SIGKILL'));
  };
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    const exit = await new Promise<Exit>((resolve) =>
      terminal.onExit(({ exitCode, signal }) =>
        resolve(signal ? { code: null, signal: signalName(signal) } : { code: exitCode }),
      ),
    );
    while (paused || run.clock.monotonic() - lastByte < quietAfterExitMs) await run.clock.sleep(quietAfterExitMs / 4);
    return exit;
  } finally {
    cancelKill();
    options.signal.removeEventListener('abort', abort);
    if (slave !== undefined) closeSync(slave);
    const rest = lines(undefined);
    if (rest.length > 0) options.onOutput('stdout', rest);
  }
}

/** The slave's path is no public property; without it (Windows) there is nothing to hold. */
function holdSlave(terminal: IPty): number | undefined {
  const path = (terminal as { _pty?: unknown })._pty;
  return typeof path === 'string' && path.startsWith('/dev/')
    ? openSync(path, constants.O_RDWR | constants.O_NOCTTY)
    : undefined;
}

/** A terminal ends lines with CR LF; GitLab's log has LF. A lone CR (progress bars) stays. */
function createLineEnds(): (chunk: Buffer | undefined) => Buffer {
  let heldReturn = false;
  return (chunk) => {
    if (chunk === undefined) return heldReturn ? Buffer.from('\r') : Buffer.alloc(0);
    let text = (heldReturn ? '\r' : '') + chunk.toString('latin1');
    heldReturn = text.endsWith('\r');
    if (heldReturn) text = text.slice(0, -1);
    return Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1');
  };
}

const signalNames: Readonly<Record<number, string>> = { 1: 'SIGHUP', 2: 'SIGINT', 9: 'SIGKILL', 15: 'SIGTERM' };
const signalName = (number: number): string => signalNames[number] ?? `signal ${number}`;

/** An interactive shell for a person. */
export function openTerminal(
  pty: NodePty,
  { command, env, cwd }: { command: readonly string[]; env: Readonly<Record<string, string>>; cwd: string },
  size: TerminalOptions,
): Terminal {
  const [program = 'sh', ...args] = command;
  const terminal = pty.spawn(program, args, {
    name: 'xterm-256color',
    cols: size.columns,
    rows: size.rows,
    cwd,
    env: { ...env, TERM: 'xterm-256color' },
    encoding: null,
  });
  return {
    onData: (listener) => void terminal.onData((data) => listener(Buffer.isBuffer(data) ? data : Buffer.from(data))),
    onExit: (listener) => void terminal.onExit(() => listener()),
    write: (data) => terminal.write(typeof data === 'string' ? data : Buffer.from(data)),
    resize: (cols, lines) => terminal.resize(cols, lines),
    close: () => stopGroup(terminal.pid, 'SIGHUP'),
  };
}
