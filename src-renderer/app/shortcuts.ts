import type { MessageId } from './messages.ts';
import { t } from './text.ts';

/** Command on macOS, Control elsewhere. */
export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

/**
 * Every shortcut of the window, once: whoever listens, tooltips, the palette and the list of keys read it. `Mod` is
 * Command on macOS, Control elsewhere. A key without it works while the list or the log has the focus; a sign (`?`, `/`)
 * wherever nobody types.
 */
export const shortcuts = {
  commands: ['Mod+K'],
  help: ['?'],
  views: ['Mod+1', 'Mod+2', 'Mod+3', 'Mod+4', 'Mod+5'],
  settings: ['Mod+,'],
  filter: ['/'],
  list: ['ArrowUp', 'ArrowDown', 'Enter'],
  search: ['Mod+F'],
  matches: ['Enter', 'Shift+Enter'],
  problems: ['E', 'Shift+E'],
  folds: ['ArrowLeft', 'ArrowRight'],
  allFolds: ['Shift+ArrowLeft', 'Shift+ArrowRight'],
  ends: ['Home', 'End'],
  lines: ['Shift+ArrowUp', 'Shift+ArrowDown'],
  times: ['T'],
  wrap: ['W'],
  full: ['F'],
  link: ['Mod+L'],
  terminal: ['Mod+T'],
  server: ['Mod+O'],
  cancel: ['Mod+.'],
  pauseAll: ['Shift+Mod+P'],
  save: ['Mod+S'],
  undo: ['Mod+Z', 'Shift+Mod+Z'],
  terminalCommands: ['Ctrl+Shift+K'],
  leaveTerminal: ['Ctrl+F6'],
  escape: ['Escape'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type ShortcutId = keyof typeof shortcuts;

interface KeyLike {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}
/** Whether these are the keys. Signs and digits need Shift on some keyboards, so Shift counts with letters and names only. */
export function isShortcut(event: KeyLike, keys: string): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  const has = (part: string): boolean => parts.includes(part);
  const mac = isMac();
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    !event.altKey &&
    event.ctrlKey === (has('Ctrl') || (has('Mod') && !mac)) &&
    event.metaKey === (has('Mod') && mac) &&
    (event.shiftKey === has('Shift') || isSign(key))
  );
}
const isSign = (key: string): boolean => key.length === 1 && !/[a-z]/i.test(key);
/** Where keys work: anywhere, anywhere but in a text (which has an undo of its own), or in list and log. */
export function reachOf(keys: string): 'anywhere' | 'outsideOfText' | 'listAndLog' {
  if (isSign(keys) || keys.endsWith('Mod+Z')) return 'outsideOfText';
  return /Mod|Ctrl/.test(keys) ? 'anywhere' : 'listAndLog';
}
/** Keys of one character can be turned off: who dictates, or strikes keys by accident, needs that (WCAG 2.1.4). */
export const isSingle = (keys: string): boolean => /^(Shift\+)?.$/.test(keys);

const names: Readonly<Record<string, MessageId>> = {
  Ctrl: 'key.ctrl',
  Shift: 'key.shift',
  Enter: 'key.enter',
  Home: 'key.home',
  End: 'key.end',
  Escape: 'key.escape',
};
const drawn: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
};
/** The keys as they are written on keyboards: `⇧⌘P`, `Ctrl+Shift+P`, `⇧E`. */
export function showKeys(keys: string): string {
  const parts = keys.split('+').map((part) => (part === 'Mod' && !isMac() ? 'Ctrl' : part));
  // One word for one key is enough where no other word stands beside it.
  if (!parts.includes('Ctrl'))
    return parts.map((part) => (part === 'Mod' ? '⌘' : part === 'Shift' ? '⇧' : word(part))).join('');
  return [...parts.filter((part) => part === 'Ctrl'), ...parts.filter((part) => part !== 'Ctrl')].map(word).join('+');
}
const word = (part: string): string => drawn[part] ?? (names[part] !== undefined ? t(names[part]) : part);

/** A tooltip: what it does, and its keys. */
export const withKeys = (label: string, keys: string): string => `${label} (${showKeys(keys)})`;

/** A person is typing: single keys belong to the text. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.matches('input:not([type=radio], [type=checkbox]), textarea, select') || target.isContentEditable);
