import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

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
