import { type Clock, systemClock } from '../../../base/clock.ts';

const factor = 200;

/** A clock whose pauses are over two hundred times sooner. */
export const hurriedClock: Clock = {
  ...systemClock,
  after: (delayMs, callback, options) => systemClock.after(delayMs / factor, callback, options),
  sleep: (delayMs, signal) => systemClock.sleep(delayMs / factor, signal),
};
