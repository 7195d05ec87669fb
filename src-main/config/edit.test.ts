import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { setValue } from '../../src-shared/toml/edit.ts';
import { addRunner, editConfig, removeRunner, setRunnerKeys } from './edit.ts';
import { readConfigText } from './read-text.ts';

const root = await mkdtemp(join(tmpdir(), 'harrier-edit-'));
afterAll(() => rm(root, { recursive: true }));
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'x'));
  path = join(folder, 'config.toml');
});
const text = (): Promise<string> => readFile(path, 'utf8');

const two = `concurrent = 2 # both

# one
[[runners]]
	name = "one"
	url = "https://a.test"
	token = "$TOKEN"

# two
[[runners]]
	name = "two"
	url = "https://b.test"
	token = "glrt-2"
`;

describe('saving', () => {
  it('writes 0600, keeps what was before beside it, leaves no other file', async () => {
    await writeFile(path, two, { mode: 0o644 });
    const { changed, hash } = await editConfig(path, setValue(['concurrent'], 3));
    expect(changed).toBe(true);
    expect(hash).toBe((await readConfigText(path))?.hash);
    expect(await text()).toBe(two.replace('= 2', '= 3'));
    expect(await readFile(`${path}.bak`, 'utf8')).toBe(two);
    expect((await readdir(folder)).sort()).toEqual(['config.toml', 'config.toml.bak']);
    if (process.platform !== 'win32')
      for (const file of [path, `${path}.bak`]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('an edit that changes nothing writes nothing', async () => {
    await writeFile(path, two);
    const before = await stat(path);
    expect(await editConfig(path, setValue(['concurrent'], 2))).toMatchObject({ changed: false });
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
    expect(await readdir(folder)).toEqual(['config.toml']);
  });

  it('a new file and its folder are made', async () => {
    const deep = join(folder, 'a', 'config.toml');
    await editConfig(deep, addRunner({ name: 'n', url: 'https://a.test', token: 't' }));
    expect(await readFile(deep, 'utf8')).toBe(
      'concurrent = 1\ncheck_interval = 0\nconnection_max_age = "15m0s"\nshutdown_timeout = 0\n\n[session_server]\n  session_timeout = 1800\n\n[[runners]]\n  name = "n"\n  url = "https://a.test"\n  token = "t"\n',
    );
    if (process.platform !== 'win32') expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700);
  });

  it.skipIf(process.platform === 'win32')('behind a link the file is changed, the link stays', async () => {
    await writeFile(path, two);
    await symlink(path, join(folder, 'link.toml'));
    await editConfig(join(folder, 'link.toml'), setValue(['concurrent'], 4));
    expect(await text()).toContain('concurrent = 4');
  });

  it('a variable in the token stays a variable', async () => {
    await writeFile(path, two);
    await editConfig(path, setRunnerKeys(0, { limit: 1 }));
    expect(await text()).toContain('token = "$TOKEN"\n\tlimit = 1\n');
  });
});

describe('what is refused leaves the file as it was', () => {
  it.each([
    {
      why: 'a value that the file could not be loaded with',
      edit: setValue(['concurrent'], 0),
      code: 'CONFIG_INVALID',
    },
    { why: 'a text that is no TOML', edit: () => 'a = = 1', code: 'CONFIG_INVALID' },
    { why: 'a runner that is gone', edit: removeRunner(2), code: 'RUNNER_UNKNOWN' },
    { why: 'a key of a runner that is gone', edit: setRunnerKeys(7, { limit: 1 }), code: 'RUNNER_UNKNOWN' },
  ])('$why', async ({ edit, code }) => {
    await writeFile(path, two);
    await expect(editConfig(path, edit)).rejects.toMatchObject({ code });
    expect(await text()).toBe(two);
    expect(await readdir(folder)).toEqual(['config.toml']);
  });

  it('a change on the base of an older text', async () => {
    await writeFile(path, two);
    const read = await readConfigText(path);
    await writeFile(path, `${two}# mine\n`);
    await expect(editConfig(path, setValue(['concurrent'], 3), { basedOn: read?.hash ?? '' })).rejects.toMatchObject({
      code: 'CONFIG_CONFLICT',
    });
    expect(await text()).toBe(`${two}# mine\n`);
  });

  it('a file that cannot be written: the folder is a file', async () => {
    await writeFile(path, two);
    await expect(editConfig(join(path, 'config.toml'), addRunner({ name: 'x' }))).rejects.toMatchObject({
      code: 'CONFIG_WRITE_FAILED',
    });
  });
});

describe('runners', () => {
  it('one is added at the end and taken out again without a trace', async () => {
    await writeFile(path, two);
    await editConfig(path, addRunner({ name: 'three', token: 't', docker: { image: 'x', volumes: ['/cache'] } }));
    expect(await text()).toBe(
      `${two}\n[[runners]]\n\tname = "three"\n\ttoken = "t"\n\t[runners.docker]\n\t\timage = "x"\n\t\tvolumes = ["/cache"]\n`,
    );
    await editConfig(path, removeRunner(2));
    expect(await text()).toBe(two);
  });

  it('the first of two goes with its comment', async () => {
    await writeFile(path, two);
    await editConfig(path, removeRunner(0));
    expect(await text()).toBe(`concurrent = 2 # both\n\n${two.slice(two.indexOf('# two'))}`);
  });

  it('several keys at once, dates too', async () => {
    await writeFile(path, two);
    await editConfig(
      path,
      setRunnerKeys(1, { token: 'glrt-3', token_expires_at: new Date('2027-01-01T00:00:00Z'), url: 'https://c.test' }),
    );
    expect(await text()).toBe(
      `${two.replace('glrt-2', 'glrt-3').replace('b.test', 'c.test')}\ttoken_expires_at = 2027-01-01T00:00:00Z\n`,
    );
  });

  it('CRLF and a byte order mark stay', async () => {
    const windows = `\uFEFF${two.replaceAll('\n', '\r\n')}`;
    await writeFile(path, windows);
    await editConfig(path, setRunnerKeys(0, { name: 'eins' }));
    expect(await text()).toBe(windows.replace('"one"', '"eins"'));
  });
});
