import { FitAddon } from '@xterm/addon-fit';
import { type ISearchOptions, SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useHarrier } from '../app/harrier.ts';
import { isMac, isShortcut, shortcuts, showKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { type Feed, feedScreen } from './feed.ts';
import { searchColours, terminalTheme } from './theme.ts';

const fontFamily = '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, monospace';

export interface Keys {
  readonly onSearch: () => void;
  readonly onCopy: () => void;
  readonly onLeave: () => void;
  readonly onPaste: (text: string) => void;
}
export interface Matches {
  readonly index: number;
  readonly count: number;
}
export interface ShownTerminal {
  readonly size: string;
  readonly selected: boolean;
  readonly matches: Matches | undefined;
  selection(): string;
  focus(): void;
  paste(text: string): void;
  find(text: string, way: 'next' | 'previous', typing?: boolean): void;
  endSearch(): void;
}

/** xterm in `box`, fed by the terminal `id` of the engine; follows size, theme and preferences of the window. */
export function useTerminal(
  box: RefObject<HTMLDivElement | null>,
  { id, ended, keys, onGone }: { id: string; ended: boolean; keys: Keys; onGone: () => void },
): ShownTerminal {
  const { client, prefs } = useHarrier();
  const [size, setSize] = useState('');
  const [selected, setSelected] = useState(false);
  const [matches, setMatches] = useState<Matches>();
  const parts = useRef<{ terminal: Terminal; search: SearchAddon; fit: FitAddon; feed: Feed }>(undefined);
  const latest = useRef({ keys, onGone, ended });
  latest.current = { keys, onGone, ended };

  useEffect(() => {
    const place = box.current;
    if (place === null) return;
    Terminal.strings.promptLabel = t('terminals.input', { key: showKeys(shortcuts.leaveTerminal[0]) });
    Terminal.strings.tooMuchOutput = t('terminals.tooMuch');
    const { terminalFont: fontSize, screenReader: screenReaderMode } = prefs.getState();
    const terminal = new Terminal({
      // The search marks its matches with decorations.
      allowProposedApi: true,
      fontFamily,
      fontSize,
      screenReaderMode,
      theme: terminalTheme(document.documentElement),
      minimumContrastRatio: 4.5,
      scrollback: 10_000,
      // What a program prints cannot open anything (S28).
      linkHandler: { activate: () => {} },
    });
    const fit = new FitAddon();
    const search = new SearchAddon();
    terminal.loadAddon(fit);
    terminal.loadAddon(search);
    terminal.open(place);
    const feed = feedScreen({ client, terminal: id, screen: terminal, onGone: () => latest.current.onGone() });
    parts.current = { terminal, search, fit, feed };
    terminal.onData(feed.type);
    terminal.onSelectionChange(() => setSelected(terminal.hasSelection()));
    search.onDidChangeResults(({ resultIndex, resultCount }) =>
      setMatches(resultCount === 0 ? { index: 0, count: 0 } : { index: resultIndex + 1, count: resultCount }),
    );
    terminal.onResize(({ cols, rows }) => {
      setSize(`${cols} × ${rows}`);
      // An ended one stays as it is.
      void client.call('terminal.resize', { terminal: id, columns: cols, rows }).catch(() => {});
    });
    terminal.attachCustomKeyEventHandler((event) =>
      // Nothing hears Tab in an ended one: it goes on to what stands below.
      latest.current.ended && event.key === 'Tab' ? false : handleKey(event, latest.current.keys),
    );
    const resized = new ResizeObserver(() => fit.fit());
    resized.observe(place);
    const themed = new MutationObserver(() => {
      terminal.options.theme = terminalTheme(document.documentElement);
    });
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const forget = prefs.subscribe((next) => {
      terminal.options.fontSize = next.terminalFont;
      terminal.options.screenReaderMode = next.screenReader;
      fit.fit();
    });
    // Letters are measured when the font is there.
    void document.fonts.load(`${fontSize}px ${fontFamily}`).then(() => fit.fit());
    const onPaste = (event: ClipboardEvent): void => {
      event.preventDefault();
      event.stopPropagation();
      latest.current.keys.onPaste(event.clipboardData?.getData('text/plain') ?? '');
    };
    place.addEventListener('paste', onPaste, { capture: true });
    terminal.focus();
    return () => {
      place.removeEventListener('paste', onPaste, { capture: true });
      forget();
      themed.disconnect();
      resized.disconnect();
      feed.stop();
      terminal.dispose();
      parts.current = undefined;
    };
  }, [id, client, prefs, box]);

  useEffect(() => {
    if (parts.current) parts.current.terminal.options.disableStdin = ended;
  }, [ended]);

  const endSearch = (): void => {
    parts.current?.search.clearDecorations();
    parts.current?.terminal.clearSelection();
    setMatches(undefined);
  };
  return {
    size,
    selected,
    matches,
    selection: () => parts.current?.terminal.getSelection() ?? '',
    focus: () => parts.current?.terminal.focus(),
    paste: (text) => parts.current?.terminal.paste(text),
    find(text, way, typing = false) {
      const options: ISearchOptions = { decorations: searchColours(document.documentElement), incremental: typing };
      if (text === '') endSearch();
      else if (way === 'next') parts.current?.search.findNext(text, options);
      else parts.current?.search.findPrevious(text, options);
    },
    endSearch,
  };
}

/** Keys that belong to the window; all others go to the shell. False: xterm leaves the event alone. */
function handleKey(event: KeyboardEvent, keys: Keys): boolean {
  if (event.type !== 'keydown') return true;
  const command = isMac() ? event.metaKey : event.ctrlKey && event.shiftKey;
  const key = event.key.toLowerCase();
  if (isShortcut(event, shortcuts.leaveTerminal[0])) keys.onLeave();
  else if (command && key === 'f') keys.onSearch();
  else if (command && key === 'c') keys.onCopy();
  // The browser turns it into a paste event; the window opens its commands.
  else if (command && (key === 'v' || key === 'k')) return false;
  else return true;
  event.preventDefault();
  event.stopPropagation();
  return false;
}
