import type { Terminal, TerminalOptions } from '../types.ts';
import type { NodePty } from './node-pty.ts';
import { stopGroup } from './process-group.ts';

/** An interactive shell for a person. */
export const openTerminal = (
  pty: NodePty,
  { command, env, cwd }: { command: readonly string[]; env: Readonly<Record<string, string>>; cwd: string },
  size: TerminalOptions,
): Terminal => {
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
    resize: (columns, rows) => terminal.resize(columns, rows),
    close: () => stopGroup(terminal.pid, 'SIGHUP'),
  };
};
