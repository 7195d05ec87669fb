import type { ClientChannel } from 'ssh2';
import { type KeeperConnection, SessionEnded } from '../posix/keeper-session.ts';
import { pausing } from './machine.ts';

/** A command's streams as the way to its loop. */
export const channelConnection = (channel: ClientChannel): KeeperConnection => ({
  write: (data) => void channel.write(data),
  finish: (data) => new Promise((resolve) => channel.end(data, () => resolve())),
  read(sink) {
    channel.on('data', (data: Buffer) => pausing(channel, sink('stdout', data)));
    channel.stderr.on('data', (data: Buffer) => pausing(channel.stderr, sink('stderr', data)));
  },
  onEnd(listener) {
    let how = 'the connection ended';
    channel.once('exit', (code: number | null, signal?: string) => {
      how = code === null ? `it was ended by SIG${signal}` : `it ended with ${code}`;
    });
    channel.once('close', () => listener(new SessionEnded(how)));
    // A broken connection is told by its close.
    channel.on('error', () => {});
  },
  close: () => void channel.close(),
});
