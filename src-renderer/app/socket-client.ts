import type { CallName, CallOutput, Client, EventName, EventPayload, WireError } from '../../src-shared/ipc.ts';
import { createListeners } from './listeners.ts';
import { lostConnection, WireFailure } from './wire-failure.ts';

/** As much of a WebSocket as is used here; browsers' and the `ws` package's both fit. */
export interface SocketLike {
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

export interface SocketClientOptions {
  readonly url: string;
  /** Whether this browser may connect; a host that is not there is `unreachable`. */
  readonly signIn: () => Promise<'granted' | 'refused' | 'unreachable'>;
  readonly onRefused?: () => void;
  readonly openSocket?: (url: string) => SocketLike;
  readonly delay?: (ms: number, then: () => void) => void;
}

const firstRetryMs = 250;
const slowestRetryMs = 5000;

/** The contract over a WebSocket. Connects again by itself; calls that were open when it broke fail at once. */
export function createSocketClient(options: SocketClientOptions): Client & { close(): void } {
  const openSocket = options.openSocket ?? ((url: string): SocketLike => new WebSocket(url) as SocketLike);
  const delay = options.delay ?? ((ms, then) => void setTimeout(then, ms));
  const listeners = createListeners();
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  /** Calls made before the first connection wait for it. */
  let early: (() => void)[] | undefined = [];
  let socket: SocketLike | undefined;
  let connected = false;
  let closed = false;
  let nextId = 1;
  let retryMs = firstRetryMs;

  const connect = async (): Promise<void> => {
    const access = await options.signIn();
    if (closed) return;
    if (access === 'refused') options.onRefused?.();
    if (access === 'unreachable') again();
    if (access !== 'granted') return;
    const made = openSocket(options.url);
    socket = made;
    made.onopen = () => {
      connected = true;
      retryMs = firstRetryMs;
      listeners.tell('connection', true);
      for (const send of early ?? []) send();
      early = undefined;
    };
    made.onmessage = ({ data }) => receive(String(data));
    made.onerror = () => {};
    made.onclose = () => {
      if (socket !== made) return;
      socket = undefined;
      const was = connected;
      connected = false;
      for (const call of open.values()) call.reject(lostConnection());
      open.clear();
      if (was) listeners.tell('connection', false);
      again();
    };
  };
  const again = (): void => {
    if (closed) return;
    delay(retryMs, () => void connect());
    retryMs = Math.min(retryMs * 2, slowestRetryMs);
  };
  const receive = (text: string): void => {
    const message = JSON.parse(text) as Message;
    if ('event' in message) {
      listeners.tell(message.event, message.payload);
      return;
    }
    const call = open.get(message.id);
    open.delete(message.id);
    if (message.ok) call?.resolve(message.value);
    else call?.reject(new WireFailure(message.error));
  };

  void connect();
  return {
    call: <N extends CallName>(name: N, input: unknown): Promise<CallOutput<N>> =>
      new Promise<unknown>((resolve, reject) => {
        const send = (): void => {
          const id = nextId++;
          open.set(id, { resolve, reject });
          socket?.send(JSON.stringify({ id, name, input }));
        };
        if (connected) send();
        else if (early !== undefined) early.push(send);
        else reject(lostConnection());
      }) as Promise<CallOutput<N>>,
    on: <N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void) =>
      listeners.add(name, listener as (payload: unknown) => void),
    onConnection(listener) {
      if (connected) queueMicrotask(() => listener(true));
      return listeners.add('connection', listener as (payload: unknown) => void);
    },
    close() {
      closed = true;
      socket?.close();
    },
  };
}

type Message =
  | { readonly event: string; readonly payload: unknown }
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: WireError };

/** An address with a new token, pasted into a window that is open, changes what is behind the # only: begin again. */
export function reloadOnToken(window: Window): void {
  window.addEventListener('hashchange', () => {
    if (tokenIn(window.location.hash) !== undefined) window.location.reload();
  });
}

const tokenIn = (hash: string): string | undefined => /^#token=([\w-]+)$/.exec(hash)?.[1];

/** Trades the token of the printed address for a cookie and takes it out of the address bar and the history. */
export async function signIn(window: Window): Promise<'granted' | 'refused' | 'unreachable'> {
  const token = tokenIn(window.location.hash);
  try {
    if (token !== undefined) {
      const answer = await window.fetch('/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      });
      if (answer.ok) {
        window.history.replaceState(null, '', '#/');
        return 'granted';
      }
    }
    const answer = await window.fetch('/session');
    if (answer.ok && token !== undefined) window.history.replaceState(null, '', '#/');
    return answer.ok ? 'granted' : 'refused';
  } catch {
    return 'unreachable';
  }
}
