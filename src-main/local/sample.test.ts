import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareSample } from './sample.ts';

const source = resolve(import.meta.dirname, '../../assets/sample');
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'harrier-sample-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim();

it('is a repository with one commit of a neutral author and a clean work tree', async () => {
  const folder = await prepareSample({ source, folder: join(home, 'a', 'sample') });
  expect(git(folder, 'log', '--format=%an <%ae> %s')).toBe('Harrier <harrier@localhost> A small pipeline to try');
  expect(git(folder, 'status', '--porcelain')).toBe('');
  expect(git(folder, 'symbolic-ref', '--short', 'HEAD')).toBe('main');
  expect((await readdir(folder)).sort()).toEqual(['.git', '.gitlab-ci.yml', 'README.md', 'src']);
  expect(await readdir(join(home, 'a'))).toEqual(['sample']);
});

it('leaves what a person changed', async () => {
  const folder = await prepareSample({ source, folder: join(home, 'sample') });
  await writeFile(join(folder, '.gitlab-ci.yml'), 'mine: {script: "true"}\n');
  expect(await prepareSample({ source, folder })).toBe(folder);
  expect(await readFile(join(folder, '.gitlab-ci.yml'), 'utf8')).toBe('mine: {script: "true"}\n');
});

it('replaces what an interrupted try left', async () => {
  const folder = join(home, 'sample');
  await mkdir(join(folder, 'src'), { recursive: true });
  await prepareSample({ source, folder });
  expect(git(folder, 'rev-list', '--count', 'HEAD')).toBe('1');
});

it('two at once get the same repository', async () => {
  const folder = join(home, 'sample');
  expect(await Promise.all([1, 2, 3].map(() => prepareSample({ source, folder })))).toEqual([folder, folder, folder]);
  expect(await readdir(home)).toEqual(['sample']);
});

it('on Windows the pipeline is written for PowerShell', async () => {
  const folder = await prepareSample({ source, folder: join(home, 'sample'), platform: 'win32' });
  expect(await readFile(join(folder, '.gitlab-ci.yml'), 'utf8')).toContain('Write-Host');
  expect((await readdir(folder)).includes('windows')).toBe(false);
});

it('a source that is not there is told, and nothing is left behind', async () => {
  await expect(prepareSample({ source: join(home, 'none'), folder: join(home, 'sample') })).rejects.toMatchObject({
    code: 'INTERNAL',
    message: expect.stringContaining('the sample repository could not be made'),
  });
  expect(await readdir(home)).toEqual([]);
});
