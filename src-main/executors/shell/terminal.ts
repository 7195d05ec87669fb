import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HarrierError } from '../../../src-shared/errors.ts';
import { quote } from '../quote.ts';
import type { PrepareRequest, ResolvedVariable, Terminal, TerminalOptions } from '../types.ts';
import { loadNodePty, type NodePty } from './node-pty.ts';
import { endMarked, stopGroup } from './process-group.ts';

/** In the environment of what a person starts: it outlives the job's own processes where a failed job is kept. */
const markerName = 'HARRIER_TERMINAL';

/** A person may be quicker than the sources: without the project's folder after this time the shell opens beside it. */
const folderWaitMs = 15_000;
const folderPollMs = 50;

export interface JobTerminals {
  open(size: TerminalOptions): Promise<Terminal>;
  /** Hangs up, then ends what did not listen. */
  end(): void;
}

/** Interactive shells in the build folder of a job on this machine, with its variables. */
export const createTerminals = (
  { shell, directories, variables, clock }: PrepareRequest,
  place: {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    /** Private and in memory where possible: the variables pass through it. */
    readonly folder: string;
    /** Value of the mark, by which its processes are found wherever they went. */
    readonly mark: string;
  },
): JobTerminals => {
  let ended = false;
  const open = new Set<{ readonly pid: number; readonly terminal: Terminal }>();
  const project = resolve(place.cwd, directories.project);
  const temporary = resolve(place.cwd, directories.temporary);
  const posix = shell.name === 'bash' || shell.name === 'sh';
  const pairs = (): (readonly [string, string])[] => [
    ...variables.map((variable) => [variable.key, textOf(variable, temporary)] as const),
    ...readEnvironmentFile(join(temporary, 'gitlab_runner_env')),
  ];

  const shellOf = (env: Readonly<Record<string, string>>, cwd: string) => {
    if (!posix) return { command: [shell.name, '-NoLogo'], env: { ...env, ...Object.fromEntries(pairs()) } };
    // As in the job: the login profile first, then the job's variables. They pass through a file: arguments can be seen.
    const file = join(place.folder, `terminal.${randomBytes(6).toString('hex')}`);
    const exports = pairs()
      .filter(([key]) => /^[A-Za-z_]\w*$/.test(key))
      .map(([key, value]) => `export ${key}=${quote(value.replaceAll('\0', ''))}`);
    const lines = [`rm -f ${quote(file)}`, ...exports, `cd ${quote(cwd)}`, `exec ${shell.name} -i`];
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    return { command: [shell.name, '-l', '-c', `. ${quote(file)}`], env };
  };

  return {
    async open(size) {
      const pty = await loadNodePty();
      if (pty === undefined)
        throw new HarrierError('TERMINAL_UNAVAILABLE', 'the native module node-pty is missing on this machine', {
          hint: 'Install Harrier again for this system; jobs do not need it.',
        });
      const until = clock.monotonic() + folderWaitMs;
      while (!ended && !existsSync(project) && clock.monotonic() < until) await clock.sleep(folderPollMs);
      if (ended) throw new HarrierError('TERMINAL_UNAVAILABLE', 'the place of this job is gone');
      const cwd = existsSync(project) ? project : place.cwd;
      const { command, env } = shellOf({ ...place.env, [markerName]: place.mark }, cwd);
      const { pid, terminal } = openTerminal(pty, { command, env, cwd }, size);
      const entry = { pid, terminal };
      open.add(entry);
      terminal.onExit(() => open.delete(entry));
      return terminal;
    },
    end() {
      ended = true;
      const pids = [...open].map(({ pid }) => pid);
      for (const { terminal } of open) terminal.close();
      for (const pid of pids) stopGroup(pid, 'SIGKILL');
      if (pids.length > 0) endMarked(terminalMark(place.mark), Math.min(...pids));
    },
  };
};

/** `NAME=value`, as it stands in the environment of a terminal's processes. */
export const terminalMark = (mark: string): string => `${markerName}=${mark}`;

/** File variables hold a path, as in the job. */
const textOf = ({ key, value, file }: ResolvedVariable, temporary: string): string =>
  file ? join(temporary, key) : value;

/** What the job has written to GITLAB_ENV. */
const readEnvironmentFile = (path: string): (readonly [string, string])[] => {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
};

const openTerminal = (
  pty: NodePty,
  { command, env, cwd }: { command: readonly string[]; env: Readonly<Record<string, string>>; cwd: string },
  size: TerminalOptions,
): { readonly pid: number; readonly terminal: Terminal } => {
  const [program = 'sh', ...args] = command;
  const made = pty.spawn(program, args, {
    name: 'xterm-256color',
    cols: size.columns,
    rows: size.rows,
    cwd,
    env: { ...env, TERM: 'xterm-256color', COLORTERM: 'truecolor' },
    encoding: null,
  });
  let ended = false;
  made.onExit(() => {
    ended = true;
  });
  return {
    pid: made.pid,
    terminal: {
      onData: (listener) => void made.onData((data) => listener(Buffer.isBuffer(data) ? data : Buffer.from(data))),
      onExit: (listener) => void made.onExit(() => listener()),
      write: (data) => made.write(typeof data === 'string' ? data : Buffer.from(data)),
      resize(columns, rows) {
        if (!ended) made.resize(columns, rows);
      },
      pause: () => made.pause(),
      resume: () => made.resume(),
      close() {
        if (!ended) stopGroup(made.pid, 'SIGHUP');
      },
    },
  };
};
