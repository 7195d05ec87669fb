import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { readSystemId } from './system-id.ts';

const root = await mkdtemp(join(tmpdir(), 'harrier-id-'));
afterAll(() => rm(root, { recursive: true }));
let path: string;
let file: string;
beforeEach(async () => {
  const folder = await mkdtemp(join(root, 'x'));
  path = join(folder, 'deep', 'config.toml');
  file = join(folder, 'deep', '.runner_system_id');
});
const machine = (id: string) => async () => id;
const unseen = (error: unknown): never => {
  throw error;
};

it('comes from the machine id as the official runner makes it, and is kept (0600, no newline)', async () => {
  // HMAC-SHA256 with the machine id as key and "gitlab-runner" as message, first 12 hex digits.
  const id = await readSystemId(path, unseen, machine('9d3a2f1c4b5e4d6f8a7b6c5d4e3f2a1b'));
  expect(id).toMatch(/^s_[0-9a-f]{12}$/);
  expect(await readFile(file, 'utf8')).toBe(id);
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readSystemId(path, unseen, machine('another'))).toBe(id);
});

it('without a machine id it is made by chance, and stays', async () => {
  const id = await readSystemId(path, unseen, machine(''));
  expect(id).toMatch(/^r_[0-9a-zA-Z]{12}$/);
  expect(await readSystemId(path, unseen, machine(''))).toBe(id);
});

it.each([
  { why: 'blanks around it do not count', text: ' s_0123456789ab\n', kept: true },
  { why: 'the other kind', text: 'r_ABCdef012345', kept: true },
  { why: 'too short', text: 's_0123', kept: false },
  { why: 'another letter in front', text: 'x_0123456789ab', kept: false },
  { why: 'empty', text: '', kept: false },
])('what is in the file: $why', async ({ text, kept }) => {
  const here = join(path, '..', '..', 'config.toml');
  await writeFile(join(here, '..', '.runner_system_id'), text);
  const id = await readSystemId(here, unseen, machine('m'));
  if (kept) expect(id).toBe(text.trim());
  else expect(await readFile(join(here, '..', '.runner_system_id'), 'utf8')).toBe(id);
});

it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'a folder that cannot be written is told, a file that cannot be read is an error',
  async () => {
    const folder = join(path, '..', '..');
    const problems: unknown[] = [];
    await chmod(folder, 0o500);
    expect(await readSystemId(join(folder, 'c.toml'), (error) => problems.push(error), machine('m'))).toMatch(/^s_/);
    expect(problems).toHaveLength(1);
    await chmod(folder, 0o700);
    await writeFile(join(folder, '.runner_system_id'), 's_0123456789ab', { mode: 0 });
    await expect(readSystemId(join(folder, 'c.toml'), unseen)).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
  },
);
