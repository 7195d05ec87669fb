import type { EngineSnapshot, RunnerView } from '../../src-shared/ipc.ts';
import { t } from '../app/text.ts';
import { dateOf, daysBetween, hostOf, timeOfDay } from '../ui/format.ts';

/** The state as a word, with its number or its end. */
export function runnerWord(runner: RunnerView): string {
  if (runner.state === 'busy') return t('runner.busy', { count: runner.running });
  if (runner.state === 'paused' && runner.pausedUntilPluggedIn) return t('runner.pausedUntilPluggedIn');
  if (runner.state === 'paused' && runner.pausedUntilMs !== undefined)
    return t('runner.pausedUntil', { time: timeOfDay(runner.pausedUntilMs) });
  return t(`runner.${runner.state}`);
}

/** `gitlab.com · shell, zsh`: where its jobs come from and how they run. */
export const whereText = (runner: RunnerView): string =>
  [runner.local ? t('runners.local') : hostOf(runner.url), [runner.executor, runner.shell].filter(Boolean).join(', ')]
    .filter(Boolean)
    .join(' · ');

/** Why it is as it is; the line of the config file is named once. */
export function reasonOf({ reason = '', line, local, state }: RunnerView): string {
  if (local && state === 'idle') return t('runners.localIdle');
  return line === undefined || /^line \d/i.test(reason)
    ? reason.replace(/^line/, 'Line')
    : t('runner.atLine', { line, reason });
}

/** Slots that this runner may use; without a limit of its own all of the machine's. */
export const slotsOf = (runner: RunnerView, concurrent: number): number =>
  runner.limit > 0 ? Math.min(runner.limit, Math.max(concurrent, runner.limit)) : concurrent;

/** `2 s ago`, `8 min ago`, `13:58`. */
export function agoText(ms: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - ms) / 1000));
  if (seconds < 60) return t('ago.seconds', { count: seconds });
  if (seconds < 3600) return t('ago.minutes', { count: Math.floor(seconds / 60) });
  return daysBetween(ms, nowMs) === 0 ? timeOfDay(ms) : dateOf(ms);
}

export function expiryText(isoTime: string, nowMs: number): string {
  const ms = Date.parse(isoTime);
  const days = daysBetween(nowMs, ms);
  return days < 0 ? t('runner.expired', { date: dateOf(ms) }) : t('runner.expires', { date: dateOf(ms), count: days });
}

/** Why a pause cannot wait for the mains; undefined where it can. */
export const noPluggedIn = (power: EngineSnapshot['power']): string | undefined =>
  power === 'battery' ? undefined : t(power === 'mains' ? 'pause.isPluggedIn' : 'pause.noBattery');

export const hourMs = 3_600_000;

/** Tomorrow at eight in the morning. */
export function tomorrowMs(nowMs: number): number {
  const day = new Date(nowMs);
  day.setDate(day.getDate() + 1);
  return day.setHours(8, 0, 0, 0);
}
