import { defaultColour, flag, type Span, type Style, trueColour } from './ansi.ts';

/** Spans as text with escape sequences, whole in itself: a terminal shows them as they look here. Links are left out. */
export const ansiText = (spans: readonly Span[]): string =>
  spans
    .map(({ text, style }) => {
      const codes = codesOf(style);
      return codes === '' ? text : `\x1b[${codes}m${text}\x1b[0m`;
    })
    .join('');

const flagCodes: readonly (readonly [number, string])[] = [
  [flag.bold, '1'],
  [flag.dim, '2'],
  [flag.italic, '3'],
  [flag.underline, '4'],
  [flag.curlyUnderline, '4:3'],
  [flag.inverse, '7'],
  [flag.conceal, '8'],
  [flag.strike, '9'],
  [flag.doubleUnderline, '21'],
];

function codesOf({ fg, bg, flags }: Style): string {
  const set = flagCodes.filter(([bit]) => (flags & bit) !== 0).map(([, code]) => code);
  return [...set, colourCode(fg, 30), colourCode(bg, 40)].filter(Boolean).join(';');
}

/** `base`: 30 for text, 40 for its ground. */
function colourCode(colour: number, base: number): string {
  if (colour === defaultColour) return '';
  if (colour >= trueColour) {
    const rgb = colour - trueColour;
    return `${base + 8};2;${rgb >> 16};${(rgb >> 8) & 255};${rgb & 255}`;
  }
  return colour < 8 ? `${base + colour}` : colour < 16 ? `${base + 52 + colour}` : `${base + 8};5;${colour}`;
}
