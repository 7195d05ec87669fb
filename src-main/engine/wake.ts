import type { Clock } from '../base/clock.ts';

const everyMs = 2000;
/** A timer that comes so late was no busy machine: it slept, or its clock was set. */
const lateMs = 8000;

/**
 * Calls back soon after the machine woke from sleep, with the time that it slept (ms). Some systems stop the monotonic
 * clock meanwhile and some do not, so whichever clock went on tells. A clock that was set forward looks the same; to
 * ask once too often does no harm. Answers a function that ends it.
 */
export function watchSleep(clock: Clock, onWake: (sleptMs: number) => void): () => void {
  let cancel = (): void => {};
  const look = (): void => {
    const [wall, monotonic] = [clock.now(), clock.monotonic()];
    cancel = clock.after(
      everyMs,
      () => {
        const sleptMs = Math.max(clock.now() - wall, clock.monotonic() - monotonic) - everyMs;
        look();
        if (sleptMs > lateMs) onWake(sleptMs);
      },
      { unref: true },
    );
  };
  look();
  return () => cancel();
}
