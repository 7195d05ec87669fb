import type { Duplex } from 'node:stream';
import { type KeeperConnection, SessionEnded } from '../../posix/keeper-session.ts';
import { readFrames } from '../engine/frames.ts';

/** The connection that is attached to a container's first process. */
export const attachedConnection = (stream: Duplex): KeeperConnection => ({
  write: (data) => void stream.write(data),
  finish: (data) =>
    new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.end(data, () => resolve());
    }),
  read: (sink) => readFrames(stream, sink),
  onEnd(listener) {
    const stopped = () => listener(new SessionEnded('the container stopped'));
    stream.on('end', stopped);
    stream.on('close', stopped);
    stream.on('error', (error) => listener(new SessionEnded(`the connection to the engine broke: ${error.message}`)));
  },
  close() {
    stream.end();
    stream.destroy();
  },
});
