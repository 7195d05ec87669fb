import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toEditorText, toFileText } from './editor-text.ts';

it.each([
  { why: 'line feeds', file: 'a\nb\n', edited: 'a\nc\n', result: 'a\nc\n' },
  {
    why: 'Windows line ends and a byte order mark',
    file: '\uFEFFa\r\nb\r\n',
    edited: 'a\nnew\nb\n',
    result: '\uFEFFa\r\nnew\r\nb\r\n',
  },
  {
    why: 'both kinds: each line keeps its own',
    file: 'a\r\nb\nc\r\nd\r\n',
    edited: 'a\nb\nx\nc\nd\n',
    result: 'a\r\nb\nx\r\nc\r\nd\r\n',
  },
  { why: 'no line end at the end', file: 'a\r\nb', edited: 'a\nb\nc', result: 'a\r\nb\r\nc' },
  { why: 'a new file', file: '', edited: 'a\n', result: 'a\n' },
])('$why', ({ file, edited, result }) => {
  expect(toFileText(edited, file)).toBe(result);
});

it('a text that was not changed comes back byte by byte', () => {
  const line = fc.tuple(fc.constantFrom('', 'a', 'b', '# c'), fc.constantFrom('\n', '\r\n'));
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('', '\uFEFF'), fc.constantFrom('', 'end'), (lines, mark, end) => {
      const file = mark + lines.map((each) => each.join('')).join('') + end;
      expect(toFileText(toEditorText(file), file)).toBe(file);
    }),
  );
});
