import { expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { createExecutorProbe } from './executor-probe.ts';

it('asks once a minute for what is the same, tells what changed, and waits for nobody longer than its bound', async () => {
  let nowMs = 0;
  const clock = { ...systemClock, monotonic: () => nowMs, sleep: () => Promise.resolve() };
  const asked: string[] = [];
  const answers = new Map<string, Promise<'ok' | 'failed'>>([['docker', Promise.resolve('failed')]]);
  let changes = 0;
  const probe = createExecutorProbe({
    clock,
    env: {},
    runners: () => [
      { name: 'one', executor: 'docker' },
      { name: 'two', executor: 'docker' },
      { name: 'far', executor: 'ssh' },
    ],
    onChange: () => {
      changes += 1;
    },
    check: async (executor) => {
      asked.push(executor);
      const state = await (answers.get(executor) ?? new Promise<never>(() => {}));
      return [{ id: 'engine', state, text: `${executor} is away` }];
    },
  });
  await probe.look();
  await expect.poll(() => changes).toBe(1);
  const troubles = ['one', 'two'].map((runner) => ({ executor: 'docker', runner, text: 'docker is away' }));
  expect(probe.troubles).toEqual(troubles);
  await probe.look();
  expect(asked).toEqual(['docker', 'ssh']);
  answers.set('docker', Promise.resolve('ok'));
  nowMs = 61_000;
  await probe.look();
  await expect.poll(() => probe.troubles).toEqual([]);
  expect([asked, changes]).toEqual([['docker', 'ssh', 'docker'], 2]);
});
