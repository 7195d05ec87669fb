import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

it('what docs/ says of arrows, errors and keys is what the code says', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'tools', 'docs.mjs'), '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

it('every test that docs/reliability.md names is there', () => {
  const [, table = ''] =
    /<!-- faults: .*?-->\n(.*?)<!-- end -->/s.exec(readFileSync(join(root, 'docs/reliability.md'), 'utf8')) ?? [];
  const rows = table.trim().split('\n').slice(2);
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) {
    const [, file = '', title = ''] = /`([^`:]+): ([^`]+)` \|$/.exec(row) ?? [];
    expect(file, row).toMatch(/\.test\.ts$/);
    expect(readFileSync(join(root, file), 'utf8'), row).toContain(title);
  }
});

describe('docs/acceptance.md', () => {
  const rows = readFileSync(join(root, 'docs/acceptance.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| [A-Z0-9]*\d+ \|/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, point = '', state = '', what = '', shown = '']) => ({ point, state, what, shown }));
  const upTo = (name: string, last: number): string[] => Array.from({ length: last }, (_, at) => `${name}${at + 1}`);

  it('has every point once', () => {
    expect(rows.map(({ point }) => point).sort()).toEqual(
      [
        ...upTo('ON', 6),
        ...upTo('TR', 5),
        ...upTo('RUN', 4),
        ...upTo('JOB', 4),
        ...upTo('LOG', 11),
        ...upTo('TRM', 2),
        ...upTo('NOT', 2),
        ...upTo('CFG', 4),
        ...['ENG1', 'SET1', 'A11Y1', 'KEY1', 'I18N1', 'PRV1', 'WEB1'],
        ...upTo('S', 29),
        ...upTo('P', 9),
      ].sort(),
    );
  });

  it.each(rows)('$point is $state, with tests that are there', ({ state, what, shown }) => {
    const tests = [...shown.matchAll(/`([^`:]+): ([^`]+)`/g)].map(([, file = '', title = '']) => ({ file, title }));
    for (const { file, title } of tests) expect(titlesOf(file)).toContain(title);
    // Nothing stands between the tests but the reason of what is open.
    expect(shown.replace(/`[^`]+`(; |$)/g, '')).toMatch(state === 'done' ? /^$/ : /^open, because ./);
    expect(['done', 'partly', 'open']).toContain(state);
    if (state !== 'open') expect([tests.length > 0, what !== '']).toEqual([true, true]);
  });
});

/** Every first argument of `it`, `describe` and the like, as it stands in the file. */
function titlesOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/\(\s*(?:(?:\[[^\]]*\]|'[^']*'),\s*)?(?:'((?:[^'\\\n]|\\.)+)'|`([^`\n]+)`),/g)].map(
    ([, plain, template]) => (plain ?? template ?? '').replace(/\\(.)/g, '$1'),
  );
}
