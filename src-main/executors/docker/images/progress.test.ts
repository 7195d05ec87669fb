import { expect, it } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import { createProgress } from './progress.ts';

it('a long pull says every ten seconds how far it is, the window hears of it more often', () => {
  let now = 0;
  const lines: string[] = [];
  const shown: string[] = [];
  const log = { plain: (text: string) => void lines.push(text), info() {}, warning() {}, error() {}, raw() {} };
  const clock = { ...systemClock, monotonic: () => now };
  const take = createProgress({ log, clock, onDetail: (_, value) => shown.push(value) });
  take({ status: 'Pulling from x' });
  take({ status: 'Already exists', layer: 'a' });
  for (; now < 21_000; now += 1000) take({ status: 'Downloading', layer: 'b', current: now * 1000, total: 40_000_000 });
  expect(lines).toEqual([
    'Pulled 1 of 2 layers, 10 MB of 40 MB downloaded ...',
    'Pulled 1 of 2 layers, 20 MB of 40 MB downloaded ...',
  ]);
  expect(shown).toHaveLength(20);
});
