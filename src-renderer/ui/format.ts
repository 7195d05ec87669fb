import { language } from '../app/language.ts';
import { t } from '../app/text.ts';

const { locale } = language;

/** `0:18`, `1:07`, `1:00:00`: how long something took or takes, in whole seconds. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const rest = `${Math.floor(seconds / 60) % 60}`;
  const tail = `${seconds % 60}`.padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${rest.padStart(2, '0')}:${tail}` : `${rest}:${tail}`;
}

/** `0:06.6`: where a line stands in its job. */
export const lineTime = (ms: number): string => `${clockTime(ms)}.${Math.floor((Math.max(0, ms) % 1000) / 100)}`;

/** `0.3 s`, `9.4 s`, `1:20`: what a stage took. */
export const stageTime = (ms: number): string =>
  ms < 60_000 ? t('unit.second', { value: oneDigit.format(Math.max(0, ms) / 1000) }) : clockTime(ms);
/** `1 h`, `30 min`, `45 s`; what is no round number as a clock shows it. */
export function roundTime(seconds: number): string {
  if (seconds < 60) return t('unit.second', { value: oneOrNone.format(seconds) });
  if (seconds % 3600 === 0) return t('unit.hour', { value: seconds / 3600 });
  if (seconds % 60 === 0 && seconds < 3600) return t('unit.minute', { value: seconds / 60 });
  return clockTime(seconds * 1000);
}
const oneOrNone = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const oneDigit = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `18.2 KB`, `500 MB` (powers of ten). */
export function byteSize(bytes: number): string {
  const units = ['b', 'kb', 'mb', 'gb', 'tb'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = (unit === 0 || value >= 100 ? whole : oneDigit).format(value);
  return t(`unit.${units[unit] ?? 'b'}`, { value: text });
}
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
export const count = (value: number): string => whole.format(value);

const timeFormat = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const exactFormat = new Intl.DateTimeFormat(locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const dayFormat = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const dateFormat = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
export const timeOfDay = (ms: number): string => timeFormat.format(ms);
export const exactTime = (ms: number): string => `${exactFormat.format(ms)}.${`${ms % 1000}`.padStart(3, '0')}`;
export const dayName = (ms: number): string => dayFormat.format(ms);
export const dateOf = (ms: number): string => dateFormat.format(ms);

/** Whole days between two times, by the calendar of this machine. */
export function daysBetween(earlierMs: number, laterMs: number): number {
  const start = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);
  return Math.round((start(laterMs) - start(earlierMs)) / 86_400_000);
}

/** `gitlab.com` of `https://gitlab.com/`; what is no address stays as it is. */
export function hostOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return pathname === '/' ? host : host + pathname.replace(/\/$/, '');
  } catch {
    return url;
  }
}
