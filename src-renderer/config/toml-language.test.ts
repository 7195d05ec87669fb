import { syntaxTree } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { expect, it } from 'vitest';
import { tomlLanguage } from './toml-language.ts';

/** The pieces of a text that have a colour, with its name. */
const colours = (text: string): string[] => {
  const state = EditorState.create({ doc: text, extensions: [tomlLanguage] });
  const found: string[] = [];
  syntaxTree(state).iterate({
    enter: ({ name, from, to }) => {
      if (name !== 'Document') found.push(`${name} ${text.slice(from, to)}`);
    },
  });
  return found;
};

it.each([
  { text: 'limit = 4 # c', found: ['propertyName limit', 'number 4', 'comment # c'] },
  { text: '[[runners]]\n  [runners.docker]', found: ['heading [[runners]]', 'heading [runners.docker]'] },
  { text: 'a = "x # y"\nb = true', found: ['propertyName a', 'string "x # y"', 'propertyName b', 'atom true'] },
  { text: 'a = "open\nb = 1', found: ['propertyName a', 'string "open', 'propertyName b', 'number 1'] },
  {
    text: 'a = """\nb = 1\n"""\nc = 1',
    found: ['propertyName a', 'string """', 'string b = 1', 'string """', 'propertyName c', 'number 1'],
  },
  {
    text: 'a = [\n "x", # c\n 2\n]\nb = 1',
    found: ['propertyName a', 'string "x"', 'comment # c', 'number 2', 'propertyName b', 'number 1'],
  },
  {
    text: 'a = { b = "c", d = [1] }',
    found: ['propertyName a', 'propertyName b', 'string "c"', 'propertyName d', 'number 1'],
  },
  { text: 't = 2026-01-31T12:00:00Z', found: ['propertyName t', 'number 2026-01-31T12:00:00Z'] },
])('colours of $text', ({ text, found }) => {
  expect(colours(text)).toEqual(found);
});
