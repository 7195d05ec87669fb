import { describe, expect, it } from 'vitest';
import { type MachineFacts, type MachineState, toCreate, toRemove } from './policy.ts';
import { type MachineSettings, readSettings } from './settings.ts';

const settings = (more: Partial<MachineSettings & MachineSettings['idle']>): MachineSettings => ({
  driver: 'none',
  name: '%s',
  options: [],
  optionsWithName: [],
  maxBuilds: 0,
  maxGrowthRate: 0,
  maxRemovalAttempts: 1,
  limit: 0,
  ...more,
  idle: { count: 0, min: 0, factor: 0, timeMs: 1000, ...more },
});
const machines = (...states: readonly (MachineState | Partial<MachineFacts>)[]): MachineFacts[] =>
  states.map((each) => ({
    state: 'idle',
    uses: 0,
    lastUsedMs: 0,
    ...(typeof each === 'string' ? { state: each } : each),
  }));

describe('machines to create', () => {
  it.each([
    { why: 'none wanted', given: settings({}), there: [], number: 0 },
    { why: 'as many as shall wait', given: settings({ count: 3 }), there: [], number: 3 },
    { why: 'those that come count', given: settings({ count: 3 }), there: ['creating', 'acquired'], number: 1 },
    { why: 'those at work do not', given: settings({ count: 2 }), there: ['used', 'used', 'removing'], number: 2 },
    { why: 'no more at once than allowed', given: settings({ count: 5, maxGrowthRate: 2 }), there: [], number: 2 },
    {
      why: 'those under way count for that',
      given: settings({ count: 5, maxGrowthRate: 2 }),
      there: ['creating'],
      number: 1,
    },
    { why: 'the limit holds', given: settings({ count: 5, limit: 3 }), there: ['used', 'removing'], number: 1 },
    { why: 'a factor: at least the minimum', given: settings({ count: 9, factor: 1, min: 2 }), there: [], number: 2 },
    {
      why: 'a factor of those at work, rounded down',
      given: settings({ count: 9, factor: 1.5, min: 1 }),
      there: ['used', 'used', 'used', 'idle'],
      number: 3,
    },
    {
      why: 'a factor: no more than the count',
      given: settings({ count: 2, factor: 3, min: 1 }),
      there: ['used', 'used'],
      number: 2,
    },
  ] as const)('$why', ({ given, there, number }) => {
    expect(toCreate(given, machines(...there))).toBe(number);
  });
});

describe('machines to remove', () => {
  const now = 10_000;
  it.each<{ why: string; given: MachineSettings; there: (MachineState | Partial<MachineFacts>)[]; reasons: object }>([
    {
      why: 'one too many that has waited',
      given: settings({}),
      there: ['idle'],
      reasons: { 0: 'too many idle machines' },
    },
    { why: 'one that has just worked stays', given: settings({}), there: [{ lastUsedMs: 9500 }], reasons: {} },
    { why: 'as many as shall wait stay', given: settings({ count: 1 }), there: ['idle'], reasons: {} },
    {
      why: 'the ones that worked last stay',
      given: settings({ count: 1 }),
      there: [{ lastUsedMs: 1 }, { lastUsedMs: 3 }, { lastUsedMs: 2 }],
      reasons: { 0: 'too many idle machines', 2: 'too many idle machines' },
    },
    {
      why: 'worn out, however few there are',
      given: settings({ count: 2, maxBuilds: 3 }),
      there: [{ uses: 3, lastUsedMs: now }, { uses: 2 }],
      reasons: { 0: 'too many builds' },
    },
    {
      why: 'above the limit, however fresh',
      given: settings({ count: 5, limit: 2 }),
      there: ['used', { lastUsedMs: now }, { lastUsedMs: now - 1 }],
      reasons: { 2: 'too many machines' },
    },
    { why: 'nobody at work', given: settings({ limit: 1 }), there: ['used', 'creating', 'acquired'], reasons: {} },
  ])('$why', ({ given, there, reasons }) => {
    const all = machines(...there);
    expect(
      Object.fromEntries(toRemove(given, all, now).map(({ machine, reason }) => [all.indexOf(machine), reason])),
    ).toEqual(reasons);
  });
});

describe('settings at a moment', () => {
  const machine = {
    MachineName: 'm-%s',
    IdleCount: 1,
    IdleTime: 60,
    autoscaling: [
      { Periods: ['* * * * * * *'], IdleCount: 2, IdleScaleFactor: 0.5 },
      { Periods: ['* * 9-17 * * mon-fri *', '* * 20 * * * *'], Timezone: 'Europe/Berlin', IdleCount: 5, IdleTime: 7 },
    ],
  };
  const at = (moment: string, more: object = {}) =>
    readSettings({ machine: { ...machine, ...more } }, Date.parse(moment)).idle;

  it.each([
    { why: 'the last period that fits', moment: '2026-11-25T08:30:00Z', idle: { count: 5, timeMs: 7000, factor: 0 } },
    {
      why: 'its time zone: still 8 in Berlin',
      moment: '2026-11-25T07:59:59Z',
      idle: { count: 2, factor: 0.5, min: 1 },
    },
    { why: 'summer time', moment: '2026-06-24T07:00:00Z', idle: { count: 5 } },
    { why: 'a weekend', moment: '2026-11-28T10:00:00Z', idle: { count: 2 } },
    { why: 'any of its patterns', moment: '2026-11-28T19:10:00Z', idle: { count: 5 } },
  ])('$why', ({ moment, idle }) => {
    expect(at(moment)).toMatchObject(idle);
  });

  it('outside of all periods the section itself counts', () => {
    expect(at('2026-11-25T08:30:00Z', { autoscaling: [] })).toEqual({ count: 1, min: 0, factor: 0, timeMs: 60_000 });
  });

  it('without a name there are no machines', () => {
    expect(() => readSettings({}, 0)).toThrow('missing Machine options');
  });
});
