import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import { asError } from '../../../src-shared/errors.ts';
import type { RunCommand } from '../posix/command.ts';
import { quote } from '../quote.ts';

/** A machine that commands are run on over one SSH connection, made when it is first needed and again after it broke. */
export interface Machine {
  readonly run: RunCommand;
  /** A command with its streams. Rejects when the server does not open one. */
  open(command: readonly string[], options?: { readonly pty?: PseudoTtyOptions }): Promise<Opened>;
  close(): void;
}
export interface Opened {
  readonly channel: ClientChannel;
  /** After the last byte has been read: how the command ended; undefined when the connection did before it. */
  readonly ended: Promise<Ending | undefined>;
}
export interface Ending {
  readonly code: number | null;
  readonly signal?: string;
}
const stderrBytes = 8192;

/** `sign`: makes the connection. `first`: one that is open already and is used until it breaks. */
export function createMachine(sign: () => Promise<Client>, first?: Client): Machine {
  let connection: Promise<Client> | undefined;
  let closed = false;
  const use = (opening: Promise<Client>): Promise<Client> => {
    connection = opening;
    const forget = (): void => {
      if (connection === opening) connection = undefined;
    };
    opening.then((open) => {
      open.once('close', forget);
      if (closed) open.end();
    }, forget);
    return opening;
  };
  if (first !== undefined) use(Promise.resolve(first));
  const client = (): Promise<Client> => {
    if (closed) return Promise.reject(new Error('the connection is closed'));
    return connection ?? use(sign());
  };

  const open: Machine['open'] = async (command, { pty } = {}) => {
    const words = command.map(quote).join(' ');
    const connected = await client();
    return new Promise<Opened>((resolve, reject) => {
      const lost = (): void => reject(new Error('the connection ended'));
      connected.once('close', lost);
      connected.exec(words, pty === undefined ? {} : { pty }, (error, channel) => {
        connected.off('close', lost);
        if (error === undefined) resolve({ channel, ended: endOf(channel) });
        else reject(new Error(`the SSH server opens no session: ${error.message}`, { cause: error }));
      });
    });
  };

  const run: RunCommand = async (command, { stdin, onStdout, signal } = {}) => {
    signal?.throwIfAborted();
    const { channel, ended } = await open(command);
    const input = stdin instanceof Readable ? stdin : Readable.from(stdin === undefined ? [] : [stdin]);
    const stop = (): void => void channel.close();
    signal?.addEventListener('abort', stop, { once: true });
    let stderr = '';
    channel.on('data', (data: Buffer) => pausing(channel, onStdout?.(data)));
    channel.stderr.on('data', (data: Buffer) => {
      stderr = (stderr + data.toString()).slice(-stderrBytes);
    });
    try {
      if (signal?.aborted) stop();
      // Whoever ends before it has read everything says why itself.
      void ended.then(() => input.destroy());
      const broken = await feed(channel, input, ended);
      const ending = await ended;
      signal?.throwIfAborted();
      if (ending === undefined) throw new Error('the connection ended before the command did');
      if (broken !== undefined) throw broken;
      return { code: ending.code, stderr: stderr.trim() };
    } catch (error) {
      channel.close();
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  };
  return {
    run,
    open,
    close() {
      closed = true;
      connection?.then(
        (open) => open.end(),
        () => {},
      );
    },
  };
}

/** Listens at once: the end of a short command comes together with its beginning. */
const endOf = (channel: ClientChannel): Opened['ended'] =>
  new Promise((resolve) => {
    let ending: Ending | undefined;
    channel.once('exit', (code: number | null, signal?: string) => {
      ending = { code, ...(signal !== undefined ? { signal } : {}) };
    });
    channel.once('close', () => resolve(ending));
  });

/**
 * Hands on what there is to read, and answers why that broke off. The command then gets the end of its input all the
 * same and ends by itself: one that is cut off may only begin its work after that.
 */
const feed = async (channel: ClientChannel, input: Readable, ended: Promise<unknown>): Promise<Error | undefined> => {
  let over = false;
  const end = ended.then(() => {
    over = true;
  });
  try {
    for await (const chunk of input) {
      if (over) break;
      if (!channel.write(chunk)) await Promise.race([once(channel, 'drain'), end]);
    }
    return undefined;
  } catch (error) {
    return over ? undefined : asError(error);
  } finally {
    channel.end();
  }
};

/** No more is read until what there was has been taken. */
export const pausing = (stream: Readable, wait: Promise<void> | undefined): void => {
  if (wait === undefined) return;
  stream.pause();
  wait.then(
    () => stream.resume(),
    (error: unknown) => stream.destroy(asError(error)),
  );
};
