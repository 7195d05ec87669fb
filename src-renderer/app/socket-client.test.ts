import { expect, it } from 'vitest';
import { createSocketClient, reloadOnToken, type SocketLike } from './socket-client.ts';

/** A network that is steered by hand. */
const network = (access: ('granted' | 'refused' | 'unreachable')[] = []) => {
  const sockets: (SocketLike & { sent: string[] })[] = [];
  const waits: { ms: number; then: () => void }[] = [];
  const seen: boolean[] = [];
  let refused = 0;
  const client = createSocketClient({
    url: 'ws://x',
    signIn: async () => access.shift() ?? 'granted',
    onRefused: () => void refused++,
    openSocket: () => {
      const socket = {
        sent: [] as string[],
        send: (text: string) => void socket.sent.push(text),
        close: () => socket.onclose?.(undefined as never),
        onopen: null,
        onclose: null,
        onerror: null,
        onmessage: null,
      } as SocketLike & { sent: string[] };
      sockets.push(socket);
      return socket;
    },
    delay: (ms, then) => void waits.push({ ms, then }),
  });
  client.onConnection((connected) => void seen.push(connected));
  return { client, sockets, waits, seen, refused: () => refused };
};
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

it('calls made before the first connection wait for it', async () => {
  const { client, sockets } = network();
  const answer = client.call('engine.start', {});
  await turn();
  sockets[0]?.onopen?.(undefined as never);
  expect(sockets[0]?.sent).toEqual(['{"id":1,"name":"engine.start","input":{}}']);
  sockets[0]?.onmessage?.({ data: '{"id":1,"ok":true,"value":{"ok":true}}' });
  expect(await answer).toEqual({ ok: true });
});

it('a lost connection fails what was open, tells so, and comes back with growing patience', async () => {
  const { client, sockets, waits, seen } = network();
  await turn();
  sockets[0]?.onopen?.(undefined as never);
  const answer = client.call('engine.start', {});
  sockets[0]?.onclose?.(undefined as never);
  await expect(answer).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  await expect(client.call('engine.start', {})).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  waits[0]?.then();
  await turn();
  sockets[1]?.onclose?.(undefined as never);
  waits[1]?.then();
  await turn();
  sockets[2]?.onopen?.(undefined as never);
  expect(seen).toEqual([true, false, true]);
  expect(waits.map(({ ms }) => ms)).toEqual([250, 500]);
});

it('a browser that is not known is told so and does not try on', async () => {
  const { waits, sockets, refused } = network(['refused']);
  await turn();
  expect([refused(), sockets.length, waits.length]).toEqual([1, 0, 0]);
});

it('a host that is not there is tried again', async () => {
  const { waits, sockets } = network(['unreachable', 'granted']);
  await turn();
  waits[0]?.then();
  await turn();
  expect(sockets.length).toBe(1);
});

it('an address with a new token that is put into an open window loads it anew', () => {
  const location = { hash: '#/jobs', reloads: 0, reload: () => void location.reloads++ };
  let told: () => void = () => {};
  reloadOnToken({
    location,
    addEventListener: (_name: string, listener: () => void) => {
      told = listener;
    },
  } as unknown as Window);
  told();
  expect(location.reloads).toBe(0);
  location.hash = '#token=abc-123';
  told();
  expect(location.reloads).toBe(1);
});
