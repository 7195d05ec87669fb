import { type Clock, systemClock } from '../../../base/clock.ts';

const factor = 60;

/** A clock whose pauses are over sixty times sooner. */
export const hurriedClock: Clock = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * factor,
  after: (delayMs, callback, options) => systemClock.after(delayMs / factor, callback, options),
  sleep: (delayMs, signal) => systemClock.sleep(delayMs / factor, signal),
};
