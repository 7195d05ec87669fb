/**
 * Patterns as github.com/bmatcuk/doublestar v4 reads them, which GitLab Runner uses for `paths` and `exclude`:
 * `*`, `?`, `[a-z]`, `[^a]` or `[!a]`, `{a,b}` (nested, may hold slashes), `**` as a whole segment, `\` escapes.
 * `a/**` matches `a` as well. Dotfiles are ordinary names. Not taken over: a class never matches `/`.
 */
export interface Glob {
  readonly source: string;
  /** One list of segments for each way to choose the braces. */
  readonly alternatives: readonly (readonly Segment[])[];
  /** Whether the whole path matches. */
  matches(path: string): boolean;
}
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'pattern'; readonly matches: (name: string) => boolean };

/** What a star becomes; classes escape their brackets, so this text cannot come from elsewhere. */
const anyText = '[\\s\\S]*';
/** Braces multiply; a pattern that asks for more than this is taken as malformed instead of filling the memory. */
const mostAlternatives = 4096;

/** Answers undefined for a malformed pattern (an unclosed class or brace, a lone `\` at the end). */
export function compileGlob(source: string): Glob | undefined {
  const chosen = expandBraces(source);
  if (chosen === undefined) return undefined;
  const alternatives: Segment[][] = [];
  for (const text of chosen) {
    const segments = compileSegments(text);
    if (segments === undefined) return undefined;
    alternatives.push(segments);
  }
  return {
    source,
    alternatives,
    matches: (path) => {
      const names = path.split('/');
      return alternatives.some((segments) => matchSegments(segments, names));
    },
  };
}

