import { describe, expect, it } from 'vitest';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { silentLogger } from '../base/logger.ts';
import type { LoadedConfig } from '../engine/index.ts';
import { createTestClock } from '../job/testing/clock.ts';
import { startTokenRotation } from './token-rotation.ts';

const day = 24 * 3_600_000;

const bench = (
  runners: (now: number) => readonly RunnerConfig[],
  { fails = 0, ...more }: Partial<LoadedConfig> & { fails?: number } = {},
) => {
  const clock = createTestClock();
  const renewed: { key: string; atDay: number }[] = [];
  let left = fails;
  let loaded: LoadedConfig = {
    config: { runners: [...runners(clock.now())] },
    runnerProblems: [],
    warnings: [],
    ...more,
  };
  const listeners = new Set<(config: LoadedConfig) => void>();
  const began = clock.now();
  const end = startTokenRotation({
    config: {
      current: () => loaded,
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    clock,
    log: silentLogger,
    keyOf: ({ name }) => name ?? '',
    async renew(key) {
      renewed.push({ key, atDay: (clock.now() - began) / day });
      if (left > 0) {
        left -= 1;
        throw new Error('403 Forbidden');
      }
      const fresh = { token_obtained_at: new Date(clock.now()), token_expires_at: new Date(clock.now() + 1000 * day) };
      loaded = {
        ...loaded,
        config: {
          runners: (loaded.config.runners ?? []).map((each) => (each.name === key ? { ...each, ...fresh } : each)),
        },
      };
      for (const listener of listeners) listener(loaded);
    },
  });
  /** Moves the clock on, timer by timer, with all that they set off. */
  const until = async (days: number): Promise<void> => {
    for (;;) {
      await new Promise(setImmediate);
      const next = clock.nextMs;
      if (next === undefined || clock.now() + next > began + days * day) return;
      clock.step();
    }
  };
  return { renewed, until, end };
};
const runner = (name: string, now: number, days: readonly [obtained: number, expires: number]): RunnerConfig => ({
  name,
  token: `glrt-${name}`,
  token_obtained_at: new Date(now + days[0] * day),
  token_expires_at: new Date(now + days[1] * day),
});

describe('renewing tokens', () => {
  it('comes at three quarters of their life, the earliest first', async () => {
    const { renewed, until } = bench((now) => [runner('slow', now, [0, 40]), runner('quick', now, [0, 20])]);
    await until(35);
    expect(renewed).toEqual([
      { key: 'quick', atDay: 15 },
      { key: 'slow', atDay: 30 },
    ]);
  });

  it('is tried again after pauses that double up to an hour', async () => {
    const { renewed, until } = bench((now) => [runner('a', now, [-10, 1])], { fails: 8 });
    await until(1);
    const minutes = renewed.map(({ atDay }) => Math.round(atDay * 24 * 60));
    expect(minutes).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  });

  it('leaves alone what never expires, is forbidden, broken, or stands in a file that cannot be saved', async () => {
    const forbidden = (now: number): RunnerConfig => ({
      ...runner('forbidden', now, [-10, 1]),
      feature_flags: { FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: true },
    });
    const never: RunnerConfig = { name: 'never', token: 'glrt-n', token_expires_at: new Date('0001-01-01T00:00:00Z') };
    const some = bench((now) => [never, forbidden(now), runner('broken', now, [-10, 1])], {
      runnerProblems: [{ index: 2, message: 'wrong' }],
    });
    const none = bench((now) => [runner('a', now, [-10, 1])], { problem: 'line 3' });
    await some.until(2);
    await none.until(2);
    expect([...some.renewed, ...none.renewed]).toEqual([]);
  });

  it('ends when it is told to', async () => {
    const { renewed, until, end } = bench((now) => [runner('a', now, [0, 4])]);
    end();
    await until(5);
    expect(renewed).toEqual([]);
  });
});
