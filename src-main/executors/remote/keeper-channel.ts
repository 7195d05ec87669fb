import { type KeeperConnection, SessionEnded } from '../posix/keeper-session.ts';
import { type Ending, type Opened, pausing } from './machine.ts';

/** A command's streams as the way to its loop. */
export const channelConnection = ({ channel, ended }: Opened): KeeperConnection => ({
  write: (data) => void channel.write(data),
  finish: (data) => new Promise((resolve) => channel.end(data, () => resolve())),
  read(sink) {
    channel.on('data', (data: Buffer) => pausing(channel, sink('stdout', data)));
    channel.stderr.on('data', (data: Buffer) => pausing(channel.stderr, sink('stderr', data)));
  },
  onEnd(listener) {
    ended.then((ending) => listener(new SessionEnded(wordsFor(ending))));
    // A broken connection is told by its close.
    channel.on('error', () => {});
  },
  close: () => void channel.close(),
});

const wordsFor = (ending: Ending | undefined): string => {
  if (ending === undefined) return 'the connection ended';
  return ending.code === null ? `it was ended by SIG${ending.signal ?? ''}` : `it ended with ${ending.code}`;
};
