import type { CallName, CallOutput, Client, EventName, EventPayload, WireError } from '../../src-shared/ipc.ts';
import { createListeners } from './listeners.ts';
import { WireFailure } from './wire-failure.ts';

/** What the preload puts into the window (S9). */
export interface Bridge {
  call(name: string, input: unknown): Promise<unknown>;
  onEvent(listener: (name: string, payload: unknown) => void): () => void;
}
declare global {
  interface Window {
    readonly harrier?: Bridge;
  }
}

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: WireError };

/**
 * The contract over Electron's IPC. The main process is always there, so the connection is never lost; a window that
 * was too slow for its events is told `behind`, and begins anew as after a loss.
 */
export function createBridgeClient(bridge: Bridge): Client {
  const listeners = createListeners();
  const connections = new Set<(connected: boolean) => void>();
  bridge.onEvent((name, payload) => {
    if (name !== 'behind') return listeners.tell(name, payload);
    for (const listener of connections) listener(true);
  });
  return {
    async call<N extends CallName>(name: N, input: unknown): Promise<CallOutput<N>> {
      const answer = (await bridge.call(name, input)) as Answer;
      if (answer.ok) return answer.value as CallOutput<N>;
      throw new WireFailure(answer.error);
    },
    on: <N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void) =>
      listeners.add(name, listener as (payload: unknown) => void),
    onConnection(listener) {
      connections.add(listener);
      queueMicrotask(() => listener(true));
      return () => void connections.delete(listener);
    },
  };
}
