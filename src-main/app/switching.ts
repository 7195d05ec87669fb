import type { EngineSnapshot, Handlers } from '../../src-shared/ipc.ts';
import { calls } from '../../src-shared/ipc.ts';
import type { Listener } from './broadcast.ts';
import { diffSnapshot } from './patches.ts';
import type { HarrierApp } from './types.ts';

/**
 * An app that can go on with another config file while its windows stay: they get what changed as one patch. `open`
 * makes the app of a file; the hosts only ever see this one.
 */
export async function createSwitchingApp(
  firstPath: string,
  open: (path: string, switchTo: (path: string) => Promise<void>) => Promise<HarrierApp>,
): Promise<HarrierApp> {
  const listeners = new Set<Listener>();
  let started = false;
  let unsubscribe = (): void => {};
  const follow = (app: HarrierApp): void => {
    unsubscribe();
    unsubscribe = listeners.size === 0 ? () => {} : app.subscribe((name, payload) => tell(name, payload));
  };
  const tell: Listener = (name, payload) => {
    for (const listener of listeners) listener(name, payload);
  };
  const switchTo = async (path: string): Promise<void> => {
    const before: EngineSnapshot = current.snapshot();
    await current.close();
    current = await open(path, switchTo);
    if (started) await current.start();
    follow(current);
    const patch = diffSnapshot(before, current.snapshot());
    if (patch !== undefined) tell('state.patch', patch);
  };
  let current = await open(firstPath, switchTo);
  const handlers = Object.fromEntries(
    Object.keys(calls).map((name) => [
      name,
      // The table keeps name, input and handler together.
      (input: never) => (current.handlers[name as keyof Handlers] as (value: never) => Promise<unknown>)(input),
    ]),
  ) as unknown as Handlers;
  return {
    handlers,
    get log() {
      return current.log;
    },
    snapshot: () => current.snapshot(),
    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) follow(current);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) follow(current);
      };
    },
    async start() {
      started = true;
      await current.start();
    },
    stop: (mode, options) => current.stop(mode, options),
    config: () => current.config(),
    reload: () => current.reload(),
    close: () => current.close(),
  };
}
