import { appendFile, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { createLogger } from '../base/logger.ts';
import type { LoadResult } from './load.ts';
import { type WatchedConfig, watchConfig } from './watch.ts';

const root = await mkdtemp(join(tmpdir(), 'harrier-watch-'));
afterAll(() => rm(root, { recursive: true }));
let path: string;
let said: string[];
let watched: WatchedConfig | undefined;
beforeEach(async () => {
  path = join(await mkdtemp(join(root, 'x')), 'config.toml');
  said = [];
});
afterEach(() => watched?.close());

const log = createLogger((level, message, fields) => said.push(`${level} ${message} ${fields['error'] ?? ''}`.trim()));
const open = async (mayBeMissing = false): Promise<WatchedConfig> =>
  (watched = await watchConfig({ path, env: {}, clock: systemClock, log, mayBeMissing }));
const next = (config: WatchedConfig): Promise<LoadResult> =>
  new Promise((done) => {
    const stop = config.onChange((result) => {
      stop();
      done(result);
    });
  });

it('a change is seen, however the file is saved', async () => {
  await writeFile(path, 'concurrent = 1\n');
  const config = await open();
  const inPlace = next(config);
  await writeFile(path, 'concurrent = 2\n');
  expect((await inPlace).config.concurrent).toBe(2);
  const replaced = next(config);
  await writeFile(`${path}.new`, 'concurrent = 3\n');
  await rename(`${path}.new`, path);
  expect((await replaced).config.concurrent).toBe(3);
  // An older time of change (a backup put back) is a change too.
  const older = next(config);
  await writeFile(`${path}.old`, 'concurrent = 4\n');
  await utimes(`${path}.old`, 1000, 1000);
  await rename(`${path}.old`, path);
  expect((await older).config.concurrent).toBe(4);
});

it('a broken edit keeps the last good one and says so; the next good one ends the trouble', async () => {
  await writeFile(path, 'concurrent = 2\n');
  const config = await open();
  const broken = next(config);
  await writeFile(path, 'concurrent = \n');
  expect(await broken).toMatchObject({ config: { concurrent: 2 }, problem: expect.stringContaining(`${path}:1:`) });
  const good = next(config);
  await writeFile(path, 'concurrent = 5\n');
  const result = await good;
  expect(result.config.concurrent).toBe(5);
  expect(result.problem).toBeUndefined();
  expect(said.filter((line) => line.startsWith('error'))).toHaveLength(1);
});

it('a file that vanishes leaves its runners in force', async () => {
  await writeFile(path, 'concurrent = 2\n');
  const config = await open();
  const gone = next(config);
  await rm(path);
  expect(await gone).toMatchObject({ config: { concurrent: 2 }, problem: `there is no config file ${path}` });
});

it('a file that is not there: an error for run, empty for the app until it appears', async () => {
  await expect(open()).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
  const config = await open(true);
  expect(config.current().config.runners).toEqual([]);
  await config.reload();
  expect(config.current().problem).toBeUndefined();
  const appeared = next(config);
  await writeFile(path, 'concurrent = 7\n');
  expect((await appeared).config.concurrent).toBe(7);
});

it('half a file is not read while somebody writes it', async () => {
  await writeFile(path, '[[runners]]\nname = "a"\nurl = "http://x.test"\ntoken = "t"\n');
  const config = await open();
  const seen: LoadResult[] = [];
  config.onChange((result) => seen.push(result));
  const last = next(config);
  await writeFile(path, '');
  for (const line of ['[[runners]]\n', 'name = "b"\n', 'url = "http://x.test"\n', 'token = "t"\n']) {
    await systemClock.sleep(50);
    await appendFile(path, line);
  }
  await last;
  expect(seen.map(({ config: { runners } }) => runners?.map(({ name }) => name))).toEqual([['b']]);
});

it('an unknown key is told once, however often the file is read and wherever the line goes', async () => {
  await writeFile(path, 'concurent = 2\n');
  const config = await open();
  await config.reload();
  await writeFile(path, '# moved\nconcurent = 2\n');
  await config.reload();
  expect(said.filter((line) => line.startsWith('warning'))).toEqual([
    `warning ${path}:1:1: unknown key concurent; did you mean concurrent?`,
  ]);
});
