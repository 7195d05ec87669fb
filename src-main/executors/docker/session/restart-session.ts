import type { Clock } from '../../../base/clock.ts';
import { SessionEnded, type SessionRun } from '../../posix/keeper-session.ts';
import type { Exit } from '../../types.ts';
import { openFrames } from '../engine/frames.ts';
import type { Engine } from '../engine/types.ts';
import { runExec } from '../files/exec.ts';
import type { Session } from './types.ts';

export interface RestartSessionOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly containerId: string;
  readonly graceMs: number;
}

/**
 * The way of the official runner, for shells that know no loop of ours (PowerShell): the container's own command is the
 * shell, it is started once for each script, reads it from stdin and stops with it.
 */
export function createRestartSession({ engine, clock, containerId, graceMs }: RestartSessionOptions): Session {
  const run = async (script: string, { signal, onOutput }: SessionRun): Promise<Exit> => {
    signal.throwIfAborted();
    const stream = await engine.attach(containerId);
    let stopKilling = (): void => {};
    const onAbort = (): void => {
      void stopPolitely(engine, containerId, Math.ceil(graceMs / 1000)).catch(() => {});
      stopKilling = clock.after(graceMs * 2, () => void engine.killContainer(containerId, 'KILL').catch(() => {}));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const reading = openFrames(stream, onOutput);
      reading.catch(() => {});
      await engine.startContainer(containerId);
      stream.end(script);
      await reading;
      const code = await engine.waitContainer(containerId);
      if (code === undefined) throw new SessionEnded('the container was removed');
      return { code };
    } finally {
      stopKilling();
      signal.removeEventListener('abort', onAbort);
      stream.destroy();
    }
  };
  const hold = async (seconds: number): Promise<void> => {
    const stream = await engine.attach(containerId);
    await engine.startContainer(containerId);
    await new Promise<void>((resolve) => stream.end(`Start-Sleep -Seconds ${Math.ceil(seconds)}\n`, () => resolve()));
  };
  return { containerId, run, hold, close: () => {} };
}

/** The first process cannot be told to end while it waits for another, so that one is told first. */
const stopPolitely = async (engine: Engine, container: string, graceSeconds: number): Promise<void> => {
  if (engine.info.osType !== 'windows')
    await runExec(engine, container, ['sh', '-c', 'kill -TERM -1']).catch(() => undefined);
  await engine.stopContainer(container, graceSeconds);
};
