import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { type Clock, systemClock } from '../../base/clock.ts';
import { createLogger, type Logger, silentLogger } from '../../base/logger.ts';
import { createCoordinatorClient } from '../client.ts';
import { createRunnerInfo } from '../info.ts';
import type { ConnectionOptions, CoordinatorClient } from '../types.ts';

export const info = createRunnerInfo({ executor: 'shell', shell: 'bash', executorFeatures: ['variables', 'shared'] });
export const systemId = 's_0123456789ab';

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});
/** Closed at the end of the test. */
export const keep = <T extends { close(): Promise<unknown> }>(thing: T): T => {
  opened.push(thing);
  return thing;
};

/** A client that ends with the test. Nothing of this machine's proxies counts. */
export const connect = (
  url: string,
  options: Partial<ConnectionOptions> = {},
  { clock = systemClock, log = silentLogger }: { clock?: Clock; log?: Logger } = {},
): CoordinatorClient => keep(createCoordinatorClient({ url, env: {}, ...options }, { clock, log }));

/** A server that is anything but GitLab. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  keep({
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve(undefined));
      }),
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that does not even speak HTTP. */
export async function serveRaw(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  keep({
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve(undefined));
      }),
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sleeps pass at once and are noted; wall time stands still. */
export function instantClock(nowMs = Date.UTC(2026, 0, 1)): { readonly clock: Clock; readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    clock: {
      ...systemClock,
      now: () => nowMs,
      async sleep(delayMs, signal) {
        signal?.throwIfAborted();
        slept.push(delayMs);
      },
    },
  };
}

/** A log whose lines can be looked at. */
export function notedLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    log: createLogger((level, message, fields) => lines.push(`${level} ${message} ${JSON.stringify(fields)}`)),
  };
}
