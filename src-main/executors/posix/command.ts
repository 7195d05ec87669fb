import { Readable } from 'node:stream';
import { asError } from '../../../src-shared/errors.ts';

export interface CommandOptions {
  readonly stdin?: Readable | Buffer;
  /** The bytes may be overwritten once this returns; a promise means: wait before reading more. */
  readonly onStdout?: (data: Buffer) => Promise<void> | undefined;
  readonly signal?: AbortSignal;
}
export interface CommandResult {
  readonly code: number | null;
  /** The end of what it said. */
  readonly stderr: string;
}
/** Runs a command beside a job's scripts, where they run, and waits for its end. Throws when it could not be run or was aborted. */
export type RunCommand = (command: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** A command that ran and did not do what it should. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: number | null;
  constructor(what: string, { code, stderr }: CommandResult) {
    super(`${what}: ${stderr || `exit code ${code}`}`);
    this.exitCode = code;
  }
}

/** Runs a command that must succeed; `what` begins the message when it does not. */
export async function mustRun(
  run: RunCommand,
  what: string,
  command: readonly string[],
  options?: CommandOptions,
): Promise<void> {
  const result = await run(command, options);
  if (result.code !== 0) throw new CommandFailed(what, result);
}

/** stdout of a command as a stream, as fast as it is read; a failure of the command becomes an error of the stream. */
export function commandStream(
  run: RunCommand,
  what: string,
  command: readonly string[],
  options: Omit<CommandOptions, 'onStdout'> = {},
): Readable {
  let wake = (): void => {};
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  const output = new Readable({
    highWaterMark: 1024 * 1024,
    read: () => wake(),
    destroy(error, done) {
      stopping.abort(new Error('nobody reads any more'));
      wake();
      done(error);
    },
  });
  const onStdout = (data: Buffer): Promise<void> | undefined =>
    output.push(Buffer.from(data))
      ? undefined
      : new Promise((resolve) => {
          wake = resolve;
        });
  run(command, { ...options, signal, onStdout }).then(
    (result) => (result.code === 0 ? output.push(null) : output.destroy(new CommandFailed(what, result))),
    (error: unknown) => output.destroy(asError(error)),
  );
  return output;
}
