import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { messageOf } from '../../src-shared/errors.ts';
import type { HarrierApp } from '../app/types.ts';
import { writeFileAtomic } from '../base/files.ts';
import type { Logger } from '../base/logger.ts';
import { createAccess } from './access.ts';
import { type Connection, serveConnection } from './connection.ts';
import { defaultPort, listenOnLoopback } from './listen.ts';
import { createPages } from './pages.ts';

export interface WebHostOptions {
  readonly app: HarrierApp;
  /** The built window (dist/renderer). */
  readonly rendererFolder: string;
  /** Where to begin to look for a free port; 0 = any. */
  readonly port?: number;
  /** Keeps the address here while it holds, for its owner alone: who has closed the terminal finds it again. */
  readonly addressFile?: string;
  readonly log: Logger;
}
export interface WebHost {
  /** The address to open, its secret behind the `#`, where it stays out of requests and logs. */
  readonly url: string;
  close(): Promise<void>;
}

/** A call is small; the largest input of the contract is a folder's path. */
const largestMessageBytes = 256 * 1024;

/** Serves the window and the contract on 127.0.0.1. Throws PORT_IN_USE, and INTERNAL when the window was not built. */
export async function startWebHost({ app, rendererFolder, port, addressFile, log }: WebHostOptions): Promise<WebHost> {
  const server = createServer();
  const access = createAccess(await listenOnLoopback(server, port ?? defaultPort), Date.now);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessageBytes, perMessageDeflate: false });
  const windows = new Set<Connection>();
  let unsubscribe: (() => void) | undefined;

  // One subscription for all windows: a patch is computed and made into text once.
  const subscribe = (): (() => void) =>
    app.subscribe((name, payload) => {
      if (name === 'trace.grown') {
        const { job, size } = payload as { job: string; size: number };
        for (const window of windows) window.grown(job, size);
        return;
      }
      const text = JSON.stringify({ event: name, payload });
      for (const window of windows) window.send(text);
    });

  try {
    server.on('request', createPages(rendererFolder, access));
  } catch (error) {
    server.close();
    throw error;
  }
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const { headers, url } = request;
    const status =
      url !== '/socket' ? '404 Not Found' : !access.isOurOrigin(headers) ? '403 Forbidden' : '401 Unauthorized';
    if (url !== '/socket' || !access.isOurOrigin(headers) || !access.hasSession(headers)) {
      log.warn('a connection to the web host was refused', { status, origin: String(headers.origin) });
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const window = serveConnection(webSocket, app.handlers, log);
      windows.add(window);
      unsubscribe ??= subscribe();
      webSocket.on('close', () => {
        windows.delete(window);
        if (windows.size > 0) return;
        unsubscribe?.();
        unsubscribe = undefined;
      });
    });
  });

  const { port: chosen } = server.address() as { port: number };
  const url = `http://127.0.0.1:${chosen}/#token=${access.token}`;
  if (addressFile !== undefined)
    await writeFileAtomic(addressFile, `${url}\n`).catch((error: unknown) =>
      log.warn('The address of the window could not be kept', { file: addressFile, error: messageOf(error) }),
    );
  return {
    url,
    async close() {
      if (addressFile !== undefined) await rm(addressFile, { force: true });
      unsubscribe?.();
      for (const window of windows) window.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A window that does not answer the goodbye must not keep us.
      const cut = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
      }, 200);
      server.closeIdleConnections();
      await closed;
      clearTimeout(cut);
    },
  };
}
