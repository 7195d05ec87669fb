import type { Server } from 'node:http';
import { HarrierError } from '../../src-shared/errors.ts';

/** Where the web host begins to look for a free port. */
export const defaultPort = 7410;
const portsTried = 20;

/** Listens on loopback only, on `port` or the next free one; 0 = any. Gives the port. Throws PORT_IN_USE. */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  for (let candidate = port; candidate < port + (port === 0 ? 1 : portsTried) && candidate < 65_536; candidate++) {
    const error = await tryPort(server, candidate);
    if (error === undefined) {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : candidate;
    }
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
  }
  throw new HarrierError('PORT_IN_USE', `none of the ports ${port} to ${port + portsTried - 1} is free`);
}

const tryPort = (server: Server, port: number): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error);
    server.once('error', failed);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.off('error', failed);
      resolve(undefined);
    });
  });
