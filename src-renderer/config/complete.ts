import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { EditorState } from '@codemirror/state';
import type { EditorView, Tooltip } from '@codemirror/view';
import { featureFlags, type KeyDescription, keyAt, keysIn } from '../../src-shared/config-schema.ts';
import { t } from '../app/text.ts';
import { factsOfKey } from './describe-key.ts';
import { headersOf, keyOfWord, placeIn } from './toml-context.ts';

const linesTo = (state: EditorState, at: number): string[] => state.sliceDoc(0, at).split('\n');

/** Keys of the table, values of the key, headers: from the schema, each with its line of help. */
export function completeToml(context: CompletionContext): CompletionResult | null {
  const lines = linesTo(context.state, context.pos);
  const place = placeIn(lines);
  if (place === undefined) return null;
  if (place.kind === 'header') {
    const word = context.matchBefore(/\[+[\w.-]*/);
    return word === null ? null : { from: word.from, options: headersOf().map(headerOption), validFor: /^\[+[\w.-]*$/ };
  }
  if (place.kind === 'key') {
    const word = context.matchBefore(/[\w-]*/);
    if (word === null || (word.from === word.to && !context.explicit)) return null;
    return { from: word.from, options: keyOptions(place.table), validFor: /^[\w-]*$/ };
  }
  const word = context.matchBefore(/["']?[\w:.+-]*/);
  const options = valueOptions(place.path);
  if (
    word === null ||
    options.length === 0 ||
    (word.from === word.to && !context.explicit && !/=\s*$/.test(lines.at(-1) ?? ''))
  )
    return null;
  return { from: word.from, options, validFor: /^["']?[\w:.+-]*$/ };
}

function keyOptions(table: readonly string[]): Completion[] {
  if (keyAt(table)?.kind === 'flags')
    return Object.entries(featureFlags).map(([name, usual]) => ({
      label: name,
      apply: `${name} = ${!usual}`,
      info: t('config.usual', { value: String(usual) }),
    }));
  return keysIn(table)
    .filter(({ kind }) => kind !== 'table' && kind !== 'tables')
    .map((key, index) => ({
      label: key.path.at(-1) ?? '',
      apply: `${key.path.at(-1)} = ${emptyValue(key)}`,
      detail: key.ignored !== undefined ? '—' : '',
      info: `${key.doc} ${factsOfKey(key)}`,
      // Keys that work stand before those that are only kept, in the order of the schema.
      boost: (key.ignored !== undefined ? -50 : 0) - index / 100,
    }));
}

function emptyValue({ kind, default: usual }: KeyDescription): string {
  if (kind === 'boolean') return usual === true ? 'false' : 'true';
  if (kind === 'texts' || kind === 'numbers') return '[]';
  if (kind === 'map' || kind === 'flags') return '{}';
  if (kind === 'integer' || kind === 'number' || kind === 'datetime') return '';
  return '""';
}

const headerOption = ({ path, kind, doc }: KeyDescription): Completion => ({
  label: kind === 'tables' ? `[[${path.join('.')}]]` : `[${path.join('.')}]`,
  info: doc,
});

function valueOptions(path: readonly string[]): Completion[] {
  const key = keyAt(path);
  if (key?.kind === 'boolean' || keyAt(path.slice(0, -1))?.kind === 'flags')
    return ['true', 'false'].map((label) => ({ label }));
  return (key?.values ?? []).map((value) => ({ label: `"${value}"` }));
}

/** What the key under the pointer means. */
export function hoverToml(view: EditorView, at: number): Tooltip | null {
  const line = view.state.doc.lineAt(at);
  const word = wordAround(line.text, at - line.from);
  const key = word && keyOfWord([...linesTo(view.state, line.from).slice(0, -1), line.text], word.text);
  if (!word || key === undefined) return null;
  return {
    pos: line.from + word.from,
    end: line.from + word.from + word.text.length,
    above: true,
    create: () => ({ dom: helpOf(key) }),
  };
}

function wordAround(line: string, at: number): { readonly from: number; readonly text: string } | undefined {
  for (const { index, 0: text } of line.matchAll(/[\w-]+/g))
    if (index <= at && at <= index + text.length) return { from: index, text };
  return undefined;
}

function helpOf(key: KeyDescription): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'cm-hoverDoc';
  const title = document.createElement('b');
  title.textContent = key.path.join('.');
  const lines = [key.doc, factsOfKey(key), key.ignored ?? ''].filter((line) => line !== '');
  dom.append(
    title,
    ...lines.map((line) => {
      const row = document.createElement('span');
      row.textContent = line;
      return row;
    }),
  );
  return dom;
}
