import type { CSSProperties } from 'react';
import { flag, type Style } from '../../src-shared/trace/index.ts';
import { cssColour, legible, type Shown, shownColour } from './contrast.ts';

/** The tokens `--ansi-0` to `--ansi-8` as numbers, for text on a ground that a job chose. */
const lightTokens = [0x1a1d1c, 0xb42718, 0x17703c, 0x7e4f00, 0x1f5fa8, 0x8a3e8f, 0x0a6680, 0x535856, 0x626764];
const darkTokens = [0x939a97, 0xff8675, 0x5cc389, 0xe2ac45, 0x7fb2f0, 0xd49adb, 0x63bdd6, 0xc9cecb, 0x939a97];
const grounds = { light: { bg: 0xffffff, text: 0x1a1d1c }, dark: { bg: 0x101313, text: 0xe6e9e7 } };

/** How a span looks. Text in a job's own colours is lifted until it can be read; undefined = as the row is. */
export function spanStyle(style: Style, dark: boolean): CSSProperties | undefined {
  const { flags } = style;
  if (flags === 0 && style.fg === -1 && style.bg === -1) return undefined;
  const css: CSSProperties = {};
  const inverse = (flags & flag.inverse) !== 0;
  const fg = shownColour(inverse ? style.bg : style.fg);
  const bg = shownColour(inverse ? style.fg : style.bg);
  const theme = dark ? grounds.dark : grounds.light;
  const tokens = dark ? darkTokens : lightTokens;
  const rgbOf = (shown: Shown, otherwise: number): number =>
    shown === undefined ? otherwise : 'rgb' in shown ? shown.rgb : (tokens[shown.token] ?? otherwise);
  if (bg !== undefined || inverse) {
    const ground = rgbOf(bg, theme.text);
    css.backgroundColor = cssColour(ground);
    css.color = cssColour(legible(rgbOf(fg, inverse ? theme.bg : theme.text), ground));
  } else if (fg !== undefined)
    css.color = 'token' in fg ? `var(--ansi-${fg.token})` : cssColour(legible(fg.rgb, dark ? 0x391c18 : 0xfbe8e4));
  if (flags & flag.bold) css.fontWeight = 600;
  // Half brightness would fall below AA: dim text takes the quiet colour where it has none of its own.
  if (flags & flag.dim && css.color === undefined) css.color = 'var(--text3)';
  if (flags & flag.italic) css.fontStyle = 'italic';
  const lines = [
    flags & (flag.underline | flag.doubleUnderline | flag.curlyUnderline) ? 'underline' : '',
    flags & flag.strike ? 'line-through' : '',
  ].filter(Boolean);
  if (lines.length > 0) css.textDecorationLine = lines.join(' ');
  if (flags & flag.doubleUnderline) css.textDecorationStyle = 'double';
  if (flags & flag.curlyUnderline) css.textDecorationStyle = 'wavy';
  if (flags & flag.conceal) css.visibility = 'hidden';
  return css;
}
