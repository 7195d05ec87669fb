import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobView } from '../../src-shared/ipc.ts';
import { openHistory, traceFileOf } from './history.ts';

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

it('keeps ended jobs over a restart, newest first, and passes over a torn line', async () => {
  const path = join(folder, 'history.ndjson');
  const first = await openHistory(path);
  for (const id of [1, 2, 1]) first.add(view(id), await jobFolder(id));
  await first.flush();
  await appendFile(path, '{"folder":"/x","view":{"ke');
  const second = await openHistory(path);
  expect(second.jobs.map(({ id }) => id)).toEqual([1, 2]);
  expect(second.folderOf('r-2')).toBe(join(folder, 'jobs', '2'));
});

it.each([
  { why: 'number of jobs', options: { keepJobs: 2 }, bytes: 10 },
  { why: 'size of logs', options: { keepBytes: 25 }, bytes: 10 },
])('removes the oldest beyond the $why', async ({ options, bytes }) => {
  const history = await openHistory(join(folder, 'history.ndjson'), options);
  for (const id of [1, 2, 3, 4]) history.add(view(id, bytes), await jobFolder(id));
  await history.flush();
  expect(history.jobs.map(({ id }) => id)).toEqual([4, 3]);
  expect((await readdir(join(folder, 'jobs'))).sort()).toEqual(['3', '4']);
});
