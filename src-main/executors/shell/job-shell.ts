import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Exit, RunOptions } from '../types.ts';
import { driverText } from './driver.ts';
import { type OutputChannel, openPipes } from './pipes.ts';
import { killOnAbort, stopGroup } from './process-group.ts';
import type { TerminalDevice } from './terminal-device.ts';

export interface JobShellOptions {
  readonly shell: 'bash' | 'sh';
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A private folder of this shell alone. Does not exist yet. */
  readonly folder: string;
  readonly clock: Clock;
  readonly graceMs: number;
  /** Settles when it is written down that this process is ours; no script runs before. */
  readonly onStart: (pid: number) => Promise<void>;
  /** Output goes to a terminal instead of pipes. */
  readonly terminal: TerminalDevice | undefined;
}

/** One login shell that runs the scripts of a job, one after the other (driver.ts). */
export interface JobShell {
  /** It ended or was killed: another one is needed. */
  readonly gone: boolean;
  run(script: string, options: RunOptions): Promise<Exit>;
  /** Kills its process group. Removes its files. */
  kill(): void;
}

export const startJobShell = (options: JobShellOptions): JobShell => {
  const { folder, clock } = options;
  mkdirSync(folder, { mode: 0o700 });
  const profileOutput = join(folder, 'profile.log');
  const child = spawnShell(options, profileOutput);
  const control = child.stdio[3] as Duplex | null;
  const answers = readAnswers(control);
  let gone = false;
  let scripts = 0;
  let pipes = 0;
  let busy = false;
  const ended = new Promise<Exit>((resolve, reject) => {
    const end = (): void => void (gone = true);
    child.once('error', (error) => {
      end();
      reject(new Error(`failed to start process: ${messageOf(error)}`, { cause: error }));
    });
    child.once('exit', (code, signal) => {
      end();
      resolve(signal !== null ? { code: null, signal } : { code: code ?? 1 });
    });
  });
  ended.catch(() => {}); // told to whoever runs a script
  const started = child.pid === undefined ? Promise.resolve() : options.onStart(child.pid);
  started.catch(() => {});
  const first = answers.next();
  /** What the profile printed: the official runner shows it in every stage, since every stage reads the profile. */
  let greeting: Buffer | undefined;
  let freeNames: readonly [string, string] | undefined;

  const order = async (...words: readonly string[]): Promise<Exit> => {
    control?.write(`${words.join(' ')}\n`);
    const answer = await Promise.race([answers.next(), ended]);
    return typeof answer === 'string' ? { code: Number(answer) } : answer;
  };
  const openChannel = async (options_: RunOptions): Promise<OutputChannel | Exit> => {
    if (options.terminal !== undefined) return options.terminal.open(folder, options_);
    let names = freeNames;
    freeNames = undefined;
    if (names === undefined) {
      pipes += 1;
      names = [`out.${pipes}`, `err.${pipes}`];
      const made = await order('mkfifo', ...names);
      if (made.code !== 0) return made;
    }
    return openPipes(folder, names, { onOutput: options_.onOutput, clock });
  };

  const run = async (script: string, runOptions: RunOptions): Promise<Exit> => {
    const stopKilling = killOnAbort(child, options, runOptions.signal);
    let channel: OutputChannel | undefined;
    busy = true;
    try {
      const ready = await Promise.race([first, ended]);
      await started;
      greeting ??= readFileSync(profileOutput);
      if (greeting.length > 0) await runOptions.onOutput('stdout', greeting);
      if (typeof ready !== 'string') return ready;
      const opened = await openChannel(runOptions);
      if ('code' in opened) return opened;
      channel = opened;
      runOptions.signal.throwIfAborted();
      scripts += 1;
      const name = `script.${scripts}`;
      writeFileSync(join(folder, name), script, { mode: 0o600 });
      const exit = await order('run', name, ...channel.names);
      await channel.finish();
      rmSync(join(folder, name), { force: true });
      return exit;
    } finally {
      busy = false;
      stopKilling();
      if (channel?.release() === 'free') freeNames = channel.names;
    }
  };
  return {
    get gone() {
      return gone || busy;
    },
    run,
    kill() {
      stopGroup(child.pid, 'SIGKILL');
      control?.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** The shell with its driver as stdin: a file, which bash reads in blocks. What the profile prints goes into a file. */
const spawnShell = (options: JobShellOptions, profileOutput: string): ChildProcess => {
  const driver = join(options.folder, 'driver');
  writeFileSync(driver, driverText(options.shell, options.folder), { mode: 0o600 });
  const stdin = openSync(driver, 'r');
  const output = openSync(profileOutput, 'a', 0o600);
  const [program = 'sh', ...args] = options.command;
  try {
    return spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: [stdin, output, output, 'pipe'],
    });
  } finally {
    closeSync(stdin);
    closeSync(output);
  }
};

/** Lines of the control channel, one for each `next()`. */
const readAnswers = (control: Duplex | null): { next(): Promise<string> } => {
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  control?.on('data', (chunk: Buffer) => {
    const [last = '', ...complete] = (rest + chunk.toString()).split('\n').reverse();
    rest = last;
    for (const line of complete.reverse()) {
      const take = waiting.shift();
      if (take) take(line);
      else lines.push(line);
    }
  });
  control?.on('error', () => {}); // it ended; `exit` says how
  return {
    next: () =>
      new Promise((resolve) => {
        const line = lines.shift();
        if (line !== undefined) resolve(line);
        else waiting.push(resolve);
      }),
  };
};
