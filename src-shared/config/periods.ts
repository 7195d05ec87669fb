import { Cron } from 'croner';

/** Whether a moment lies in a period: cron of seven parts (second … weekday, year). Throws when it is none. */
export const isInPeriod = (pattern: string, timezone: string | undefined, moment: Date): boolean =>
  new Cron(pattern, { mode: '7-part', paused: true, ...(timezone ? { timezone } : {}) }).match(moment);
