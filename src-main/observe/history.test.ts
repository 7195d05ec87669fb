import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobView } from '../../src-shared/ipc.ts';
import { systemClock } from '../base/clock.ts';
import { type HistoryLimits, type HistoryOptions, openHistory, traceFileOf } from './history.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const view = (id: number, traceBytes = 10): JobView => ({
  key: `r-${id}`,
  id,
  name: 'build',
  stage: 'test',
  project: 'group/project',
  ref: 'main',
  sha: 'abc',
  runner: 'r',
  runnerName: 'mine',
  executor: 'shell',
  state: 'passed',
  startedMs: id,
  timeoutSeconds: 3600,
  traceBytes,
  stages: [],
  details: {},
});
const jobFolder = async (id: number): Promise<string> => {
  const path = join(folder, 'jobs', `${id}`);
  await mkdir(path, { recursive: true });
  await writeFile(traceFileOf(path), 'log');
  return path;
};

const path = (): string => join(folder, 'history.ndjson');
const open = (limits: Partial<HistoryLimits> = {}, more: Partial<HistoryOptions> = {}) =>
  openHistory(path(), {
    clock: systemClock,
    limits: () => ({ count: 100, ageMs: 0, bytes: 1000, ...limits }),
    isNeeded: () => false,
    onProblem: (error) => {
      throw error;
    },
    onChange: () => {},
    ...more,
  });
const idsOf = ({ jobs }: { readonly jobs: readonly JobView[] }): number[] => jobs.map(({ id }) => id);

it('keeps ended jobs over a restart, newest first, and passes over a torn line', async () => {
  const first = await open();
  for (const id of [1, 2, 1]) first.add(view(id), await jobFolder(id));
  await first.close();
  await appendFile(path(), '{"folder":"/x","view":{"ke');
  const second = await open();
  expect(idsOf(second)).toEqual([1, 2]);
  expect(second.folderOf('r-2')).toBe(join(folder, 'jobs', '2'));
  second.add(view(3), await jobFolder(3));
  await second.close();
  const third = await open();
  expect(idsOf(third)).toEqual([3, 1, 2]);
  await third.close();
});

it.each([
  { why: 'number of jobs', limits: { count: 2 }, left: [4, 3] },
  { why: 'size of logs', limits: { bytes: 25 }, left: [4, 3] },
  { why: 'size of logs, but the newest is shown', limits: { bytes: 5 }, left: [4] },
  { why: 'age', limits: { ageMs: systemClock.now() - 3 - 0.5 }, left: [] },
  { why: 'nothing', limits: { count: 0 }, left: [] },
])(
  'what goes beyond the $why goes at once, folder and all, and stays away after a restart',
  async ({ limits, left }) => {
    const history = await open(limits);
    for (const id of [1, 2, 3, 4]) history.add(view(id), await jobFolder(id));
    await history.close();
    expect(idsOf(history)).toEqual(left);
    expect((await readdir(join(folder, 'jobs'))).map(Number).sort((a, b) => b - a)).toEqual(left);
    const again = await open();
    expect(idsOf(again)).toEqual(left);
    await again.close();
  },
);

it('limits that were lowered count at the start and when they change; what is still needed stays', async () => {
  const first = await open();
  for (const id of [1, 2, 3, 4]) first.add(view(id), await jobFolder(id));
  await first.close();
  let count = 3;
  const second = await open(
    {},
    {
      limits: () => ({ count, ageMs: 0, bytes: 1000 }),
      isNeeded: (each) => each === join(folder, 'jobs', '1'),
    },
  );
  expect(idsOf(second)).toEqual([4, 3, 2, 1]);
  count = 1;
  second.trim();
  await second.close();
  expect(idsOf(second)).toEqual([4, 1]);
  expect((await readdir(join(folder, 'jobs'))).sort()).toEqual(['1', '4']);
});

it('a long history that is trimmed job by job does not grow its file without end', async () => {
  const history = await open({ count: 5 });
  for (let id = 1; id <= 1200; id += 1) history.add(view(id), join(folder, 'jobs', `${id}`));
  await history.close();
  expect((await readFile(path(), 'utf8')).split('\n').length).toBeLessThan(600);
  const again = await open();
  expect(idsOf(again)).toEqual([1200, 1199, 1198, 1197, 1196]);
  await again.close();
});
