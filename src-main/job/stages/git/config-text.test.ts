import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { itWith } from '../../../../test/support/require.ts';
import { configText } from './config-text.ts';

const root = mkdtempSync(join(tmpdir(), 'harrier-config-text-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

itWith('git', 'git reads back every value that was written', () => {
  const value = fc
    .array(
      fc.oneof(fc.string(), fc.constantFrom('"', '\\', '#', ';', ' ', '\t', '\n', '!f() { echo "$1"; }; f', 'é')),
      { maxLength: 5 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 10 }), (values) => {
      const file = join(root, 'config');
      const sections = [
        { section: 'a', subsection: 'b "c" \\ d', entries: values.map((text) => ['key', text] as const) },
      ];
      writeFileSync(file, configText(sections).join(''));
      const read = execFileSync('git', ['config', '-z', '-f', file, '--get-all', 'a.b "c" \\ d.key'], {
        encoding: 'utf8',
      });
      expect(read.split('\0').slice(0, -1)).toEqual(values);
    }),
    { numRuns: 40 },
  );
});
