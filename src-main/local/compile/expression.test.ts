import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileExpression } from './expression.ts';

const values: Readonly<Record<string, string>> = {
  A: '1',
  B: '1',
  E: '',
  BLANK: '  ',
  BRANCH: 'feat',
  P: '/^fe/',
  W: 'feature',
  F: '/FEAT/i',
};
const evaluate = (text: string): boolean | undefined => compileExpression(text)?.((name) => values[name]);

it.each([
  ['$A', true],
  ['$NOPE', false],
  ['$E', false],
  ['$BLANK', false],
  ['$A == "1"', true],
  ["$A == '1'", true],
  ['"1" == $A', true],
  ['$A != "2"', true],
  ['$NOPE == null', true],
  ['$NOPE == ""', false],
  ['$E == ""', true],
  ['$E == null', false],
  ['$A == $B', true],
  // `&&` binds tighter than `||`; the answer is one of the operands, and an empty text counts as true inside.
  ['$A == "1" || $B == "2" && $C == "1"', true],
  ['($A == "1" || $B == "2") && $C == "1"', false],
  ['$E && $B == "1"', true],
  ['$E || $B == "1"', false],
  ['$NOPE || $B == "1"', true],
  ['$NOPE && $A', false],
  ['$BRANCH =~ /^FEAT$/i', true],
  ['$BRANCH =~ /ea/', true],
  ['$BRANCH =~ /^ea/', false],
  ['$BRANCH !~ /^main$/', true],
  ['$BRANCH =~ $P', true],
  ['$BRANCH =~ $F', true],
  ['"feat" =~ $W', true],
  ['$W =~ "feat"', false],
  ['$BRANCH =~ /$P/', false],
  ['$NOPE =~ /ab/', false],
  ['$NOPE =~ /^$|x/', true],
  ['$BRANCH =~ $NOPE', false],
  ['$BRANCH !~ $NOPE', true],
  ['"a/b" =~ /a\\/b/', true],
  ['$BRANCH =~ /^(feat|fix)$/ && $A', true],
  ['$A == "1" == true', true],
  ['!$NOPE', true],
  ['!$A', false],
  ['!($A == "2") && $B', true],
  ['true', true],
  ['false', false],
  ['((($A)))', true],
  ['  $A   ==\n "1" ', true],
])('%s is %s', (text, expected) => {
  expect(evaluate(text)).toBe(expected);
});

it.each([
  ['${CI}', 'braces'],
  ['%CI%', 'percent signs'],
  ['$CI = "true"', 'one equals sign'],
  ["$CI == 'a' and $B", 'words'],
  ['$BRANCH =~ /e/', 'a pattern of one character'],
  ['$BRANCH =~ /[ab/', 'a pattern that is none'],
  ['$BRANCH =~ /ab/x', 'an unknown flag'],
  ['$A == "open', 'an open text'],
  ['($A', 'an open bracket'],
  ['$A)', 'a closed bracket'],
  ['$A $B', 'two values'],
  ['== $A', 'no left side'],
  ['$A ==', 'no right side'],
  ['', 'nothing'],
  ['   ', 'blanks'],
  ['()', 'empty brackets'],
  ['!', 'a lone mark'],
  ['$[[ inputs.x ]] == "1"', 'inputs'],
  [Array(101).fill('$A').join(' && '), 'more than 100 words'],
])('%s is no expression: %s', (text) => {
  expect(compileExpression(text)).toBeUndefined();
});

it('a pattern that would take for ever elsewhere is quick (RE2)', () => {
  const started = performance.now();
  expect(compileExpression('$X =~ /^(a+)+$/')?.(() => `${'a'.repeat(5000)}b`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(2000);
});

it('any text gives an answer or none, and never throws', () => {
  const piece = fc.constantFrom(
    '$A',
    '$E',
    '"x"',
    "'",
    '"',
    '/a/',
    '/ab/i',
    '/',
    '(',
    ')',
    '!',
    '==',
    '=~',
    '&&',
    '||',
    ' ',
    '\\',
    '\n',
    'null',
    'é',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(' ')),
      ),
      (text) => {
        const expression = compileExpression(text);
        if (expression !== undefined) expect(typeof expression((name) => values[name])).toBe('boolean');
      },
    ),
    { numRuns: 500 },
  );
});
