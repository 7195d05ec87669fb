import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `harrier run` as a child process that a test may end in any way. */
export interface HarrierProcess {
  readonly process: ChildProcess;
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>;
}

export function startHarrier(options: {
  readonly cli: string;
  readonly config: string;
  readonly home: string;
  /** What it says is added to this file. */
  readonly log: string;
  readonly execArgv?: readonly string[];
}): HarrierProcess {
  const { cli, config, home, log, execArgv = [] } = options;
  const child = spawn(process.execPath, [...execArgv, cli, 'run', '--config', config, '--working-directory', home], {
    env: { PATH: process.env['PATH'], HOME: home, HARRIER_DATA: join(home, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => appendFileSync(log, chunk));
  return { process: child, ended: new Promise((done) => child.once('close', (code) => done(code))) };
}

/** Processes that carry this value in the environment they were started with (Linux). */
export function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
      } catch {
        return false;
      }
    });
}
