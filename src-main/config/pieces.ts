/** A value in the text of a config file, or a part of a list: what stands between its quotes. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** The quotes around it; `bare` for numbers and what is no value at all. */
  readonly form: '"' | "'" | '"""' | "'''" | 'bare' | 'comment';
  /** The last name of the key it belongs to. */
  readonly key: string;
}

/**
 * Cuts a text into the values of its keys, element by element. Unlike a parser it never gives up: what is no TOML is
 * passed over in the way that a person would read it, and a text that is not closed ends with its line.
 */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const blanks = (): void => void skip(/(?:[ \t\r\n]|#[^\n]*)+/y);
  const value = (key: string): void => {
    blanks();
    const quote = skip(/"""|'''|"|'/y);
    if (quote !== '') quoted(key, quote);
    else if (text[at] === '[') list(key);
    else if (text[at] === '{') inline();
    else bare(key);
  };
  const bare = (key: string): void => {
    const start = at;
    const found = skip(/[^,\]}#\n]*/y);
    if (found.trim() !== '') pieces.push({ start, end: start + found.trimEnd().length, form: 'bare', key });
  };
  const quoted = (key: string, quote: string): void => {
    const start = at;
    if (quote === '"') skip(/(?:[^"\\\n]|\\[^\n])*/y);
    else if (quote === "'") skip(/[^'\n]*/y);
    else if (quote === '"""') skip(/(?:[^"\\]|\\[\s\S]|"(?!""))*/y);
    else skip(/(?:[^']|'(?!''))*/y);
    pieces.push({ start, end: at, form: quote as Piece['form'], key });
    if (text.startsWith(quote, at)) at += quote.length;
  };
  const list = (key: string): void => {
    at += 1;
    for (blanks(); at < text.length && text[at] !== ']'; blanks()) {
      const before = at;
      value(key);
      blanks();
      if (text[at] === ',' || at === before) at += 1;
    }
    at += 1;
  };
  const inline = (): void => {
    at += 1;
    for (blanks(); at < text.length && text[at] !== '}'; blanks()) {
      const before = at;
      pair();
      blanks();
      if (text[at] === ',' || at === before) at += 1;
    }
    at += 1;
  };
  /** `a.b = value`; without a `=` the rest of the line is no pair. */
  const pair = (): void => {
    const key = skip(/(?:[^\s="'#,}]|"[^"\n]*"|'[^'\n]*'|[ \t]+(?=[.=\w"']))+/y);
    skip(/[ \t]*/y);
    if (text[at] !== '=') return;
    at += 1;
    value(lastName(key));
  };
  for (blanks(); at < text.length; blanks()) {
    const before = at;
    if (text[at] === '[') skip(/[^\n]*/y);
    else pair();
    if (at === before) at += 1;
  }
  return pieces;
}

const lastName = (key: string): string =>
  (/(?:[^."']+|"[^"]*"|'[^']*')$/.exec(key.trim())?.[0] ?? '').replace(/^["']|["']$/g, '');
