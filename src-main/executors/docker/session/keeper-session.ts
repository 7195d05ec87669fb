import type { Duplex } from 'node:stream';
import { asError } from '../../../../src-shared/errors.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Exit } from '../../types.ts';
import { type FrameStream, readFrames } from '../engine/frames.ts';
import type { Engine } from '../engine/types.ts';
import { createMarkFinder } from './marks.ts';
import { type Session, SessionEnded, type SessionRun } from './types.ts';

export interface KeeperSessionOptions {
  readonly engine: Pick<Engine, 'killContainer'>;
  readonly clock: Clock;
  readonly containerId: string;
  readonly mark: string;
  /** After this long a script that was told to end is killed, and a little later the container with it. */
  readonly graceMs: number;
}
const lastResortMs = 3000;
/** What an entrypoint says before the first script is kept up to here. */
const earlyBytes = 64 * 1024;

interface Active {
  readonly run: SessionRun;
  readonly codes: { stdout?: number; stderr?: number };
  readonly finish: (result: { readonly exit: Exit } | { readonly error: Error }) => void;
}

/** Talks to the loop of keeper.ts over one attached connection. */
export function createKeeperSession(stream: Duplex, options: KeeperSessionOptions): Session {
  const { clock, engine, containerId, mark } = options;
  const finders = { stdout: createMarkFinder(mark), stderr: createMarkFinder(mark) };
  let active: Active | undefined;
  let ended: Error | undefined;
  let early: [FrameStream, Buffer][] = [];
  let earlySize = 0;

  const sink = (name: FrameStream, chunk: Buffer): Promise<void> | undefined => {
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
  const pass = (name: FrameStream, data: Buffer): Promise<void> | undefined => {
    if (data.length === 0) return undefined;
    if (active !== undefined) return active.run.onOutput(name, data);
    if (earlySize >= earlyBytes) return undefined;
    earlySize += data.length;
    early.push([name, Buffer.from(data)]);
    return undefined;
  };
  const end = (error?: Error): void => {
    if (ended !== undefined) return;
    ended = error ?? new SessionEnded('the container stopped');
    for (const name of ['stdout', 'stderr'] as const) pass(name, finders[name].rest());
    active?.finish({ error: ended });
  };

  readFrames(stream, sink);
  stream.on('end', () => end());
  stream.on('close', () => end());
  stream.on('error', (error) => end(new SessionEnded(`the connection to the engine broke: ${error.message}`)));

  const perform = async (script: string, run: SessionRun): Promise<Exit> => {
    run.signal.throwIfAborted();
    if (ended !== undefined) throw ended;
    let stopKilling = (): void => {};
    const onAbort = (): void => {
      stream.write('T\n');
      stopKilling = clock.after(options.graceMs, () => {
        stream.write('K\n');
        stopKilling = clock.after(lastResortMs, () => void engine.killContainer(containerId, 'KILL').catch(() => {}));
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
        stream.write(`R ${body.length} ${run.endStrays ? 1 : 0}\n`);
        stream.write(body);
        stream.write(`${script.endsWith('\n') ? '' : '\n'}${mark}\n`);
        run.signal.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      stopKilling();
      run.signal.removeEventListener('abort', onAbort);
    }
  };
  return {
    containerId,
    run: perform,
    hold: (seconds) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        stream.on('error', reject);
        stream.end(`H ${Math.ceil(seconds)}\n`, () => resolve());
      }),
    close: () => {
      stream.end();
      stream.destroy();
    },
  };
}
