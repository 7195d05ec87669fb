import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockTexts, parseBlock } from './block.ts';
import { createLogIndex, type LogIndex } from './log-index.ts';
import { createMatcher } from './matcher.ts';
import { createLogSearch } from './search.ts';
import { longestLine } from './splitter.ts';

const decode = (binary: string): string => Buffer.from(binary, 'latin1').toString('utf8');
const feed = (log: string, cuts: readonly number[] = []): { index: LogIndex; binary: string } => {
  const binary = Buffer.from(log, 'utf8').toString('latin1');
  const index = createLogIndex();
  const places = [...new Set([0, ...cuts.map((cut) => cut % (binary.length + 1)), binary.length])].sort(
    (a, b) => a - b,
  );
  for (let at = 1; at < places.length; at++) index.push(binary.slice(places[at - 1], places[at]));
  return { index, binary };
};
/** Every line as text, read block by block as a window reads it. */
const textsOf = ({ index, binary }: ReturnType<typeof feed>): string[] =>
  index.blocks.flatMap((block, at) =>
    blockTexts(block, binary.slice(block.resume.offset, index.blocks[at + 1]?.resume.offset ?? binary.length), decode),
  );
const spansOf = ({ index, binary }: ReturnType<typeof feed>) =>
  index.blocks.flatMap((block, at) =>
    parseBlock(block, binary.slice(block.resume.offset, index.blocks[at + 1]?.resume.offset ?? binary.length), decode),
  );

const start = (name: string, at = 100, options = '') => `section_start:${at}:${name}${options}\r\x1b[0K`;
const end = (name: string, at = 101) => `section_end:${at}:${name}\r\x1b[0K`;
const stamp = (rest: string, second = 1) => `2026-08-22T00:44:0${second}.123456Z ${rest}`;

describe('lines', () => {
  it.each([
    { why: 'lines end at newlines', log: 'a\nb\n', lines: ['a', 'b'] },
    { why: 'an unfinished line is shown', log: 'a\nb', lines: ['a', 'b'] },
    { why: 'empty lines count', log: 'a\n\nb\n', lines: ['a', '', 'b'] },
    { why: 'nothing has no lines', log: '', lines: [] },
    { why: 'UTF-8 is decoded', log: 'grün ✓\n', lines: ['grün ✓'] },
    {
      why: 'a section header is one line',
      log: `${start('a')}\x1b[0K\x1b[36;1mTitle\x1b[0;m\nx\n${end('a')}done\n`,
      lines: ['Title', 'x', 'done'],
    },
    { why: 'a line of markers only is no line', log: `x\n${end('a')}\ny\n`, lines: ['x', 'y'] },
    { why: 'a blank line behind a line of markers is one', log: `x\n${end('a')}\n\ny\n`, lines: ['x', '', 'y'] },
    {
      why: 'text without a newline before a marker is a line of its own',
      log: `${start('a')}T\nx${end('a')}y\n`,
      lines: ['T', 'x', 'y'],
    },
    { why: 'timestamps are no text', log: `${stamp('00O hello')}\n`, lines: ['hello'] },
    {
      why: 'a plus goes on with the line before',
      log: `${stamp('01O a')}\n${stamp('01O+b')}\n${stamp('01O c')}\n`,
      lines: ['ab', 'c'],
    },
    { why: 'a plus of another stream does not', log: `${stamp('01O a')}\n${stamp('01E+b')}\n`, lines: ['a', 'b'] },
    {
      why: 'a timestamped marker and its header line are one line',
      log: `${stamp(`00O ${start('a')}`)}\n${stamp('00O+\x1b[36;1mTitle\x1b[0;m')}\n${stamp('01O x')}\n`,
      lines: ['Title', 'x'],
    },
    {
      why: 'what cleans up behind a timestamped marker is no line',
      log: `${stamp('01O x')}\n${stamp('01O section_end:101:a\r')}\n${stamp('01O+\x1b[0K')}\n${stamp('01O y')}\n`,
      lines: ['x', 'y'],
    },
    { why: 'something like a marker is text', log: 'section_start:abc:x\n', lines: ['section_start:abc:x'] },
  ])('$why', ({ log, lines }) => {
    const fed = feed(log);
    expect(textsOf(fed)).toEqual(lines);
    expect(fed.index.lines).toBe(lines.length);
  });

  it('a line that never ends is cut', () => {
    const fed = feed(`${'x'.repeat(longestLine * 2 + 5)}\nend\n`);
    expect(textsOf(fed).map((text) => text.length)).toEqual([longestLine, longestLine, 5, 3]);
  });

  it('a cut never splits a character', () => {
    const fed = feed(`a${'ü'.repeat(longestLine)}`);
    expect(textsOf(fed).join('')).toBe(`a${'ü'.repeat(longestLine)}`);
  });

  it('colours reach over lines and blocks', () => {
    const fed = feed(`\x1b[31mred\n${'x\n'.repeat(500)}\x1b[0mplain\n`);
    const spans = spansOf(fed);
    expect(fed.index.blocks.length).toBeGreaterThan(2);
    expect(spans[400]?.spans[0]?.style.fg).toBe(1);
    expect(spans[501]?.spans[0]?.style.fg).toBe(-1);
  });
});

