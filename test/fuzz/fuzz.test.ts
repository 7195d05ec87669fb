import { afterAll, expect, it } from 'vitest';
import { bundleWorker } from '../../src-main/archive/testing/worker-bundle.ts';
import { fuzz } from './run.ts';
import { createTargets } from './targets.ts';

/** `npm run fuzz` tries 100,000 of each, in a process of its own each. */
const count = 300;
const worker = await bundleWorker();
afterAll(() => worker.remove());

it.each(createTargets(worker.path))('$name: no crash, no hang', async (target) => {
  const seed = Date.now() & 0x7fffffff;
  const { problem, inputs } = await fuzz(target, count, seed);
  expect(problem, `seed ${seed}`).toBeUndefined();
  expect(inputs).toBe(count);
});
