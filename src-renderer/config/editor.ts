import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, nextDiagnostic, previousDiagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, Transaction } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
  WidgetType,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { pageNonce } from '../app/style-nonce.ts';
import { t } from '../app/text.ts';
import { changedLines } from './changed-lines.ts';
import { completeToml, hoverToml } from './complete.ts';
import { editorTheme } from './editor-theme.ts';
import { placeholders, withPlainDots } from './placeholder.ts';
import { changeBetween } from './text-change.ts';
import { tomlLanguage } from './toml-language.ts';

/** The name of a text for screen readers; `tabindex` says that it can be reached to those who do not know editable text. */
export const textNamed = (label: string): Extension =>
  EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' });

/** What every view of a TOML text has: language, colours, numbers. */
export const tomlLook = (): Extension => [
  EditorView.cspNonce.of(pageNonce(document)),
  lineNumbers(),
  tomlLanguage,
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: tags.propertyName, class: 'tok-key' },
      { tag: tags.string, class: 'tok-text' },
      { tag: tags.number, class: 'tok-number' },
      { tag: [tags.atom, tags.heading], class: 'tok-atom' },
      { tag: tags.comment, class: 'tok-comment' },
    ]),
  ),
  hiddenSecrets,
  editorTheme,
];

class Hidden extends WidgetType {
  constructor(private readonly text: string) {
    super();
  }
  override eq(other: Hidden): boolean {
    return other.text === this.text;
  }
  toDOM(): HTMLElement {
    const dom = document.createElement('span');
    dom.className = 'tok-hidden';
    dom.title = t('config.hiddenHover');
    dom.textContent = withPlainDots(this.text);
    return dom;
  }
}
/** The dots that stand for a secret are one thing: the cursor passes over them, and a key deletes them whole. */
const hiddenMarks = new MatchDecorator({
  regexp: placeholders,
  decoration: ([text]) => Decoration.replace({ widget: new Hidden(text) }),
});
const hiddenSecrets = ViewPlugin.define(
  (view) => ({
    marks: hiddenMarks.createDeco(view),
    update(update) {
      this.marks = hiddenMarks.updateDeco(update, this.marks);
    },
  }),
  {
    decorations: ({ marks }) => marks,
    provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.marks ?? Decoration.none),
  },
);

/** The state of the main editor for a text. `onText` hears of each change that a person makes. */
export function createEditorState(text: string, onText: (text: string) => void): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      history(),
      drawSelection(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      bracketMatching(),
      closeBrackets(),
      search({ top: true }),
      autocompletion({ override: [completeToml], icons: false }),
      hoverTooltip(hoverToml),
      lintGutter(),
      changedLines(),
      tomlLook(),
      indentUnit.of(/^\t/m.test(text) ? '\t' : '  '),
      keymap.of([
        ...closeBracketsKeymap,
        ...defaultKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...completionKeymap,
        { key: 'F8', run: nextDiagnostic, shift: previousDiagnostic },
        indentWithTab,
      ]),
      textNamed(t('config.text')),
      EditorView.updateListener.of(({ docChanged, state, transactions }) => {
        if (docChanged && !transactions.every((each) => each.annotation(Transaction.remote)))
          onText(state.doc.toString());
      }),
    ],
  });
}

/** Brings the editor to a text with the smallest change. `remote`: not a person's doing, and nothing to undo. */
export function bringTo(view: EditorView, text: string, options: { readonly remote: boolean }): void {
  const change = changeBetween(view.state.doc.toString(), text);
  if (change === undefined) return;
  view.dispatch({
    changes: change,
    annotations: options.remote
      ? [Transaction.remote.of(true), Transaction.addToHistory.of(false)]
      : [Transaction.userEvent.of('input.type.form')],
  });
}

/** Puts the cursor on a line, in the middle of what is shown. */
export function goToLine(view: EditorView, line: number, column = 1): void {
  const { from, to } = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  const at = Math.min(from + column - 1, to);
  view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
  view.focus();
}

/** Brings a line to the top without taking the focus from the form. */
export function scrollToLine(view: EditorView, line: number): void {
  const { from } = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'start', yMargin: 8 }) });
}
