import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { connect, info, keep, systemId } from './testing/connect.ts';

let server: Server;
let url: string;
let connections: number;
beforeEach(async () => {
  connections = 0;
  server = createServer((request, response) => request.resume().on('end', () => response.writeHead(204).end()));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  keep({
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  });
});

it('connections are kept, and made anew when they are older than connection_max_age', async () => {
  let nowMs = 0;
  const clock = { ...systemClock, monotonic: () => nowMs };
  const client = connect(url, { connectionMaxAgeMs: 1000 }, { clock });
  const ask = () => client.requestJob({ token: 't', systemId, info });
  for (let i = 0; i < 20; i += 1) await ask();
  const kept = connections;
  expect(kept).toBeLessThanOrEqual(2);
  nowMs = 1001;
  for (let i = 0; i < 20; i += 1) await ask();
  expect(connections).toBeGreaterThan(kept);
  expect(connections).toBeLessThanOrEqual(2 * kept + 1);
});

it.each([0, -1])('a connection_max_age of %i means never', async (connectionMaxAgeMs) => {
  let nowMs = 0;
  const client = connect(url, { connectionMaxAgeMs }, { clock: { ...systemClock, monotonic: () => nowMs } });
  for (let i = 0; i < 10; i += 1) {
    await client.requestJob({ token: 't', systemId, info });
    nowMs += 1e9;
  }
  expect(connections).toBeLessThanOrEqual(2);
});

it('a request in flight outlives the end of its connection’s age', async () => {
  let nowMs = 0;
  let answer: (() => void) | undefined;
  const held = new Promise<void>((resolve) =>
    server.prependOnceListener('request', (request, response) => {
      request.resume();
      response.writeHead = new Proxy(response.writeHead, {
        apply(target, self, args: [number]) {
          answer = () => Reflect.apply(target, self, args).end();
          resolve();
          return { end: () => {} };
        },
      });
    }),
  );
  const client = connect(url, { connectionMaxAgeMs: 1000 }, { clock: { ...systemClock, monotonic: () => nowMs } });
  const first = client.requestJob({ token: 't', systemId, info });
  await held;
  nowMs = 5000;
  expect(await client.requestJob({ token: 't', systemId, info })).toEqual({ kind: 'none' });
  answer?.();
  expect(await first).toEqual({ kind: 'none' });
});

it('close ends what is in flight, as an answer', async () => {
  const hanging = createServer(() => {});
  await new Promise<void>((resolve) => void hanging.listen(0, '127.0.0.1', resolve));
  keep({ close: () => new Promise((resolve) => hanging.close(resolve)) });
  const asked = new Promise((resolve) => hanging.once('request', resolve));
  const client = connect(`http://127.0.0.1:${(hanging.address() as AddressInfo).port}`);
  const waiting = client.requestJob({ token: 't', systemId, info });
  await asked;
  await client.close();
  expect(await waiting).toMatchObject({ kind: 'failed', status: -1 });
});
