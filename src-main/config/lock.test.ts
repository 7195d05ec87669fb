import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { holderOf, takeLock } from './lock.ts';
import { startOf } from './process-start.ts';

const root = await mkdtemp(join(tmpdir(), 'harrier-lock-'));
afterAll(() => rm(root, { recursive: true }));
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'x'));
  path = join(folder, 'config.toml');
});

describe('the lock beside a config file', () => {
  it('is 0600, names the pid, keeps a second engine out and is gone after release', async () => {
    const lock = await takeLock(path);
    expect(Number((await readFile(`${path}.lock`, 'utf8')).split(' ')[0])).toBe(process.pid);
    if (process.platform !== 'win32') expect((await stat(`${path}.lock`)).mode & 0o777).toBe(0o600);
    await expect(takeLock(path)).rejects.toMatchObject({
      code: 'ENGINE_RUNNING',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    expect(await holderOf(path)).toBe(process.pid);
    await lock.release();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    expect(await holderOf(path)).toBeUndefined();
    await (await takeLock(path)).release();
  });

  it('of many that start at once, one gets it', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path)));
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const { value } of won) await value.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    { why: 'a process that is gone', text: async () => `${await deadPid()} t1 ${await host()}\n` },
    { why: 'a pid that somebody else has by now', text: async () => `${process.pid} t1-00000000 ${await host()}\n` },
    {
      why: 'another host, such as an earlier container',
      text: async () => `${process.pid} ${await startOf(process.pid)} elsewhere\n`,
    },
    { why: 'an empty file', text: async () => '' },
    { why: 'nonsense', text: async () => 'hello\n' },
  ])('is taken over from $why', async ({ text }) => {
    await writeFile(`${path}.lock`, await text());
    const lock = await takeLock(path);
    expect(await holderOf(path)).toBe(process.pid);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('of many that find a dead one, one takes it over', async () => {
    await writeFile(`${path}.lock`, `${await deadPid()} t1 ${await host()}\n`);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path)));
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const { value } of won) await value.release();
  });

  it('is one lock for a file and a link to it', async () => {
    await writeFile(path, '');
    await symlink(path, join(folder, 'link.toml'));
    const lock = await takeLock(join(folder, 'link.toml'));
    await expect(takeLock(path)).rejects.toMatchObject({ code: 'ENGINE_RUNNING' });
    await lock.release();
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'lies apart when the folder cannot be written',
    async () => {
      await chmod(folder, 0o500);
      const lock = await takeLock(path);
      await expect(takeLock(path)).rejects.toMatchObject({ code: 'ENGINE_RUNNING' });
      expect(await holderOf(path)).toBe(process.pid);
      await lock.release();
      expect(await holderOf(path)).toBeUndefined();
      await chmod(folder, 0o700);
    },
  );
});

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((done) => child.once('exit', done));
  return child.pid ?? 0;
}
const host = async (): Promise<string> => (await import('node:os')).hostname();
