import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spawned } from '../../base/process.ts';
import type { RunCommand } from '../posix/command.ts';
import type { OtherUser } from './other-user.ts';

const stderrBytes = 8192;

/** Commands of this machine as another user: so that the files of a job are never touched with the rights of root. */
export const createCommandAs =
  ({ command: asUser }: OtherUser, env: Readonly<Record<string, string>>): RunCommand =>
  async (command, { stdin, onStdout, signal } = {}) => {
    signal?.throwIfAborted();
    const [program = 'sh', ...args] = asUser(command);
    const child = spawned(spawn(program, args, { cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'] }));
    const stop = (): void => void child.kill('SIGKILL');
    signal?.addEventListener('abort', stop, { once: true });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrBytes);
    });
    const reading = (async () => {
      for await (const chunk of child.stdout) await onStdout?.(chunk as Buffer);
    })();
    try {
      // A command that ends before it has read everything says why itself.
      const feeding = pipeline(stdin instanceof Readable ? stdin : [stdin ?? Buffer.alloc(0)], child.stdin).catch(
        () => {},
      );
      const [ended] = await Promise.all([once(child, 'close'), reading, feeding]);
      signal?.throwIfAborted();
      return { code: typeof ended[0] === 'number' ? ended[0] : null, stderr: stderr.trim() };
    } catch (error) {
      child.kill('SIGKILL');
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  };
