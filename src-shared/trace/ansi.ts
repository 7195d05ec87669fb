/**
 * Escape sequences of job output as styled spans. Only text and style come out: whatever else a job prints (titles,
 * cursor tricks, device queries, marks that turn the reading direction round) vanishes, so that a hostile log can
 * neither run nor overlay anything, and reads as it is.
 * Known: SGR with `;` and `:`, erase in line, carriage return, backspace, tab, column moves, OSC 8 links (http, https).
 */

/** A colour: `defaultColour`, a palette number 0 to 255, or `trueColour` + 0xRRGGBB. */
export type Colour = number;
export const defaultColour = -1;
export const trueColour = 0x1000000;

/** Bits of `Style.flags`. */
export const flag = {
  bold: 1,
  dim: 2,
  italic: 4,
  underline: 8,
  strike: 16,
  inverse: 32,
  conceal: 64,
  doubleUnderline: 128,
  curlyUnderline: 256,
} as const;
const anyUnderline = flag.underline | flag.doubleUnderline | flag.curlyUnderline;

export interface Style {
  readonly fg: Colour;
  readonly bg: Colour;
  readonly flags: number;
  /** Target of an OSC 8 link, http or https only. */
  readonly link?: string;
}
export const plainStyle: Style = { fg: defaultColour, bg: defaultColour, flags: 0 };

/** Applies the parameters of one SGR sequence (`1;31`, `38:2::255:0:0`, empty = reset). Unknown numbers change nothing. */
export function applySgr(style: Style, parameters: string): Style {
  let { fg, bg, flags } = style;
  const groups = parameters.split(';');
  const set = (bit: number): void => void (flags |= bit);
  const clear = (bits: number): void => void (flags &= ~bits);
  for (let index = 0; index < groups.length; index++) {
    const group = groups[index] ?? '';
    const parts = group.split(':');
    const code = numberOf(parts[0]);
    if (code === 38 || code === 48 || code === 58) {
      // With colons the colour is inside of the group, with semicolons it takes the groups that follow.
      const inner = parts.length > 1 ? extendedColour(parts, 1, true) : extendedColour(groups, index + 1, false);
      if (parts.length === 1) index += inner.used;
      if (inner.colour === undefined || code === 58) continue;
      if (code === 38) fg = inner.colour;
      else bg = inner.colour;
      continue;
    }
    if (code === 0) {
      fg = defaultColour;
      bg = defaultColour;
      flags = 0;
    } else if (code === 1) set(flag.bold);
    else if (code === 2) set(flag.dim);
    else if (code === 3) set(flag.italic);
    else if (code === 4) {
      clear(anyUnderline);
      const kind = parts.length > 1 ? numberOf(parts[1]) : 1;
      if (kind === 2) set(flag.doubleUnderline);
      else if (kind === 3) set(flag.curlyUnderline);
      else if (kind !== 0) set(flag.underline);
    } else if (code === 7) set(flag.inverse);
    else if (code === 8) set(flag.conceal);
    else if (code === 9) set(flag.strike);
    else if (code === 21) {
      clear(anyUnderline);
      set(flag.doubleUnderline);
    } else if (code === 22) clear(flag.bold | flag.dim);
    else if (code === 23) clear(flag.italic);
    else if (code === 24) clear(anyUnderline);
    else if (code === 27) clear(flag.inverse);
    else if (code === 28) clear(flag.conceal);
    else if (code === 29) clear(flag.strike);
    else if (code >= 30 && code <= 37) fg = code - 30;
    else if (code === 39) fg = defaultColour;
    else if (code >= 40 && code <= 47) bg = code - 40;
    else if (code === 49) bg = defaultColour;
    else if (code >= 90 && code <= 97) fg = code - 82;
    else if (code >= 100 && code <= 107) bg = code - 92;
  }
  return style.link === undefined ? { fg, bg, flags } : { fg, bg, flags, link: style.link };
}

/** `5;n`, `2;r;g;b` and, with colons, `2:space:r:g:b`. `used` = how many entries belong to it. */
function extendedColour(
  parts: readonly string[],
  at: number,
  colons: boolean,
): { colour: Colour | undefined; used: number } {
  const kind = numberOf(parts[at]);
  if (kind === 5) {
    const value = numberOf(parts[at + 1]);
    return { colour: value <= 255 ? value : undefined, used: 2 };
  }
  if (kind !== 2) return { colour: undefined, used: 1 };
  const shift = colons && parts.length >= 6 ? 2 : 1;
  const [red, green, blue] = [0, 1, 2].map((offset) => numberOf(parts[at + shift + offset])) as [
    number,
    number,
    number,
  ];
  const fits = red <= 255 && green <= 255 && blue <= 255;
  return { colour: fits ? trueColour + red * 65_536 + green * 256 + blue : undefined, used: 4 };
}

/** SGR parameters are short; longer ones are noise and become a number that fits nothing. */
const numberOf = (text: string | undefined): number =>
  text === undefined || text === '' ? 0 : /^\d{1,6}$/.test(text) ? Number(text) : 999_999;

