import { describe, expect, it } from 'vitest';
import { runners } from '../../test/support/recordings.ts';
import { agoText, expiryText, reasonOf, runnerWord, slotsOf, whereText } from './describe.ts';
import { whyChecks } from './why.ts';

const now = new Date(2026, 10, 25, 14, 9).getTime();
const named = (name: string) =>
  runners(now).find((runner) => runner.name === name) ?? (runners(now)[0] as ReturnType<typeof runners>[number]);

describe('words', () => {
  it.each([
    { why: 'busy with a count', text: runnerWord(named('studio-mbp')), words: 'Busy, 2 jobs' },
    { why: 'paused until', text: runnerWord(named('nightly')), words: 'Paused until 15:04' },
    {
      why: 'a place in the file, named by us',
      text: reasonOf({ ...named('nightly'), reason: 'no such executor', line: 9 }),
      words: 'Line 9: no such executor',
    },
    {
      why: 'a place in the file, named already',
      text: reasonOf({ ...named('nightly'), reason: 'line 9: no', line: 9 }),
      words: 'Line 9: no',
    },
    { why: 'where it works', text: whereText(named('studio-mbp-shell')), words: 'gitlab.orbit.dev · shell, zsh' },
    {
      why: 'an entry without an executor',
      text: whereText({ ...named('nightly'), executor: '' }),
      words: 'gitlab.com',
    },
    { why: 'seconds', text: agoText(now - 2000, now), words: '2 s ago' },
    { why: 'minutes', text: agoText(now - 8 * 60_000, now), words: '8 min ago' },
    { why: 'hours as the time of day', text: agoText(now - 2 * 3_600_000, now), words: '12:09' },
    {
      why: 'an end in days',
      text: expiryText(new Date(now + 51 * 86_400_000).toISOString(), now),
      words: 'Jan 15, 2027, in 51 days',
    },
    {
      why: 'an end that has passed',
      text: expiryText(new Date(now - 86_400_000).toISOString(), now),
      words: 'Nov 24, 2026, expired',
    },
  ])('$why', ({ text, words }) => expect(text).toBe(words));

  it('no limit means all slots of the machine', () => expect(slotsOf({ ...named('studio-mbp'), limit: 0 }, 6)).toBe(6));
});

describe('why is no job here', () => {
  const states = (name: string, stopped = false) =>
    whyChecks(named(name), 6, stopped, now).map(({ id, state }) => `${id} ${state}`);
  it.each([
    {
      why: 'all is well but tags',
      name: 'studio-mbp-shell',
      checks: ['contact passed', 'paused passed', 'slots passed', 'tags warning'],
    },
    {
      why: 'refused',
      name: 'design-tokens',
      checks: ['contact failed', 'paused passed', 'slots passed', 'tags warning'],
    },
    {
      why: 'all slots in use',
      name: 'studio-mbp',
      checks: ['contact passed', 'paused passed', 'slots warning', 'tags warning'],
    },
    {
      why: 'paused and quiet',
      name: 'nightly',
      checks: ['contact warning', 'paused warning', 'slots passed', 'tags warning'],
    },
  ])('$why', ({ name, checks }) => expect(states(name)).toEqual(checks));
  const server = { tags: [], runUntagged: true, locked: false, paused: false, protectedOnly: false, atMs: now };
  it.each([
    { why: 'GitLab was not asked', held: undefined, checks: ['tags skipped'] },
    { why: 'no tags', held: server, checks: ['tags passed'] },
    { why: 'tags only', held: { ...server, tags: ['a'], runUntagged: false }, checks: ['tags warning'] },
    { why: 'paused there', held: { ...server, paused: true }, checks: ['serverPaused failed', 'tags passed'] },
    {
      why: 'protected, locked, with a timeout',
      held: { ...server, tags: ['a'], protectedOnly: true, locked: true, maximumTimeout: 3600 },
      checks: ['tags skipped', 'protected warning', 'locked skipped', 'timeout skipped'],
    },
  ])('what GitLab holds: $why', ({ held, checks }) =>
    expect(
      whyChecks({ ...named('studio-mbp-shell'), server: held }, 6, false, now)
        .slice(3)
        .map(({ id, state }) => `${id} ${state}`),
    ).toEqual(checks),
  );
  it('an expired token is told', () =>
    expect(
      whyChecks({ ...named('studio-mbp-shell'), tokenExpiresAt: new Date(now - 1).toISOString() }, 6, false, now),
    ).toContainEqual(expect.objectContaining({ id: 'token', state: 'failed' })));
  it('a stopped engine comes first', () => expect(states('studio-mbp-shell', true)[0]).toBe('engine warning'));
});
