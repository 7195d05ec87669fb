/** Time as an argument: rooms never call Date.now or setTimeout themselves, so that tests steer time. */
export interface Clock {
  /** Wall clock in ms since 1970; may jump. For what people read. */
  now(): number;
  /** Monotonic ms; never jumps. For durations and deadlines. */
  monotonic(): number;
  /** Calls back after `delayMs`; answers a function that takes it back. Does not keep the process alive when `unref`. */
  after(delayMs: number, callback: () => void, options?: { unref?: boolean }): () => void;
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

// Node stores a timer's delay in 31 bits; a larger one would fire at once.
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback, options) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), longestTimerMs));
    if (options?.unref) timer.unref();
    return () => clearTimeout(timer);
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = systemClock.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};
