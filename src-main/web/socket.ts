import type { Server } from 'node:http';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { dispatch } from '../app/dispatch.ts';
import type { HarrierApp } from '../app/types.ts';
import type { Logger } from '../base/logger.ts';
import type { Gate } from './gate.ts';

/** Longer than any call of the contract needs to be. */
const largestMessage = 256 * 1024;
/** A window that does not read may keep this much of us; then it is cut off and starts again with a snapshot. */
const mostBuffered = 16 * 1024 * 1024;
const mostCallsAtOnce = 64;
const aliveEveryMs = 30_000;

/**
 * Calls and events over one WebSocket per window, as JSON: `{id, name, input}` in, `{id, ok, value | error}` and
 * `{event, payload}` out. The same dispatch as Electron's IPC checks names and shapes.
 */
export function bindSocket(server: Server, app: HarrierApp, gate: Gate, log: Logger): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    // A WebSocket of a browser always says where it comes from.
    const allowed =
      request.url === '/socket' &&
      request.headers.origin !== undefined &&
      gate.isHome(request) &&
      gate.isKnown(request);
    if (!allowed) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (window) => serve(window, app, log));
  });
  return {
    close() {
      for (const window of sockets.clients) window.terminate();
      sockets.close();
    },
  };
}

function serve(window: WebSocket, app: HarrierApp, log: Logger): void {
  let calls = 0;
  let alive = true;
  const send = (message: unknown): void => {
    if (window.readyState !== WebSocket.OPEN) return;
    if (window.bufferedAmount > mostBuffered) window.terminate();
    else window.send(JSON.stringify(message));
  };
  const unsubscribe = app.subscribe((event, payload) => send({ event, payload }));
  const heartbeat = setInterval(() => {
    if (!alive) window.terminate();
    alive = false;
    if (window.readyState === WebSocket.OPEN) window.ping();
  }, aliveEveryMs);
  heartbeat.unref();
  window.on('pong', () => {
    alive = true;
  });
  window.on('message', (data) => {
    const message = parse(data);
    if (message === undefined || calls >= mostCallsAtOnce) {
      window.terminate();
      return;
    }
    calls += 1;
    void dispatch(app.handlers, log, message.name, message.input).then((result) => {
      calls -= 1;
      send({ id: message.id, ...result });
    });
  });
  window.on('error', () => window.terminate());
  window.on('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
}

function parse(data: RawData): { id: number; name: unknown; input: unknown } | undefined {
  try {
    const { id, name, input } = JSON.parse(String(data)) as { id?: unknown; name?: unknown; input?: unknown };
    return typeof id === 'number' ? { id, name, input } : undefined;
  } catch {
    return undefined;
  }
}
