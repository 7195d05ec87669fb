import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import { spawned } from '../../base/process.ts';
import type { Exit, RunOptions } from '../types.ts';
import { createChannels, firstPipes, pipeNames } from './channels.ts';
import { driverText } from './driver.ts';
import type { OutputChannel } from './pipes.ts';
import { killOnAbort, stopGroup } from './process-group.ts';

export interface JobShellOptions {
  readonly shell: 'bash' | 'sh';
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A private folder that the caller removes, and what the names of this shell's files in it begin with. */
  readonly folder: string;
  readonly prefix: string;
  readonly clock: Clock;
  readonly graceMs: number;
  /** Settles when this process is known to be ours, and is in the job's cgroup; no script runs before. */
  readonly onStart: (pid: number) => Promise<void>;
  /** Output goes to a terminal instead of pipes. */
  readonly terminal: OutputChannel | undefined;
}

/** One login shell that runs the scripts of a job, one after the other (driver.ts). */
export interface JobShell {
  /** Not when it has ended, or when a script that was given up still runs: another one is needed then. */
  readonly usable: boolean;
  run(script: string, options: RunOptions): Promise<Exit>;
  /** Kills it, with all of its process group or without what runs in the background; closes its files. */
  kill(options: { readonly group: boolean }): void;
}

export const startJobShell = (options: JobShellOptions): JobShell => {
  const { folder, prefix } = options;
  const usesPipes = options.terminal === undefined;
  const { child, profileOutput } = spawnShell(options, usesPipes ? pipeNames(prefix, firstPipes) : []);
  const control = child.stdio[3] as Duplex | null;
  const answers = readAnswers(control);
  const channels = createChannels(options, async (names) => (await order('mkfifo', ...names)).code === 0);
  let gone = false;
  let busy = false;
  const ended = new Promise<Exit>((resolve, reject) => {
    child.once('error', (error) => {
      gone = true;
      reject(new Error(`failed to start process: ${messageOf(error)}`, { cause: error }));
    });
    child.once('exit', (code, signal) => {
      gone = true;
      resolve(signal !== null ? { code: null, signal } : { code: code ?? 1 });
    });
  });
  ended.catch(() => {}); // told to whoever runs a script
  const started = child.pid === undefined ? Promise.resolve() : options.onStart(child.pid);
  started.catch(() => {});
  const answer = async (): Promise<Exit> => {
    const line = await Promise.race([answers.next(), ended]);
    return typeof line === 'string' ? { code: Number(line) } : line;
  };
  const ready = answer();
  ready.catch(() => {});
  const order = (...words: readonly string[]): Promise<Exit> => {
    control?.write(`${words.join(' ')}\n`);
    return answer();
  };
  /** What the profile printed: the official runner shows it in every stage, since every stage reads the profile. */
  let greeting: Buffer | undefined;

  const runOn = async (script: string, runOptions: RunOptions): Promise<Exit> => {
    const first = await ready;
    await started;
    greeting ??= readFromStart(profileOutput);
    if (greeting.length > 0) await runOptions.onOutput('stdout', greeting);
    if (first.code !== 0) return first;
    runOptions.signal.throwIfAborted();
    const channel = await channels.take(runOptions.where);
    const name = `${prefix}script`;
    writeFileSync(join(folder, name), script, { mode: 0o600 });
    channel.begin(runOptions.onOutput);
    const exit = await order('run', name, ...channel.names);
    await channel.finish();
    channels.giveBack(runOptions.where, channel);
    return exit;
  };
  return {
    get usable() {
      return !gone && !busy;
    },
    async run(script, runOptions) {
      const stopKilling = killOnAbort(child, options, runOptions.signal);
      busy = true;
      try {
        return await runOn(script, runOptions);
      } finally {
        busy = false;
        stopKilling();
      }
    },
    kill({ group }) {
      if (group) stopGroup(child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
      control?.destroy();
      channels.close();
      closeSync(profileOutput);
    },
  };
};

/** The shell with its driver as stdin: a file, which bash reads in blocks. What the profile prints goes into a file. */
const spawnShell = (
  options: JobShellOptions,
  pipes: readonly string[],
): { readonly child: ChildProcess; readonly profileOutput: number } => {
  const driver = join(options.folder, `${options.prefix}driver`);
  const output = join(options.folder, `${options.prefix}profile`);
  writeFileSync(driver, driverText(options.shell, options.folder, pipes), { mode: 0o600 });
  const [program = 'sh', ...args] = options.command;
  const stdin = openSync(driver, 'r');
  let profileOutput: number | undefined;
  try {
    profileOutput = openSync(output, 'a+', 0o600);
    // Open files need no name: nothing is left to be removed.
    unlinkSync(driver);
    unlinkSync(output);
    const { cwd, env } = options;
    const stdio = [stdin, profileOutput, profileOutput, 'pipe'] as const;
    return { child: spawned(spawn(program, args, { cwd, env, detached: true, stdio: [...stdio] })), profileOutput };
  } catch (error) {
    if (profileOutput !== undefined) closeSync(profileOutput);
    throw error;
  } finally {
    closeSync(stdin);
  }
};

/** A profile that says more than this is cut. */
const longestGreeting = 256 * 1024;

const readFromStart = (fd: number): Buffer => {
  const buffer = Buffer.alloc(Math.min(fstatSync(fd).size, longestGreeting));
  return buffer.length === 0 ? buffer : buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0));
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
