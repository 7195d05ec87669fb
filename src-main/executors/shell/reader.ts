import type { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { RunOptions } from '../types.ts';

/** After the script has ended a process in the background may hold the pipe: this long without a byte ends the stage. */
const quietAfterExitMs = 30;
/** What the script itself wrote is in the pipe when it ends; more than this can only come from the background. */
const mostAfterExitBytes = 1024 * 1024;

/** Hands a stream of a script on, with back-pressure, until all that the script wrote has arrived. */
export interface OutputReader {
  /** To be called when the script has ended. Settles when the stream is at its end, or only the background holds it. */
  drained(): Promise<void>;
  /** Hands nothing on any more; what the background still writes is read and dropped, so that no pipe breaks. */
  letGo(): 'ended' | 'held';
}

export const readOutput = (
  stream: Readable,
  name: 'stdout' | 'stderr',
  { onOutput, clock }: { onOutput: RunOptions['onOutput']; clock: Clock },
): OutputReader => {
  let ended = false;
  let busy = false;
  let lastByteMs = 0;
  let bytesAfter: number | undefined;
  let finish = (): void => {};
  let cancelCheck = (): void => {};

  const check = (): void => {
    // A writer that we made wait is not quiet: its bytes are still to be fetched.
    const quiet = !busy && clock.monotonic() - lastByteMs >= quietAfterExitMs;
    if (ended || quiet || (bytesAfter ?? 0) > mostAfterExitBytes) finish();
    else cancelCheck = clock.after(quietAfterExitMs / 3, check);
  };
  const onData = (chunk: Buffer): void => {
    if (bytesAfter !== undefined) {
      bytesAfter += chunk.length;
      lastByteMs = clock.monotonic();
    }
    const wait = onOutput(name, chunk);
    if (wait === undefined) return;
    busy = true;
    stream.pause();
    void wait.finally(() => {
      busy = false;
      lastByteMs = clock.monotonic();
      stream.resume();
    });
  };
  const onEnd = (): void => {
    ended = true;
    cancelCheck();
    finish();
  };
  stream.on('data', onData);
  stream.once('end', onEnd);
  stream.once('close', onEnd);
  stream.once('error', onEnd);
  return {
    drained: () =>
      new Promise((resolve) => {
        finish = resolve;
        bytesAfter = 0;
        lastByteMs = clock.monotonic();
        check();
      }),
    letGo() {
      cancelCheck();
      stream.off('data', onData);
      if (ended) return 'ended';
      stream.resume();
      if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
      return 'held';
    },
  };
};
