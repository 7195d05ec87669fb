import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandWord } from './word.ts';

const values: Readonly<Record<string, string>> = { A: 'one', E: '', P: 'a/b/c.tar.gz', N: '4', H: 'hello hello' };
const expand = (text: string) => expandWord(text, (name) => values[name]);

describe('expandWord', () => {
  it.each([
    ['plain', 'plain'],
    ['$A-$B', 'one-'],
    ['${A}x', 'onex'],
    ['${B:-none}', 'none'],
    ['${E:-none}', 'none'],
    ['${E-none}', ''],
    ['${B:-${A}}', 'one'],
    ['${A:+set}', 'set'],
    ['${B:+set}', ''],
    ['${#A}', '3'],
    ['${P##*/}', 'c.tar.gz'],
    ['${P#*/}', 'b/c.tar.gz'],
    ['${P%.*}', 'a/b/c.tar'],
    ['${P%%.*}', 'a/b/c'],
    ['${H/hello/bye}', 'bye hello'],
    ['${H//hello/bye}', 'bye bye'],
    ['${A:1}', 'ne'],
    ['${A:0:2}', 'on'],
    ['${A^}', 'One'],
    ['${A^^}', 'ONE'],
    ['$((N * 2 + 1))', '9'],
    ['$(( (1 + $N) / 2 ))', '2'],
    ['\\$A', '$A'],
    ['a\\*b', 'a\\*b'],
    ['100$', '100$'],
    ['~/x', '~/x'],
  ])('%s', (text, value) => expect(expand(text)).toEqual({ value }));

  it.each(['$(ls)', '`ls`', '${A', '${}', '${B:?needed}', '$((1 / 0))', '$((', '${A!}'])('%s is a problem', (text) =>
    expect(expand(text)).toHaveProperty('problem'),
  );

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'${}A:-#%/()+*\\ 1x') }), (text) => expand(text) !== undefined),
      { numRuns: 3000 },
    );
  });
});
