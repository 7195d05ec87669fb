import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openFrames } from '../engine/frames.ts';
import type { Engine } from '../engine/types.ts';

export interface ExecOptions {
  readonly stdin?: Readable | Buffer;
  readonly onStdout?: (data: Buffer) => Promise<void> | undefined;
  readonly user?: string;
  readonly signal?: AbortSignal;
}
export interface ExecResult {
  readonly code: number | null;
  readonly stderr: string;
}
const stderrBytes = 8192;

/** A command that ran and did not do what it should. */
export class ExecFailed extends Error {
  override readonly name = 'ExecFailed';
  readonly exitCode: number | null;
  constructor(message: string, exitCode: number | null) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs a command beside a container's scripts and waits for its end. Throws when it could not be run or was aborted. */
export async function runExec(
  engine: Engine,
  container: string,
  command: readonly string[],
  { stdin, onStdout, user, signal }: ExecOptions = {},
): Promise<ExecResult> {
  signal?.throwIfAborted();
  const session = await engine.exec(container, {
    command,
    stdin: stdin !== undefined,
    ...(user !== undefined ? { user } : {}),
  });
  const { stream } = session;
  const stop = (): void => void stream.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  let stderr = '';
  const reading = openFrames(stream, (name, data) => {
    if (name === 'stdout') return onStdout?.(data);
    stderr = (stderr + data.toString()).slice(-stderrBytes);
    return undefined;
  });
  try {
    if (stdin instanceof Readable) await pipeline(stdin, stream, { end: true }).catch(rethrowInput);
    else if (stdin !== undefined) stream.end(stdin);
    await reading;
    signal?.throwIfAborted();
    return { code: await session.exitCode(), stderr: stderr.trim() };
  } catch (error) {
    reading.catch(() => {});
    stream.destroy();
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** A command that ends before it has read everything says why itself. */
const rethrowInput = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
};

/** stdout of a command as a stream, as fast as it is read; a failure of the command becomes an error of the stream. */
export function execStream(
  engine: Engine,
  container: string,
  command: readonly string[],
  options: Omit<ExecOptions, 'onStdout'> & { readonly what: string },
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
    // Copied, since the frame's memory is not ours once this returns.
    output.push(Buffer.from(data))
      ? undefined
      : new Promise((resolve) => {
          wake = resolve;
        });
  runExec(engine, container, command, { ...options, signal, onStdout }).then(
    ({ code, stderr }) =>
      code === 0
        ? output.push(null)
        : output.destroy(new ExecFailed(`${options.what}: ${stderr || `exit code ${code}`}`, code)),
    (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return output;
}