describe('sections', () => {
  const shape = (log: string) =>
    feed(log).index.sections.map(({ name, line, endLine, depth, collapsed }) => ({
      name,
      line,
      endLine,
      depth,
      collapsed,
    }));
  it.each([
    {
      why: 'from the header to the line behind',
      log: `${start('a')}T\nx\ny\n${end('a')}z\n`,
      sections: [{ name: 'a', line: 0, endLine: 3, depth: 0, collapsed: false }],
    },
    {
      why: 'nested',
      log: `${start('a')}A\n${start('b', 100, '[collapsed=true]')}B\nx\n${end('b')}\n${end('a')}\n`,
      sections: [
        { name: 'a', line: 0, endLine: 3, depth: 0, collapsed: false },
        { name: 'b', line: 1, endLine: 3, depth: 1, collapsed: true },
      ],
    },
    {
      why: 'still open',
      log: `${start('a')}A\nx\n`,
      sections: [{ name: 'a', line: 0, endLine: undefined, depth: 0, collapsed: false }],
    },
    { why: 'an end without a start is ignored', log: `x\n${end('nope')}\n`, sections: [] },
    {
      why: 'the end of the outer ends the inner',
      log: `${start('a')}A\n${start('b')}B\nx\n${end('a')}\n`,
      sections: [
        { name: 'a', line: 0, endLine: 3, depth: 0, collapsed: false },
        { name: 'b', line: 1, endLine: 3, depth: 1, collapsed: false },
      ],
    },
    { why: 'an empty one without a header is none', log: `${start('a')}${end('a')}x\n`, sections: [] },
    {
      why: 'one that follows on the same line',
      log: `${start('a')}A\nx\n${end('a')}${start('b')}B\ny\n${end('b')}\n`,
      sections: [
        { name: 'a', line: 0, endLine: 2, depth: 0, collapsed: false },
        { name: 'b', line: 2, endLine: 4, depth: 0, collapsed: false },
      ],
    },
  ])('$why', ({ log, sections }) => expect(shape(log)).toEqual(sections));

  it('a million markers are bounded', () => {
    const { index } = feed(`${start('a')}x\n${end('a')}\n`.repeat(30_000));
    expect(index.sections.length).toBe(20_000);
    expect(index.lines).toBe(30_000);
  });
});

it('a section that an outer one ends is cut; one that ends itself is not', () => {
  const { index } = feed(`${start('a')}A\n${start('b')}B\n${end('b')}${start('c')}C\nx\n${end('a')}last\n`);
  expect(index.sections.map(({ name, cut }) => [name, cut])).toEqual([
    ['a', undefined],
    ['b', undefined],
    ['c', true],
  ]);
});

describe('problems', () => {
  it.each([
    { why: 'a compiler with file and line', line: 'src/a.c:12:5: error: expected ;', found: true },
    { why: 'TypeScript', line: "src/a.ts(3,1): error TS2304: Cannot find name 'x'.", found: true },
    { why: 'an assertion', line: 'AssertionError: expected 3 attempts, received 2', found: true },
    { why: 'npm', line: 'npm ERR! code ELIFECYCLE', found: true },
    { why: 'the shell', line: 'bash: line 140: nope: command not found', found: true },
    { why: 'git', line: 'fatal: not a git repository', found: true },
    { why: 'the end of the job', line: '\x1b[31;1mERROR: Job failed: exit status 3', found: true },
    { why: 'Go, which does not say error', line: './main.go:5:2: undefined: x', found: true },
    { why: 'eslint', line: "  12:5  error  'x' is never used  no-unused-vars", found: true },
    { why: 'pytest', line: 'tests/test_a.py:10: AssertionError', found: true },
    { why: 'Rust', line: "thread 'main' panicked at src/main.rs:4:5:", found: true },
    { why: 'Ruby', line: "lib/a.rb:3:in 'Object#run': it broke (RuntimeError)", found: true },
    { why: 'PHP', line: 'PHP Fatal error:  Uncaught Exception', found: true },
    { why: 'a warning at a place', line: 'src/a.c:12:5: warning: unused variable', found: false },
    { why: 'a note at a place', line: './src/a.ts:3:1: note: declared here', found: false },
    { why: 'a time of day', line: '12:34:56: connected to db.example.com', found: false },
    { why: 'no errors', line: 'Found 0 errors. Watching.', found: false },
    { why: 'a word in prose', line: 'running the error handling tests', found: false },
    { why: 'a file name', line: ' ✓ test/error.test.ts (3 tests)', found: false },
  ])('$why: $found', ({ line, found }) =>
    expect(feed(`ok\n${line}\nok\n`).index.problems.map((problem) => problem.line)).toEqual(found ? [1] : []),
  );
});

