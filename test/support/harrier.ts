import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** `harrier run` as a child process that a test may end in any way. */
export interface HarrierProcess {
  readonly process: ChildProcess;
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>;
  /** What it has said so far. */
  log(): string;
  /** Settles when it has said this. */
  said(text: string): Promise<void>;
}

export interface HarrierOptions {
  readonly config: string;
  /** HOME, working directory, and where its data folder lies unless `data` says otherwise. */
  readonly home: string;
  readonly data?: string;
  readonly workingDirectory?: string;
  /** The built command line; dist/cli.js of this checkout when absent. */
  readonly cli?: string;
  /** A program and its arguments that start it, for example to set limits. */
  readonly under?: readonly string[];
  readonly execArgv?: readonly string[];
  /** What it says is also added to this file. */
  readonly logFile?: string;
}

export function startHarrier(options: HarrierOptions): HarrierProcess {
  const { config, home, under = [], execArgv = [], logFile } = options;
  const { cli = resolve(import.meta.dirname, '../../dist/cli.js'), workingDirectory = home } = options;
  const run = [cli, 'run', '--config', config, '--working-directory', workingDirectory];
  const [program = process.execPath, ...args] = [...under, process.execPath, ...execArgv, ...run];
  const child = spawn(program, args, {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, HARRIER_DATA: options.data ?? join(home, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return heard(child, logFile);
}

/** What a process says, and how it ends. */
export function heard(child: ChildProcess, logFile?: string): HarrierProcess {
  let log = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      if (logFile !== undefined) appendFileSync(logFile, chunk);
      log += chunk;
      for (const look of [...waiting]) look();
    });
  return {
    process: child,
    ended: new Promise((done) => child.once('close', (code) => done(code))),
    log: () => log,
    said: (text) =>
      new Promise((done) => {
        const look = (): void => {
          if (!log.includes(text)) return;
          waiting.delete(look);
          done();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** A process that has ended but was not collected yet (no init in a container) counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Processes that carry this text in the environment they were started with (Linux). */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text);
      } catch {
        return false;
      }
    });
}
