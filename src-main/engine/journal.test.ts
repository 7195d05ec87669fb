import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type JournalLine, openJournal } from './journal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const taken = (key: string): JournalLine => ({
  kind: 'taken',
  key,
  id: 1,
  token: 'job-token',
  runner: 'r',
  url: 'http://gitlab.test',
  executor: 'shell',
  folder: '/jobs/1',
  deadlineMs: 5,
});

it('gives the next start what did not end, with its handles, offset and result', async () => {
  const path = join(folder, 'journal');
  const first = await openJournal(path);
  expect(first.open).toEqual([]);
  await first.append(taken('a'));
  await Promise.all([
    first.append({ kind: 'handle', key: 'a', handle: { kind: 'processGroup', id: '12', proof: '99' } }),
    first.append({ kind: 'acknowledged', key: 'a', offset: 70 }),
    first.append(taken('b')),
    first.append({ kind: 'ended', key: 'b' }),
  ]);
  await first.append({ kind: 'result', key: 'a', result: { state: 'failed', exitCode: 3, message: 'm' } });
  await first.close();
  for (let round = 0; round < 2; round += 1) {
    const next = await openJournal(path);
    expect(next.open).toMatchObject([
      { key: 'a', acknowledged: 70, handles: [{ id: '12', proof: '99' }], result: { state: 'failed', exitCode: 3 } },
    ]);
    await next.close();
  }
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('sets broken lines aside and goes on', async () => {
  const path = join(folder, 'journal');
  const first = await openJournal(path);
  await first.append(taken('a'));
  await first.close();
  await appendFile(path, '{"kind":"taken","key":"c"}\n{"kind":"resu');
  const next = await openJournal(path);
  expect(next.open.map(({ key }) => key)).toEqual(['a']);
  expect(await readFile(join(folder, 'journal.bad'), 'utf8')).toBe('{"kind":"taken","key":"c"}\n{"kind":"resu\n');
  await next.close();
});
