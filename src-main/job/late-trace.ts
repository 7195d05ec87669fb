import type { Trace } from '../trace/types.ts';

/**
 * A trace that is still being opened, for readers: empty until it is there, and for good when it could not be opened.
 * The run loop itself writes to the real one only.
 */
export const createLateTrace = (opening: Promise<Trace>): Trace => {
  let trace: Trace | undefined;
  const opened = opening.then(
    (made) => {
      trace = made;
      return made;
    },
    () => undefined,
  );
  return {
    get size() {
      return trace?.size ?? 0;
    },
    checksum: () => trace?.checksum() ?? 'crc32:00000000',
    stream(number, kind) {
      if (trace === undefined) throw new Error('the log is not open yet');
      return trace.stream(number, kind);
    },
    read: async (start, length) => (await opened)?.read(start, length) ?? Buffer.alloc(0),
    onGrow(listener) {
      if (trace !== undefined) return trace.onGrow(listener);
      let stop = (): void => {};
      let stopped = false;
      void opened.then((made) => {
        if (made !== undefined && !stopped) stop = made.onGrow(listener);
      });
      return () => {
        stopped = true;
        stop();
      };
    },
    flush: async () => (await opened)?.flush(),
    lastWords: () => trace?.lastWords(),
    close: async () => (await opened)?.close(),
    remove: async () => (await opened)?.remove(),
  };
};
