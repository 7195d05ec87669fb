import type { Clock } from '../../base/clock.ts';

/** A clock that stands until it is moved; timers fire in their order. */
export interface TestClock extends Clock {
  /** ms to the next timer; undefined: there is none. */
  readonly nextMs: number | undefined;
  /** Moves on to the next timer, if there is one. */
  step(): boolean;
}

export const createTestClock = (): TestClock => {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  const clock: TestClock = {
    now: () => 1_700_000_000_000 + now,
    monotonic: () => now,
    after(delayMs, callback) {
      const timer = { at: now + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = clock.after(delayMs, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    get nextMs() {
      return timers.length === 0 ? undefined : Math.min(...timers.map(({ at }) => at)) - now;
    },
    step() {
      const [next] = timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined) return false;
      timers = timers.filter((other) => other !== next);
      now = Math.max(now, next.at);
      next.callback();
      return true;
    },
  };
  return clock;
};