export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** U+202A to U+202E and U+2066 to U+2069 show text in another order than it stands in (CVE-2021-42574). */
const isTurning = (code: number): boolean => (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
const special = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/**
 * One line of decoded text as spans, starting with `style`; gives the style that the next line starts with.
 * The line must hold no newline that counts (one inside is dropped like every other control character).
 */
export function renderLine(text: string, style: Style): { readonly spans: readonly Span[]; readonly style: Style } {
  if (!special.test(text)) return { spans: text === '' ? [] : [{ text, style }], style };
  const cells: string[] = [];
  const styles: Style[] = [];
  let column = 0;
  let now = style;
  const put = (character: string): void => {
    // Columns jumped over are blank; a jump cannot make more of them than a wide screen has.
    while (cells.length < column) {
      cells.push(' ');
      styles.push(plainStyle);
    }
    cells[column] = character;
    styles[column] = now;
    column++;
  };
  const erase = (mode: number): void => {
    if (mode === 0) {
      cells.length = Math.min(cells.length, column);
      styles.length = cells.length;
    } else if (mode === 1) {
      for (let at = 0; at <= column && at < cells.length; at++) {
        cells[at] = ' ';
        styles[at] = plainStyle;
      }
    } else if (mode === 2) {
      cells.length = 0;
      styles.length = 0;
    }
  };
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === 0x1b) {
      const sequence = readSequence(text, at);
      at = sequence.end;
      if (sequence.kind === 'csi') {
        if (sequence.final === 'm' && sequence.plain) now = applySgr(now, sequence.body);
        else if (sequence.final === 'K') erase(numberOf(sequence.body));
        else if (sequence.final === 'C') column = Math.min(column + Math.max(1, numberOf(sequence.body)), widestColumn);
        else if (sequence.final === 'D') column = Math.max(0, column - Math.max(1, numberOf(sequence.body)));
        else if (sequence.final === 'G') column = Math.min(Math.max(1, numberOf(sequence.body)) - 1, widestColumn);
      } else if (sequence.kind === 'osc') now = applyLink(now, sequence.body);
      continue;
    }
    if (code === 0x0d) column = 0;
    else if (code === 0x08) column = Math.max(0, column - 1);
    else if (code === 0x09 || (code >= 0x20 && (code < 0x7f || code > 0x9f) && !isTurning(code))) {
      const wide = code >= 0xd800 && code < 0xdc00 && at + 1 < text.length;
      put(wide ? text.slice(at, at + 2) : (text[at] as string));
      if (wide) at++;
    }
    at++;
  }
  // A link ends with its line: an unclosed one must not reach over the rest of the log.
  return { spans: joinCells(cells, styles), style: withoutLink(now) };
}

const widestColumn = 2000;

function joinCells(cells: readonly string[], styles: readonly Style[]): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (let at = 1; at <= cells.length; at++) {
    const before = styles[at - 1] as Style;
    if (at < cells.length && sameStyle(before, styles[at] as Style)) continue;
    spans.push({ text: cells.slice(from, at).join(''), style: before });
    from = at;
  }
  return spans;
}

const withoutLink = ({ fg, bg, flags }: Style): Style => ({ fg, bg, flags });

export const sameStyle = (a: Style, b: Style): boolean =>
  a === b || (a.fg === b.fg && a.bg === b.bg && a.flags === b.flags && a.link === b.link);

type Sequence =
  | {
      readonly kind: 'csi';
      readonly body: string;
      readonly final: string;
      readonly plain: boolean;
      readonly end: number;
    }
  | { readonly kind: 'osc'; readonly body: string; readonly end: number }
  | { readonly kind: 'other'; readonly end: number };

/** Reads the sequence that begins with ESC at `at`. One that is cut off by the line's end takes the rest of the line. */
function readSequence(text: string, at: number): Sequence {
  const kind = text[at + 1];
  if (kind === '[') {
    let end = at + 2;
    while (end < text.length && isBetween(text, end, 0x20, 0x3f)) end++;
    const body = text.slice(at + 2, end);
    const final = text[end];
    // A byte that can end no sequence is not swallowed.
    if (final === undefined || !isBetween(text, end, 0x40, 0x7e)) return { kind: 'other', end };
    return { kind: 'csi', body, final, plain: /^[\d;:]*$/.test(body), end: end + 1 };
  }
  if (kind === ']' || kind === 'P' || kind === '_' || kind === '^' || kind === 'X') {
    let end = at + 2;
    while (end < text.length && text[end] !== '\x07' && text[end] !== '\x1b' && text[end] !== '\x9c') end++;
    const body = text.slice(at + 2, end);
    const next = text[end] === '\x1b' ? (text[end + 1] === '\\' ? end + 2 : end) : end + 1;
    return kind === ']' ? { kind: 'osc', body, end: Math.min(next, text.length) } : { kind: 'other', end: next };
  }
  let end = at + 1;
  while (end < text.length && isBetween(text, end, 0x20, 0x2f)) end++;
  return { kind: 'other', end: isBetween(text, end, 0x30, 0x7e) ? end + 1 : Math.max(end, at + 1) };
}

const isBetween = (text: string, at: number, low: number, high: number): boolean => {
  const code = text.charCodeAt(at);
  return code >= low && code <= high;
};

function applyLink(style: Style, body: string): Style {
  if (!body.startsWith('8;')) return style;
  const target = body.slice(body.indexOf(';', 2) + 1);
  const rest = withoutLink(style);
  return /^https?:\/\/[^\s\x00-\x1f]+$/i.test(target) && target.length <= 2048 ? { ...rest, link: target } : rest;
}

/** The text of a line as a person sees it, without styles: what is searched, copied and looked at for problems. */
export function visibleText(text: string): string {
  if (!special.test(text)) return text;
  if (!/[\r\x08]|\x1b(?!\[[\d;:]*m)/.test(text))
    return text.replace(/\x1b\[[\d;:]*m|[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '');
  return renderLine(text, plainStyle)
    .spans.map((span) => span.text)
    .join('');
}
