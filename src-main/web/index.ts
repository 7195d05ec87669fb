import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HarrierError } from '../../src-shared/errors.ts';
import type { HarrierApp } from '../app/types.ts';
import type { Logger } from '../base/logger.ts';
import { createGate } from './gate.ts';
import { createPages } from './pages.ts';
import { bindSocket } from './socket.ts';

export interface WebHostOptions {
  readonly app: HarrierApp;
  /** The built renderer: index.html and its files. */
  readonly rendererFolder: string;
  /** The first port to try; one that is in use is passed over. */
  readonly port?: number;
  readonly log: Logger;
}
export interface WebHost {
  /** With the token in the fragment, which no server ever sees: whoever has it is let in once. */
  readonly url: string;
  close(): Promise<void>;
}

const firstPort = 7410;
const portsToTry = 20;

/**
 * The window over loopback HTTP and a WebSocket. Only a browser that was given the printed address gets in: its token is
 * exchanged for a cookie, and every request's Host and Origin must be ours (S26).
 */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const { app, log, rendererFolder } = options;
  const token = randomBytes(24).toString('base64url');
  const gate = createGate(token);
  const files = new Set(
    readdirSync(rendererFolder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/')),
  );
  const pages = createPages(rendererFolder, files, gate);
  const server = createServer((request, response) => {
    pages(request, response).catch((error) => {
      log.error('The page could not be served', { error: String(error) });
      response.destroy();
    });
  });
  const port = await listen(server, options.port ?? firstPort);
  gate.setPort(port);
  const socket = bindSocket(server, app, gate, log);
  return {
    url: `http://127.0.0.1:${port}/#token=${token}`,
    async close() {
      socket.close();
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
    },
  };
}

async function listen(server: ReturnType<typeof createServer>, first: number): Promise<number> {
  for (let port = first; port < first + portsToTry; port += 1) {
    const taken = await new Promise<boolean>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void =>
        error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(true) : reject(error);
      server.once('error', failed);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', failed);
        resolve(false);
      });
    });
    if (!taken) return (server.address() as AddressInfo).port;
  }
  throw new HarrierError('PORT_IN_USE', `the ports ${first} to ${first + portsToTry - 1} are all in use`);
}
