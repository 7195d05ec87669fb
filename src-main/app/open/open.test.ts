import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { findEditor } from './editors.ts';
import { createOpening } from './index.ts';

describe('the editor of a machine', () => {
  const machine = (programs: readonly string[], env: Record<string, string> = {}) =>
    ({
      env: { PATH: '/usr/bin:/opt/bin', ...env },
      platform: 'linux',
      isProgram: (path: string) => programs.includes(path),
    }) as const;
  const place = { path: '/w/a.ts', line: 3, column: 5 };

  it.each([
    {
      why: 'the first known one',
      programs: ['/opt/bin/zed', '/usr/bin/codium'],
      title: 'VSCodium',
      args: ['--goto', '/w/a.ts:3:5'],
    },
    { why: 'a line only', programs: ['/usr/bin/idea'], title: 'IntelliJ IDEA', args: ['--line', '3', '/w/a.ts'] },
    {
      why: 'the one that is named',
      programs: ['/usr/bin/code', '/opt/bin/subl'],
      wanted: 'subl',
      title: 'Sublime Text',
      args: ['/w/a.ts:3:5'],
    },
    {
      why: 'one that nobody knows gets the file',
      programs: ['/e/my-editor'],
      wanted: '/e/my-editor',
      title: 'my-editor',
      args: ['/w/a.ts'],
    },
    {
      why: 'a named one that is not there is none',
      programs: ['/usr/bin/code'],
      wanted: 'subl',
      title: undefined,
      args: undefined,
    },
    { why: 'no editor', programs: [], title: undefined, args: undefined },
  ])('$why', ({ programs, wanted, title, args }) => {
    const editor = findEditor(wanted, machine(programs));
    expect(editor?.title).toBe(title);
    expect(editor?.args(place)).toEqual(args);
  });

  it('folders that are no absolute paths are not looked into', () =>
    expect(findEditor(undefined, machine(['code', './code'], { PATH: '.:' }))).toBeUndefined());
});

describeWith('posix', 'opening files that a log names', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'harrier-open-'));
    mkdirSync(join(folder, 'code/src'), { recursive: true });
    writeFileSync(join(folder, 'code/src/a.ts'), '');
    writeFileSync(join(folder, 'secret.txt'), '');
    symlinkSync('../secret.txt', join(folder, 'code/out.txt'));
    writeFileSync(
      join(folder, 'editor'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/told.new'\nmv '${folder}/told.new' '${folder}/told'\n`,
    );
    chmodSync(join(folder, 'editor'), 0o700);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const opening = (wanted: string | undefined = join(folder, 'editor')) =>
    createOpening({
      env: { PATH: process.env['PATH'] },
      platform: 'linux',
      wanted: () => wanted,
      folderOf: (job) => (job === 'local' ? join(folder, 'code') : undefined),
      builds: join(folder, 'builds'),
      writeText: async () => join(folder, 'log.txt'),
    });
  const told = () => (existsSync(join(folder, 'told')) ? readFileSync(join(folder, 'told'), 'utf8') : undefined);

  it.each([
    { why: 'a path of the folder', path: 'src/a.ts' },
    { why: 'a path with a way back', path: './src/../src/a.ts' },
    { why: 'a path in a copy of the folder', path: 'builds/t0ken/0/group/project/src/a.ts', inFolder: true },
  ])('$why is opened', async ({ path, inFolder }) => {
    const { handlers, editor } = opening();
    expect(editor).toBe('editor');
    await handlers['file.open']({ job: 'local', path: inFolder ? join(folder, path) : path, line: 3 });
    await expect.poll(told).toBe(`${join(folder, 'code/src/a.ts')}\n`);
  });

  it.each([
    { why: 'a file outside', job: 'local', path: '../secret.txt' },
    { why: 'a link that leads out', job: 'local', path: 'out.txt' },
    { why: 'an absolute path', job: 'local', path: '/etc/passwd' },
    { why: 'a folder', job: 'local', path: 'src' },
    { why: 'nothing', job: 'local', path: 'src/b.ts' },
    { why: 'a file of a job that is not local', job: 'remote', path: 'src/a.ts' },
  ])('$why is refused', async ({ job, path }) => {
    await expect(opening().handlers['file.open']({ job, path })).rejects.toMatchObject({ code: 'FILE_UNKNOWN' });
    expect(told()).toBeUndefined();
  });

  it('a log opens as text; without an editor it says so', async () => {
    await opening().handlers['trace.open']({ job: 'any' });
    await expect.poll(told).toBe(`${join(folder, 'log.txt')}\n`);
    const none = opening('nowhere');
    expect(none.editor).toBeUndefined();
    await expect(none.handlers['trace.open']({ job: 'any' })).rejects.toMatchObject({ code: 'EDITOR_NOT_FOUND' });
  });
});