function compileSegments(text: string): Segment[] | undefined {
  const parts = splitSegments(text);
  // `a/**/` means `a/**`: the slash behind a doublestar adds nothing.
  if (parts.length > 1 && parts.at(-1) === '' && parts.at(-2) === '**') parts.pop();
  const segments: Segment[] = [];
  for (const part of parts) {
    if (part === '**') {
      if (segments.at(-1)?.kind !== 'any') segments.push({ kind: 'any' });
      continue;
    }
    const segment = compileSegment(part);
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  return segments;
}

/** Cuts at `/`, but not at one inside of a class. */
function splitSegments(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '/') {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function compileSegment(part: string): Segment | undefined {
  const runes = [...part];
  let pattern = '';
  let literal: string | undefined = '';
  for (let i = 0; i < runes.length; i++) {
    const rune = runes[i]!;
    if (rune === '*') {
      while (runes[i + 1] === '*') i++;
      pattern += anyText;
      literal = undefined;
    } else if (rune === '?') {
      pattern += '[\\s\\S]';
      literal = undefined;
    } else if (rune === '[') {
      const read = readClass(runes, i);
      if (read === undefined) return undefined;
      pattern += read.pattern;
      literal = undefined;
      i = read.end;
    } else {
      if (rune === '\\' && ++i >= runes.length) return undefined;
      const text = runes[i]!;
      pattern += quote(text);
      if (literal !== undefined) literal += text;
    }
  }
  if (literal !== undefined) return { kind: 'literal', text: literal };
  return { kind: 'pattern', matches: wildcardMatcher(runes, pattern) };
}

/** `*.txt` and `*` are the common ones and need no regular expression; the rest does. */
function wildcardMatcher(runes: readonly string[], pattern: string): (name: string) => boolean {
  const rest = runes.slice(1).join('');
  if (runes[0] === '*' && !/[*?[\\]/.test(rest)) return (name) => name.endsWith(rest);
  const expression = new RegExp(`^${pattern}$`, 'u');
  // Several stars backtrack; a linear walk keeps hostile patterns harmless.
  if (runes.filter((rune) => rune === '*').length <= 2) return (name) => expression.test(name);
  const pieces = pattern.split(anyText).map((piece) => new RegExp(`^(?:${piece})`, 'u'));
  const lengths = pattern.split(anyText).map(runeCount);
  return (name) => matchPieces(pieces, lengths, [...name]);
}

/** Every piece between two stars has a fixed number of runes, so the leftmost fit is always right (greedy proof). */
function matchPieces(pieces: readonly RegExp[], lengths: readonly number[], name: readonly string[]): boolean {
  const fits = (index: number, at: number): boolean =>
    at >= 0 &&
    pieces[index]!.test(name.slice(at, at + lengths[index]!).join('')) &&
    at + lengths[index]! <= name.length;
  const last = pieces.length - 1;
  const tail = name.length - lengths[last]!;
  if (!fits(0, 0) || !fits(last, tail)) return false;
  let at = lengths[0]!;
  for (let index = 1; index < last; index++) {
    while (at + lengths[index]! <= tail && !fits(index, at)) at++;
    if (at + lengths[index]! > tail) return false;
    at += lengths[index]!;
  }
  return at <= tail;
}

/** Runes that a piece of our own making takes: each class, each `[^]` and each (escaped) character is one. */
const runeCount = (pattern: string): number => (pattern.match(/\[(?:\\.|[^\]\\])*\]|\\.|[\s\S]/gu) ?? []).length;

/** `[...]` from `start`; undefined when it is empty or does not end. */
function readClass(runes: readonly string[], start: number): { pattern: string; end: number } | undefined {
  let i = start + 1;
  const negated = runes[i] === '!' || runes[i] === '^';
  if (negated) i++;
  if (i >= runes.length || runes[i] === ']') return undefined;
  let inner = '';
  let last: string | undefined;
  while (i < runes.length && runes[i] !== ']') {
    let rune = runes[i++]!;
    if (last !== undefined && rune === '-' && i < runes.length && runes[i] !== ']') {
      if (runes[i] === '\\') i++;
      const high = runes[i++];
      if (high === undefined) return undefined;
      if (last.codePointAt(0)! <= high.codePointAt(0)!) inner += `${escapeInClass(last)}-${escapeInClass(high)}`;
      last = undefined;
      continue;
    }
    if (rune === '\\') {
      const escaped = runes[i++];
      if (escaped === undefined) return undefined;
      rune = escaped;
    }
    inner += escapeInClass(rune);
    last = rune;
  }
  if (runes[i] !== ']') return undefined;
  return { pattern: `[${negated ? '^' : ''}${inner}]`, end: i };
}

const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
const escapeInClass = (text: string): string => text.replace(/[\\\]^[-]/gu, '\\$&');

/** Every way to choose among `{a,b}`; undefined when a brace is not closed or they are too many. */
function expandBraces(text: string): string[] | undefined {
  const open = indexOfUnescaped(text, 0, (char) => char === '{');
  if (open < 0) return [text];
  const choices: string[] = [];
  let depth = 1;
  let start = open + 1;
  let close = -1;
  for (let i = open + 1; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) {
      choices.push(text.slice(start, i));
      close = i;
      break;
    } else if (char === ',' && depth === 1) {
      choices.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (close < 0) return undefined;
  const all: string[] = [];
  for (const choice of choices) {
    const expanded = expandBraces(text.slice(0, open) + choice + text.slice(close + 1));
    if (expanded === undefined || all.length + expanded.length > mostAlternatives) return undefined;
    all.push(...expanded);
  }
  return all;
}

/** Skips escapes and classes, in which braces are ordinary characters. */
function indexOfUnescaped(text: string, from: number, wanted: (char: string) => boolean): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (wanted(text[i]!)) return i;
  }
  return -1;
}

/** `**` stands for any number of names, none included. */
function matchSegments(segments: readonly Segment[], names: readonly string[]): boolean {
  let s = 0;
  let n = 0;
  let backSegment = -1;
  let backName = 0;
  while (n < names.length) {
    const segment = segments[s];
    if (segment?.kind === 'any') {
      if (s === segments.length - 1) return true;
      backSegment = ++s;
      backName = n;
    } else if (segment !== undefined && matchName(segment, names[n]!)) {
      s++;
      n++;
    } else if (backSegment >= 0) {
      s = backSegment;
      n = ++backName;
    } else return false;
  }
  return s === segments.length || (s === segments.length - 1 && segments[s]!.kind === 'any');
}

/** Whether one name (no slash) fits one segment that is not `**`. */
export function matchName(segment: Segment, name: string): boolean {
  if (segment.kind === 'literal') return segment.text === name;
  return segment.kind === 'pattern' && segment.matches(name);
}
