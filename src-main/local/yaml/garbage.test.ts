import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createProblems } from '../problems.ts';
import { compileText } from '../testing/compile.ts';
import { readYaml } from './read.ts';

const within = (limitMs: number, work: () => void): void => {
  const started = performance.now();
  work();
  expect(performance.now() - started).toBeLessThan(limitMs);
};
const messages = (text: string): readonly string[] => {
  const problems = createProblems();
  readYaml(text, 'x.yml', problems);
  return problems.list.map(({ message }) => message);
};

it.each([
  {
    why: 'aliases that multiply',
    text: `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`).join('\n')}`,
    says: 'multiply too much',
  },
  { why: 'brackets without end', text: '['.repeat(100_000), says: 'nested too deep' },
  { why: 'braces without end', text: '{a: '.repeat(50_000), says: 'nested too deep' },
  { why: 'dashes without end', text: '- '.repeat(50_000), says: 'nested too deep' },
  {
    why: 'indentation without end',
    text: Array.from({ length: 1500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    says: 'nested too deep',
  },
  { why: 'a file of more than 2 MiB', text: `a: ${'x'.repeat(2 * 1024 * 1024)}`, says: 'at most 2 MiB' },
  { why: 'a merge of itself', text: 'a: &a\n  <<: *a', says: 'inside of its own anchor' },
])('$why: a message, soon', ({ text, says }) => {
  within(5000, () => expect(messages(text)[0]).toContain(says));
});

it('references that multiply', () => {
  const text = `.r0: {s: [${'x,'.repeat(10)}]}\n${Array.from({ length: 9 }, (_, i) => `.r${i + 1}: {s: [${`!reference [.r${i}, s],`.repeat(10)}]}`).join('\n')}\na: {script: x}`;
  within(5000, () =>
    expect(compileText(text).messages).toContain('.gitlab-ci.yml:1: the references of the file multiply too much'),
  );
});

it('a chain of thousands of needs, variables and jobs', () => {
  const jobs = Array.from({ length: 3000 }, (_, i) => `j${i}: {script: x, needs: [${i > 0 ? `j${i - 1}` : ''}]}`).join(
    '\n',
  );
  const variables = Array.from({ length: 3000 }, (_, i) => `  V${i}: $V${i + 1}`).join('\n');
  within(5000, () => expect(compileText(jobs).messages).toEqual([]));
  within(5000, () => compileText(`variables:\n${variables}\na: {script: x}`));
});

const word = fc.constantFrom(
  'a',
  '.b',
  'script',
  'stage',
  'needs',
  'rules',
  'if',
  'extends',
  'variables',
  'include',
  'default',
  'image',
  'cache',
  'artifacts',
  'parallel',
  'matrix',
  'workflow',
  'when',
  'retry',
  '<<',
  '!reference',
  'stages',
  'services',
  'environment',
  'only',
  '*x',
  '&x',
  '$A',
  '1',
  '0x',
  'yes',
  '~',
  '""',
  '- ',
  ': ',
  '\n',
  '\n  ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '#',
  '|',
  '>',
  "'",
  '%',
  '---\n',
  '\t',
  '\u0000',
  '😀',
);

it('any text gives jobs or messages with a line, and never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.array(word, { maxLength: 60 }).map((parts) => parts.join('')),
      ),
      (text) => {
        const { compiled, messages: found } = compileText(text);
        expect(found.length > 0 || compiled.jobs.length > 0).toBe(true);
        for (const message of found) expect(message).toMatch(/^[^:]+:\d+: ./s);
      },
    ),
    { numRuns: 400 },
  );
});

it('any structure in the place of a keyword gives jobs or messages with a line', () => {
  const keyword = fc.constantFrom(
    'script',
    'before_script',
    'after_script',
    'stage',
    'image',
    'services',
    'variables',
    'needs',
    'dependencies',
    'rules',
    'only',
    'except',
    'artifacts',
    'cache',
    'when',
    'allow_failure',
    'retry',
    'timeout',
    'tags',
    'parallel',
    'environment',
    'inherit',
    'extends',
    'hooks',
    'coverage',
    'interruptible',
    'resource_group',
    'trigger',
    'release',
  );
  const leaf = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
  const key = fc.oneof(
    fc.constantFrom(
      'name',
      'paths',
      'key',
      'files',
      'if',
      'when',
      'job',
      'max',
      'matrix',
      'exit_codes',
      'value',
      'reports',
      'default',
      'changes',
      'exists',
      'refs',
    ),
    fc.string({ maxLength: 5 }),
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(key, tie('any'), { maxKeys: 3 }),
    ),
  })).any;
  fc.assert(
    fc.property(fc.dictionary(keyword, value, { maxKeys: 4 }), value, (job, top) => {
      const text = JSON.stringify({
        a: { script: 'x', ...job },
        z: { script: 'x' },
        variables: top,
        default: top,
        workflow: top,
        stages: top,
        include: top,
      });
      for (const message of compileText(text).messages) expect(message).toMatch(/^[^:]+:\d+: ./s);
    }),
    { numRuns: 400 },
  );
});
