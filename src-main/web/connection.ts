import type { WebSocket } from 'ws';
import type { Handlers } from '../../src-shared/ipc.ts';
import { dispatch } from '../app/dispatch.ts';
import type { Logger } from '../base/logger.ts';

/** Calls of one window that are worked on at once; the others wait in line. */
const mostAtOnce = 16;
const longestLine = 256;
/** A window that has this much unread is cut off; it comes back with a fresh snapshot. */
const mostUnreadBytes = 8 * 1024 * 1024;
/** From here on only the newest size of each log is kept for a slow window. */
const muchUnreadBytes = 1024 * 1024;
const retryMs = 100;
/** A window that answers no ping for this long is gone (a closed lid, a killed browser). */
const aliveEveryMs = 30_000;

export interface Connection {
  /** A patch, as text made once for all windows. */
  send(text: string): void;
  grown(job: string, size: number): void;
  close(): void;
}

/**
 * The contract over one WebSocket. In: `{id, name, input}`. Out: `{id, ok, value | error}` and `{event, payload}`.
 * Nothing grows without bound: calls wait in a short line, an answer counts until it is on the wire, a window that
 * does not read is cut off.
 */
export function serveConnection(socket: WebSocket, handlers: Handlers, log: Logger): Connection {
  const line: { id: number; name: unknown; input: unknown }[] = [];
  let atWork = 0;
  const sizes = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const next = (): void => {
    while (atWork < mostAtOnce) {
      const call = line.shift();
      if (call === undefined) return;
      atWork++;
      void dispatch(handlers, log, call.name, call.input).then((result) => {
        const done = (): void => {
          atWork--;
          next();
        };
        if (socket.readyState !== socket.OPEN) return done();
        // The place in line is free once the answer has left: a slow reader slows itself down.
        socket.send(JSON.stringify({ id: call.id, ...result }), done);
      });
    }
  };
  socket.on('message', (data, isBinary) => {
    const call = isBinary ? undefined : parseCall(String(data));
    if (call === undefined) return socket.close(1002, 'not a call');
    if (line.length >= longestLine)
      return socket.send(
        JSON.stringify({ id: call.id, ok: false, error: { code: 'INPUT_INVALID', message: 'too many calls at once' } }),
      );
    line.push(call);
    next();
  });
  socket.on('error', (error) => log.debug('a window’s connection failed', { error: error.message }));
  let alive = true;
  const heartbeat = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, aliveEveryMs);
  heartbeat.unref();
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('close', () => {
    clearInterval(heartbeat);
    clearTimeout(timer);
    line.length = 0;
    sizes.clear();
  });

  const flushSizes = (): void => {
    timer = undefined;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > muchUnreadBytes) {
      timer = setTimeout(flushSizes, retryMs);
      return;
    }
    for (const [job, size] of sizes) socket.send(JSON.stringify({ event: 'trace.grown', payload: { job, size } }));
    sizes.clear();
  };
  return {
    send(text) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > mostUnreadBytes) {
        log.warn('a window does not read; its connection is closed');
        return socket.terminate();
      }
      socket.send(text);
    },
    grown(job, size) {
      sizes.set(job, size);
      if (timer === undefined) flushSizes();
    },
    close: () => socket.close(1001, 'Harrier ends'),
  };
}

function parseCall(text: string): { id: number; name: unknown; input: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('id' in parsed) || typeof parsed.id !== 'number')
      return undefined;
    return {
      id: parsed.id,
      name: 'name' in parsed ? parsed.name : undefined,
      input: 'input' in parsed ? parsed.input : undefined,
    };
  } catch {
    return undefined;
  }
}
