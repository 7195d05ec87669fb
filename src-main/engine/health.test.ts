import { describe, expect, it } from 'vitest';
import { createHealth } from './health.ts';

const make = () =>
  createHealth({
    intervalMs: () => 3000,
    unhealthyLimit: () => 3,
    unhealthyIntervalMs: () => 600_000,
    random: () => 0.5,
  });

describe('health of a runner entry', () => {
  it('asks a refused token at the ordinary pace at first, then ever more seldom', () => {
    const health = make();
    const pauses = Array.from({ length: 8 }, () => health.refused('403 Forbidden'));
    expect(pauses).toEqual([3000, 3000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
    expect(health).toMatchObject({ state: 'refused', message: '403 Forbidden', count: 8 });
  });

  it('comes back to a server that was away within a minute, and respects Retry-After', () => {
    const health = make();
    const pauses = Array.from({ length: 6 }, () => health.failed('connection refused'));
    expect(pauses).toEqual([3000, 6000, 12_000, 24_000, 48_000, 60_000]);
    expect(health.failed('429', 300)).toBe(300_000);
  });

  it('one good answer forgets all', () => {
    const health = make();
    health.refused('no');
    health.ok();
    expect(health).toMatchObject({ state: 'healthy', message: undefined, count: 0 });
    expect(health.failed('away')).toBe(3000);
  });
});
