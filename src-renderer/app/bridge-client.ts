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

/** The contract over Electron's IPC. The main process is always there, so the connection is never lost. */
export function createBridgeClient(bridge: Bridge): Client {
  const listeners = createListeners();
  bridge.onEvent((name, payload) => listeners.tell(name, payload));
  return {
    async call<N extends CallName>(name: N, input: unknown): Promise<CallOutput<N>> {
      const answer = (await bridge.call(name, input)) as Answer;
      if (answer.ok) return answer.value as CallOutput<N>;
      throw new WireFailure(answer.error);
    },
    on: <N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void) =>
      listeners.add(name, listener as (payload: unknown) => void),
    onConnection(listener) {
      queueMicrotask(() => listener(true));
      return () => {};
    },
  };
}
