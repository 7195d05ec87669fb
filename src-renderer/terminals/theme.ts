import type { ITheme } from '@xterm/xterm';

/** The window's colours as xterm takes them: values, not names. Bright colours are the same; contrast is kept by xterm. */
export function terminalTheme(root: HTMLElement): ITheme {
  const style = getComputedStyle(root);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  /** A token may name another one; only a computed colour is resolved. */
  const colour = (name: string): string => {
    const value = token(name);
    const named = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
    return named === undefined ? value : token(named);
  };
  const [black, red, green, yellow, blue, magenta, cyan, white, grey] = Array.from({ length: 9 }, (_, number) =>
    colour(`--ansi-${number}`),
  ) as [string, string, string, string, string, string, string, string, string];
  return {
    background: colour('--bg'),
    foreground: colour('--text'),
    cursor: colour('--accent'),
    cursorAccent: colour('--bg'),
    selectionBackground: colour('--soft-accent'),
    selectionForeground: colour('--text'),
    black,
    red,
    green,
    yellow,
    blue,
    magenta,
    cyan,
    white,
    brightBlack: grey,
    brightRed: red,
    brightGreen: green,
    brightYellow: yellow,
    brightBlue: blue,
    brightMagenta: magenta,
    brightCyan: cyan,
    brightWhite: colour('--text'),
  };
}

/** Matches of a search. */
export const searchColours = (root: HTMLElement) => {
  const style = getComputedStyle(root);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    matchBackground: colour('--match'),
    matchOverviewRuler: colour('--match-now'),
    activeMatchBackground: colour('--match-now'),
    activeMatchColorOverviewRuler: colour('--match-now'),
  };
};