describe('chunks', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\n',
      'text',
      start('a'),
      end('a'),
      start('b', 5, '[collapsed=true]'),
      end('b'),
      '\x1b[31m',
      '\x1b[0;m',
      '\r',
      'ü✓',
      'error: x\n',
      stamp('01O '),
      stamp('01O+'),
      stamp('00O '),
      '\n',
      '\n',
      'x'.repeat(9000),
    ),
    fc.string(),
  );
  it('however the bytes arrive, lines, sections, colours and problems are the same', () =>
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat(), { maxLength: 12 }), (parts, cuts) => {
        const log = `${parts.join('')}\nend\n`;
        const whole = feed(log);
        const cut = feed(log, cuts);
        expect(textsOf(cut)).toEqual(textsOf(whole));
        expect(cut.index.lines).toBe(whole.index.lines);
        expect(textsOf(whole).length).toBe(whole.index.lines);
        expect(cut.index.sections).toEqual(whole.index.sections);
        expect(spansOf(cut)).toEqual(spansOf(whole));
        expect(cut.index.problems).toEqual(whole.index.problems);
      }),
      { numRuns: 500 },
    ));

  it('blocks read alone give what the whole gives', () => {
    const log = Array.from(
      { length: 1000 },
      (_, at) =>
        `${at % 97 === 0 ? start(`s${at}`) : ''}\x1b[3${at % 8}mline ${at}\n${at % 97 === 50 ? end(`s${at - 50}`) : ''}`,
    ).join('');
    const fed = feed(log, [100, 5000, 5001, 9000]);
    expect(textsOf(fed)).toEqual(Array.from({ length: 1000 }, (_, at) => `line ${at}`));
    expect(fed.index.blockOf(999)).toBe(fed.index.blocks.length - 1);
    expect(fed.index.blockOf(0)).toBe(0);
  });
});

describe('state', () => {
  const pieces = fc.constantFrom(
    'text ',
    'x\n',
    '\n',
    '\r\n',
    '\x1b[31mred',
    '\x1b[0m',
    start('a'),
    end('a'),
    start('b', 102),
    `${stamp('01O one')}\n`,
    `${stamp('01O+more')}\n`,
    'error: it broke\n',
    'ü',
    'z'.repeat(longestLine + 5),
  );
  it('another index goes on where one stopped, whatever was read before', () =>
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 400 }), fc.nat(), fc.nat(), (parts, cut, known) => {
        const { index: whole, binary } = feed(parts.join(''));
        const at = cut % (binary.length + 1);
        const first = createLogIndex();
        first.push(binary.slice(0, at));
        const from = known % (first.blocks.length + 1);
        const state = JSON.parse(JSON.stringify(first.state(from)));
        const second = createLogIndex(state, first.blocks);
        second.push(binary.slice(at));
        const { blockOf, push, state: _, ...facts } = second;
        const { blockOf: _1, push: _2, state: _3, ...expected } = whole;
        expect({ ...facts, size: second.size, lines: second.lines, sections: second.sections }).toEqual({
          ...expected,
          size: whole.size,
          lines: whole.lines,
          sections: whole.sections,
        });
      }),
    ));
});

describe('search', () => {
  it('the quick look passes over nothing that a close look finds', async () => {
    const query = { text: 'web hook', matchCase: false, wholeWord: false, expression: false };
    const search = await createLogSearch(query, decode);
    const matcher = await createMatcher(query);
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'we',
            'b ',
            'hoo',
            'k',
            'K',
            '\u212a',
            '\x1b[1m',
            '\r',
            '\b',
            '\n',
            `\n${stamp('01O+')}`,
            `\n${stamp('01O ')}`,
          ),
          { maxLength: 60 },
        ),
        (parts) => {
          const made = feed(`${stamp('01O ')}${parts.join('')}`);
          const expected = textsOf(made).flatMap((text, line) => {
            const count = matcher.find(text).length;
            return count === 0 ? [] : [[line, count]];
          });
          const found = made.index.blocks.flatMap((block, at) => {
            const to = made.index.blocks[at + 1]?.resume.offset ?? made.binary.length;
            const page = search.look(block, made.binary.slice(block.resume.offset, to));
            return page.lines.map((line, index) => [line, page.counts[index]]);
          });
          expect(found).toEqual(expected);
        },
      ),
    );
  });
});
