import fc from 'fast-check';
import { compileExpression } from '../../src-main/local/compile/expression.ts';
import { expandAll, variable } from '../../src-main/local/compile/variables.ts';
import { compileText } from '../../src-main/local/testing/compile.ts';
import { target } from './run.ts';

const parts = fc.constantFrom(
  ...[
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
  ],
  ...[
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
    'only',
    'except',
  ],
  ...[
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
    '\n    ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '#',
    '|',
    '>',
  ],
  ...[
    "'",
    '%',
    '---\n',
    '\t',
    '\0',
    '😀',
    'inherit',
    'environment',
    'trigger',
    'paths',
    'key',
    'files',
    'changes',
    'exists',
  ],
);
const real = `stages: [build, test]
variables: {A: "1", B: "$A"}
.base: &base
  image: alpine
  before_script: [echo]
build:
  <<: *base
  stage: build
  script: [make, !reference [.base, before_script]]
  artifacts: {paths: [out/], expire_in: 1 day}
  cache: {key: {files: [lock]}, paths: [c/]}
  parallel: {matrix: [{X: [a, b]}]}
test:
  extends: .base
  stage: test
  needs: [build]
  rules:
    - if: $CI_COMMIT_BRANCH == "main" && $A =~ /^1/
      when: manual
    - when: on_success
  script: ["$B"]
  retry: {max: 2, when: [script_failure]}
`;
const damaged = fc
  .array(fc.tuple(fc.nat(real.length), fc.nat(8), fc.oneof(parts, fc.string({ maxLength: 4 }))), { maxLength: 4 })
  .map((changes) =>
    changes.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), real),
  );
const soup = fc.array(parts, { maxLength: 60 }).map((found) => found.join(''));

export const pipelineTargets = [
  target({
    name: 'YAML compile',
    inputs: fc.oneof(damaged, soup, fc.string({ unit: 'binary', maxLength: 200 })),
    read(text) {
      const { compiled, messages } = compileText(text);
      if (messages.length === 0 && compiled.jobs.length === 0) throw new Error('neither a job nor a message');
      for (const message of messages) if (!/^[^:]+:\d+: ./s.test(message)) throw new Error(`no line in: ${message}`);
    },
  }),
  target({
    name: 'rules expressions',
    inputs: fc
      .array(
        fc.constantFrom(
          ...[
            '$A',
            '"x"',
            "'",
            '/a+/',
            '/(a+)+$/i',
            '==',
            '!=',
            '=~',
            '!~',
            '&&',
            '||',
            '(',
            ')',
            ' ',
            'null',
            '$',
            '\\',
            '\n',
            '/',
          ],
        ),
        {
          maxLength: 30,
        },
      )
      .map((found) => found.join('')),
    read: (text) => void compileExpression(text)?.((name) => (name === 'A' ? 'a'.repeat(40) : undefined)),
  }),
  target({
    name: 'variable expansion',
    inputs: fc.array(
      fc.tuple(
        fc.constantFrom('A', 'B', 'C', 'D'),
        fc.array(fc.constantFrom('$A', '${B}', '%C%', '$D', '$$', '%%', '${', 'x', '$A$A', '{', '}'), {
          maxLength: 12,
        }),
      ),
      { maxLength: 8 },
    ),
    read: (list) => void expandAll(list.map(([key, value]) => variable(key, value.join('')))),
  }),
];
