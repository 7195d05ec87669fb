import { asError } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Exit, RunOptions } from '../types.ts';
import { createMarkFinder } from './marks.ts';

/** One place in which scripts run, one after another. */
export interface ScriptSession {
  /** A non-zero exit is an answer; throws SessionEnded when the place was gone before the script's end. */
  run(script: string, options: SessionRun): Promise<Exit>;
  /** It goes on without us for so long, then ends by itself. The connection is of no more use. */
  hold(seconds: number): Promise<void>;
  /** Ends the connection. */
  close(): void;
}
export interface SessionRun extends Pick<RunOptions, 'signal' | 'onOutput'> {
  /** Processes that the script left behind end with it, as they do when a container stops between stages. */
  readonly endStrays: boolean;
}

/** What ran the scripts stopped, was killed or was removed while one ran. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/** The way to the loop of keeper.ts. */
export interface KeeperConnection {
  write(data: string | Buffer): void;
  /** Last words; settles when they are on their way. */
  finish(data: string): Promise<void>;
  /** What comes back. A promise of the sink means: wait before reading more; its bytes may be overwritten afterwards. */
  read(sink: (stream: 'stdout' | 'stderr', data: Buffer) => Promise<void> | undefined): void;
  /** Called once, after the last byte. */
  onEnd(listener: (error: Error) => void): void;
  close(): void;
}
export interface KeeperSessionOptions {
  readonly clock: Clock;
  readonly mark: string;
  /** After this long a script that was told to end is killed, and a little later `lastResort` is called. */
  readonly graceMs: number;
  /** Ends the place from outside, when it does not answer. */
  readonly lastResort: () => Promise<void>;
}
const lastResortMs = 3000;
/** What is said before the first script (an entrypoint, a profile) is kept up to here. */
const earlyBytes = 64 * 1024;

interface Active {
  readonly run: SessionRun;
  readonly codes: { stdout?: number; stderr?: number };
  readonly finish: (result: { readonly exit: Exit } | { readonly error: Error }) => void;
}

/** Talks to the loop of keeper.ts over one connection. */
export function createKeeperSession(connection: KeeperConnection, options: KeeperSessionOptions): ScriptSession {
  const { clock, mark } = options;
  const finders = { stdout: createMarkFinder(mark), stderr: createMarkFinder(mark) };
  let active: Active | undefined;
  let ended: Error | undefined;
  let early: ['stdout' | 'stderr', Buffer][] = [];
  let earlySize = 0;

  const sink = (name: 'stdout' | 'stderr', chunk: Buffer): Promise<void> | undefined => {
    const { data, code } = finders[name].take(chunk);
    const wait = pass(name, data);
    if (code === undefined || active === undefined) return wait;
    active.codes[name] = code;
    const { codes, finish } = active;
    if (codes.stdout === undefined || codes.stderr === undefined) return wait;
    const exit = { code: codes.stdout };
    if (wait === undefined) finish({ exit });
    else
      wait.then(
        () => finish({ exit }),
        (error: unknown) => finish({ error: asError(error) }),
      );
    return wait;
  };
  const pass = (name: 'stdout' | 'stderr', data: Buffer): Promise<void> | undefined => {
    if (data.length === 0) return undefined;
    if (active !== undefined) return active.run.onOutput(name, data);
    if (earlySize >= earlyBytes) return undefined;
    earlySize += data.length;
    early.push([name, Buffer.from(data)]);
    return undefined;
  };
  const end = (error: Error): void => {
    if (ended !== undefined) return;
    ended = error;
    for (const name of ['stdout', 'stderr'] as const) pass(name, finders[name].rest());
    active?.finish({ error: ended });
  };

  connection.read(sink);
  connection.onEnd(end);

  const perform = async (script: string, run: SessionRun): Promise<Exit> => {
    run.signal.throwIfAborted();
    if (ended !== undefined) throw ended;
    let stopKilling = (): void => {};
    const onAbort = (): void => {
      connection.write('T\n');
      stopKilling = clock.after(options.graceMs, () => {
        connection.write('K\n');
        stopKilling = clock.after(lastResortMs, () => void options.lastResort().catch(() => {}));
      });
    };
    try {
      return await new Promise<Exit>((resolve, reject) => {
        active = {
          run,
          codes: {},
          finish: (result) => {
            active = undefined;
            if ('exit' in result) resolve(result.exit);
            else reject(result.error);
          },
        };
        for (const [name, data] of early) run.onOutput(name, data);
        early = [];
        const body = Buffer.from(script);
        connection.write(`R ${body.length} ${run.endStrays ? 1 : 0}\n`);
        connection.write(body);
        connection.write(`${script.endsWith('\n') ? '' : '\n'}${mark}\n`);
        run.signal.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      stopKilling();
      run.signal.removeEventListener('abort', onAbort);
    }
  };
  return {
    run: perform,
    async hold(seconds) {
      if (ended !== undefined) throw ended;
      await connection.finish(`H ${Math.ceil(seconds)}\n`);
    },
    close: () => connection.close(),
  };
}
