import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectFrom } from './select.ts';
import { BudgetExceeded, listedTree, localTree, type Tree } from './tree.ts';
import type { SelectedEntry } from './types.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'select-'));
  for (const path of ['d/x/1.o', 'd/x/2.c', 'd/3.o', 'd/.hidden', 'other/f', 'top.txt', 'elsewhere/in/deep'])
    await mkdir(join(folder, path, '..'), { recursive: true }).then(() => writeFile(join(folder, path), path));
  await symlink('../elsewhere', join(folder, 'd/link'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The same folder as a list that came from elsewhere. */
function listed(): Tree {
  const tree = localTree(folder);
  const found: SelectedEntry[] = [];
  const walk = (path: string) => {
    for (const name of tree.names(path)) {
      const entry = tree.entry(path === '' ? name : `${path}/${name}`);
      if (entry && entry.kind !== 'special') found.push(entry);
      if (entry?.kind === 'directory') walk(entry.path);
    }
  };
  walk('');
  return listedTree(found);
}

interface Case {
  readonly why: string;
  readonly paths?: readonly string[];
  readonly exclude?: readonly string[];
  readonly untracked?: readonly string[];
  /** `.` is among what is found. */
  readonly root?: boolean;
  readonly entries: readonly string[];
  readonly says: readonly string[];
}
const none = (path: string) =>
  `${path}: no matching files. Ensure that the artifact path is relative to the working directory ({F})`;
const found = (path: string, count: number) => `${path}: found ${count} matching artifact files and directories`;

const cases: readonly Case[] = [
  {
    why: 'a folder with all that is in it',
    paths: ['d/'],
    entries: ['d', 'd/.hidden', 'd/3.o', 'd/link', 'd/x', 'd/x/1.o', 'd/x/2.c'],
    says: [found('d/', 7)],
  },
  { why: 'doublestar', paths: ['d/**/*.o'], entries: ['d/3.o', 'd/x/1.o'], says: [found('d/**/*.o', 2)] },
  {
    why: 'a doublestar at the end counts what it visits twice',
    paths: ['other/**'],
    entries: ['other', 'other/f'],
    says: [found('other/**', 3)],
  },
  { why: 'links are entries and are not entered', paths: ['d/l*/**'], entries: [], says: [none('d/l*/**')] },
  {
    why: 'excluding a folder keeps its children',
    paths: ['d/x'],
    exclude: ['d/x'],
    entries: ['d/x/1.o', 'd/x/2.c'],
    says: [found('d/x', 2), 'd/x: excluded 1 files'],
  },
  {
    why: 'excluding with doublestar',
    paths: ['d'],
    exclude: ['d/**/*.o'],
    entries: ['d', 'd/.hidden', 'd/link', 'd/x', 'd/x/2.c'],
    says: [found('d', 5), 'd/**/*.o: excluded 2 files'],
  },
  {
    why: 'outside of the project',
    paths: ['../x'],
    entries: [],
    says: ['processPath: artifact path is not a subpath of project directory: ../x'],
  },
  {
    why: 'an absolute path outside',
    paths: ['/etc/hosts'],
    entries: [],
    says: ['processPath: artifact path is not a subpath of project directory: /etc/hosts'],
  },
  {
    why: 'an exclude outside of the project is said once and passed over',
    paths: ['other'],
    exclude: ['../x', 'other/f'],
    entries: ['other'],
    says: [
      found('other', 1),
      'other/f: excluded 1 files',
      'isExcluded: artifact path is not a subpath of project directory: ../x',
    ],
  },
  { why: 'a pattern that is none', paths: ['[a'], entries: [], says: ['[a: syntax error in pattern'] },
  { why: 'an empty path', paths: [''], entries: [], says: ['No matching files. Path is empty.'] },
  { why: 'nothing there', paths: ['nope'], entries: [], says: [none('nope')] },
  {
    why: 'braces',
    paths: ['{top.txt,other/f}'],
    entries: ['other/f', 'top.txt'],
    says: [found('{top.txt,other/f}', 2)],
  },
  {
    why: 'everything: the root counts, and is an entry where its mode is known',
    paths: ['other/..', 'top.txt/'],
    root: true,
    exclude: ['d/**', 'elsewhere/**', 'elsewhere', 'd'],
    entries: ['other', 'other/f', 'top.txt'],
    says: [found('other/..', 4), found('top.txt/', 1), 'elsewhere/**: excluded 3 files', 'd/**: excluded 7 files'],
  },
  {
    why: 'untracked',
    untracked: ['top.txt', 'gone', '../x'],
    entries: ['top.txt'],
    says: ['../x: not supported: outside build directory', 'untracked: found 1 files'],
  },
  { why: 'untracked, none', untracked: [], entries: [], says: ['untracked: no files'] },
];

describe.each([
  { where: 'on this machine', tree: () => localTree(folder) },
  { where: 'as a list', tree: listed },
])('select $where', ({ tree }) => {
  it.each(cases)('$why', ({ paths = [], exclude = [], untracked, root = false, entries, says }) => {
    const from = tree();
    const selection = selectFrom(from, { folder, paths, exclude, ...(untracked ? { untracked } : {}) });
    expect(selection.entries.map(({ path }) => path)).toEqual(root && from.hasRoot ? ['', ...entries] : entries);
    expect(selection.messages.map(({ text }) => text.replace(folder, '{F}')).sort()).toEqual([...says].sort());
  });

  it('more entries than there is memory for', () => {
    const options = { folder, paths: ['d', 'other'], exclude: [], mostEntries: 8 };
    expect(() => selectFrom(tree(), options)).toThrow('more than 8 files and folders match');
    expect(selectFrom(tree(), { ...options, paths: ['d'] }).entries).toHaveLength(7);
  });

  it('an absolute path inside', () => {
    const selection = selectFrom(tree(), { folder, paths: [`${folder}/d/x`], exclude: [`${folder}/d/x/1.o`] });
    expect(selection.entries.map(({ path }) => path)).toEqual(['d/x', 'd/x/2.c']);
  });
});

describe('local tree', () => {
  it('a path through a link is followed where the pattern names it', () => {
    const selection = selectFrom(localTree(folder), { folder, paths: ['d/link/in/*'], exclude: [] });
    expect(selection.entries.map(({ path }) => path)).toEqual(['d/link/in/deep']);
  });

  it.skipIf(process.platform === 'win32')('a pipe counts, and is no entry', async () => {
    await mkdir(join(folder, 'pipes'));
    execFileSync('mkfifo', [join(folder, 'pipes/p')]);
    const { entries, messages } = selectFrom(localTree(folder), { folder, paths: ['pipes'], exclude: [] });
    await rm(join(folder, 'pipes'), { recursive: true });
    expect(entries.map(({ path }) => path)).toEqual(['pipes']);
    expect(messages.map(({ text }) => text)).toEqual([found('pipes', 2)]);
  });

  it('a link that leads nowhere is nothing where the pattern names it, an entry where it is met', async () => {
    await mkdir(join(folder, 'broken'));
    await symlink('nowhere', join(folder, 'broken/link'));
    const paths = (path: string) =>
      selectFrom(localTree(folder), { folder, paths: [path], exclude: [] }).entries.map((entry) => entry.path);
    expect([paths('broken/link'), paths('broken/*'), paths('broken')]).toEqual([
      [],
      ['broken/link'],
      ['broken', 'broken/link'],
    ]);
    await rm(join(folder, 'broken'), { recursive: true });
  });

  it('stops when it is asked for too much at once', () => {
    expect(() => selectFrom(localTree(folder, 3), { folder, paths: ['d'], exclude: [] })).toThrow(BudgetExceeded);
  });
});
