import type { RunnerView } from '../../src-shared/ipc.ts';
import { t } from '../app/text.ts';
import { dateOf, daysBetween, timeOfDay } from '../ui/format.ts';
import type { IconState } from '../ui/state-icon.tsx';
import { agoText, slotsOf } from './describe.ts';

/** One condition of a job's coming, and whether it is met. */
export interface Check {
  readonly id: string;
  readonly state: IconState;
  readonly text: string;
}
/** Twice the slowest ordinary pace: a long poll of a minute is no silence. */
const quietAfterMs = 120_000;

/**
 * RUN4: what must be so that a job comes, compared with what this machine knows and what the server last said. What
 * GitLab holds (tags, protected, paused) is known only where Harrier made the runner or was allowed to ask.
 */
export function whyChecks(runner: RunnerView, concurrent: number, stopped: boolean, now: number): readonly Check[] {
  return [contactCheck(runner, stopped, now), ...hereChecks(runner, concurrent, now), ...serverChecks(runner)];
}

const check = (id: string, state: IconState, text: string): Check => ({ id, state, text });

function contactCheck(runner: RunnerView, stopped: boolean, now: number): Check {
  const contact = runner.lastContactMs;
  if (stopped) return check('engine', 'warning', t('why.stopped'));
  if (runner.state === 'unhealthy') return check('contact', 'failed', runner.reason ?? t('why.never'));
  if (contact === undefined) return check('contact', 'warning', t('why.never'));
  return now - contact < quietAfterMs
    ? check('contact', 'passed', t('why.online', { ago: agoText(contact, now) }))
    : check('contact', 'warning', t('why.quiet', { ago: agoText(contact, now) }));
}

function hereChecks(runner: RunnerView, concurrent: number, now: number): readonly Check[] {
  const total = slotsOf(runner, concurrent);
  const free = Math.max(0, total - runner.running);
  const expired = runner.tokenExpiresAt !== undefined && Date.parse(runner.tokenExpiresAt) <= now;
  return [
    runner.state === 'paused'
      ? check(
          'paused',
          'warning',
          runner.pausedUntilPluggedIn
            ? t('why.pausedUntilPluggedIn')
            : runner.pausedUntilMs === undefined
              ? t('why.paused')
              : t('why.pausedUntil', { time: timeOfDay(runner.pausedUntilMs) }),
        )
      : check('paused', 'passed', t('why.notPaused')),
    check('slots', free > 0 ? 'passed' : 'warning', t('why.slots', { free, total })),
    ...(expired ? [check('token', 'failed', t('why.expired'))] : []),
  ];
}

function serverChecks({ server }: RunnerView): readonly Check[] {
  if (server === undefined) return [check('tags', 'skipped', t('why.tagsOnServer'))];
  const tags = server.tags.join(', ');
  return [
    ...(server.paused ? [check('serverPaused', 'failed', t('why.serverPaused'))] : []),
    server.tags.length === 0
      ? check('tags', 'passed', t('why.noTags'))
      : server.runUntagged
        ? check('tags', 'skipped', t('why.tagsOrNone', { tags }))
        : check('tags', 'warning', t('why.tags', { tags })),
    ...(server.protectedOnly ? [check('protected', 'warning', t('why.protected'))] : []),
    ...(server.locked ? [check('locked', 'skipped', t('why.locked'))] : []),
    ...(server.maximumTimeout !== undefined
      ? [check('timeout', 'skipped', t('why.timeout', { minutes: Math.round(server.maximumTimeout / 60) }))]
      : []),
  ];
}

/** When GitLab was last known to hold this. */
export const knownSince = (atMs: number, now: number): string =>
  daysBetween(atMs, now) === 0 ? timeOfDay(atMs) : dateOf(atMs);
