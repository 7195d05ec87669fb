/** Command on macOS, Control elsewhere. */
export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);
export const commandKey = (): string => (isMac() ? '⌘' : 'Ctrl+');

interface KeyLike {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}
export const isCommand = (event: KeyLike, key: string): boolean =>
  event.key.toLowerCase() === key && (isMac() ? event.metaKey : event.ctrlKey) && !event.altKey;

/** A person is typing: single keys belong to the text. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable);
