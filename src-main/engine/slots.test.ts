import { expect, it } from 'vitest';
import { createSlots, type Slot } from './slots.ts';

const must = (slot: Slot | string): Slot => {
  if (typeof slot === 'string') throw new Error(`no slot: ${slot}`);
  return slot;
};

it('gives as many slots as concurrent and limit allow', () => {
  const slots = createSlots(3);
  const first = must(slots.take('a', 1));
  expect(slots.take('a', 1)).toBe('limit');
  must(slots.take('b', 0));
  must(slots.take('b', 0));
  expect(slots.take('b', 0)).toBe('concurrent');
  first.release();
  first.release();
  expect(slots.taken).toBe(2);
  must(slots.take('a', 1));
});

it('numbers jobs with the lowest free number of token and project', () => {
  const slots = createSlots(9);
  const jobs = [7, 7, 8].map((project) => {
    const slot = must(slots.take('a', 0));
    return { slot, ids: slot.assign(project) };
  });
  expect(jobs.map(({ ids }) => [ids.runnerId, ids.projectRunnerId])).toEqual([
    [0, 0],
    [1, 1],
    [2, 0],
  ]);
  jobs[0]?.slot.release();
  expect(must(slots.take('a', 0)).assign(8)).toEqual({ runnerId: 0, projectRunnerId: 1 });
  expect(must(slots.take('other', 0)).assign(7)).toEqual({ runnerId: 0, projectRunnerId: 0 });
});

it('tells when a slot comes back, and whether a job had it', () => {
  const slots = createSlots(2);
  const told: boolean[] = [];
  slots.onFree((afterJob) => told.push(afterJob));
  must(slots.take('a', 0)).release();
  const used = must(slots.take('a', 0));
  used.assign(1);
  used.release();
  slots.setConcurrent(3);
  slots.setConcurrent(2);
  expect(told).toEqual([false, true, false]);
});
