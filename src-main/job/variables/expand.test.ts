import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expand } from './expand.ts';

const values: Readonly<Record<string, string>> = { A: 'a', B: '$C', LONG_1: 'x', 'A:-b': 'default' };
const lookup = (name: string) => values[name];

describe('expand', () => {
  it.each([
    { why: 'a plain name', text: '$A', result: 'a' },
    { why: 'a name in braces', text: 'x${A}y', result: 'xay' },
    { why: 'the longest name', text: '$LONG_1-$AB', result: 'x-' },
    { why: 'a value is not expanded again', text: '$B', result: '$C' },
    { why: 'unknown is empty', text: '[$NOPE]', result: '[]' },
    { why: 'a doubled dollar is a dollar', text: 'a$$b', result: 'a$b' },
    { why: 'special parameters are empty, one character long', text: '$*$#$@$!$?$-$0$10', result: '0' },
    { why: 'no defaults: the whole text is the name', text: '${A:-b}', result: 'default' },
    { why: 'empty braces vanish', text: 'a${}b', result: 'ab' },
    { why: 'an unclosed brace is swallowed', text: 'a${Ab', result: 'aAb' },
    { why: 'a dollar before anything else stays', text: '$ $. $', result: '$ $. $' },
    { why: 'a backslash escapes nothing', text: '\\$A', result: '\\a' },
    { why: 'Windows names stay', text: '%A%', result: '%A%' },
  ])('$why', ({ text, result }) => {
    expect(expand(text, lookup)).toBe(result);
  });

  it('text without a dollar is never touched, and what was expanded holds no name of the table', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(expand(text.replaceAll('$', ''), lookup)).toBe(text.replaceAll('$', ''));
        expect(expand(text.replaceAll('$', '$$$$'), lookup)).toBe(text);
      }),
    );
  });
});
