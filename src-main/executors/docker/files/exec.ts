import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommandOptions, CommandResult } from '../../posix/command.ts';
import { openFrames } from '../engine/frames.ts';
import type { Engine } from '../engine/types.ts';

export interface ExecOptions extends CommandOptions {
  readonly user?: string;
}
const stderrBytes = 8192;

/** Runs a command beside a container's scripts and waits for its end. Throws when it could not be run or was aborted. */
export async function runExec(
  engine: Engine,
  container: string,
  command: readonly string[],
  { stdin, onStdout, user, signal }: ExecOptions = {},
): Promise<CommandResult> {
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
