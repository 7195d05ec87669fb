import { configKeys } from '../../src-shared/config-schema.ts';
import { tokenPrefixes } from '../../src-shared/tokens.ts';
import { valuesOf } from '../../src-shared/toml/values.ts';
import { type Piece, piecesOf } from './pieces.ts';

/** A secret in the text of a config file. It never reaches over a line end, so that hiding it keeps the lines. */
export interface SecretSpan {
  readonly start: number;
  readonly end: number;
  readonly form: Piece['form'];
}

/** Names of keys whose values are secret, in whatever table they stand: a table that no schema knows has them too. */
const names = new Set(configKeys.filter(({ secret }) => secret).map(({ path }) => path.at(-1)?.toLowerCase()));
const looksSecret = /(?:token|passw(?:or)?d|secret|secret_?key|private_?key|access_?key|account_?key)$/i;
const isSecretKey = (name: string): boolean => names.has(name.toLowerCase()) || looksSecret.test(name);

/** A token wherever it stands: in a script, in a comment. */
const tokenAnywhere = new RegExp(`(?:glpat-|${tokenPrefixes.join('|')})[0-9A-Za-z._=-]{4,}`, 'g');
const passwordInUrl = /(?<=:\/\/[^\s/:@"']*:)[^\s/@"']+(?=@)/g;
/**
 * `key = value` outside of any value: in a comment, or in a text that is no TOML and cannot be understood otherwise. All
 * that follows on the line counts as the value.
 */
const assignment = /(?<=^|[#\s{,."'])([A-Za-z_][\w-]*)["']?[ \t]*=[ \t["'{]*([^\n]*)/gm;
/** A line that is nothing but data, where no quotes tell what it belongs to: a key (PEM) whose first line was lost. */
const dataLine = /(?<=^[ \t]*)[\w+/=.-]{12,}(?=[ \t]*$)/gm;
/** What stands for a variable of the environment is no secret. */
const isReference = (value: string): boolean => /^\$(?:\w+|\{\w+\})$/.test(value);

/**
 * Every secret of a text, in order, without overlap: values of secret keys, tokens by their prefix, passwords in
 * addresses. A text that is no TOML is searched in the same way; there rather too much is found than too little.
 */
export function secretSpans(text: string): SecretSpan[] {
  const pieces = piecesOf(text);
  const readable = isToml(text);
  const inValues = pieces.flatMap((piece) => (isSecretKey(piece.key) ? valueSpans(text, piece) : []));
  const shaped = [tokenAnywhere, passwordInUrl, ...(readable ? [] : [dataLine])].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ start: index, end: index + found.length })),
  );
  const assigned = [...text.matchAll(assignment)].flatMap(({ index, 0: found, 1: key = '', 2: rest = '' }) => {
    const value = rest.replace(/[\s"'\]},]+$/, '');
    if (!isSecretKey(key) || value === '' || isReference(value)) return [];
    const start = index + found.length - rest.length;
    return [{ start, end: start + value.length }];
  });
  const formed = (span: { start: number; end: number }): SecretSpan => ({ ...span, form: formAt(pieces, span.start) });
  // In a text that is understood, what looks like an assignment inside of a script is none of ours.
  const noted = assigned.map(formed).filter(({ form }) => !readable || form === 'comment');
  const spans = withoutOverlap([...inValues, ...shaped.map(formed), ...noted]);
  // Where nothing is sure, not even quotes, what was hidden comes back as it is.
  return readable ? spans : spans.map((span) => ({ ...span, form: 'comment' }));
}

function isToml(text: string): boolean {
  try {
    valuesOf(text);
    return true;
  } catch {
    return false;
  }
}

/** In which kind of quotes a place of the text stands. */
export const formAt = (pieces: readonly Piece[], at: number): Piece['form'] =>
  pieces.find(({ start, end }) => start <= at && at <= end)?.form ?? 'comment';

function valueSpans(text: string, { start, end, form }: Piece): SecretSpan[] {
  const spans: SecretSpan[] = [];
  let at = start;
  for (const line of text.slice(start, end).split('\n')) {
    // Variables keep their name: KEY=value.
    const name = form === 'bare' ? '' : (/^[A-Za-z_]\w*=/.exec(line)?.[0] ?? '');
    const from = at + name.length + (/^\s*/.exec(line.slice(name.length))?.[0].length ?? 0);
    const to = at + line.trimEnd().length;
    if (to > from && !isReference(text.slice(from, to))) spans.push({ start: from, end: to, form });
    at += line.length + 1;
  }
  return spans;
}

function withoutOverlap(spans: readonly SecretSpan[]): SecretSpan[] {
  const result: SecretSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last === undefined || span.start >= last.end) result.push(span);
    else if (span.end > last.end) result[result.length - 1] = { ...last, end: span.end };
  }
  return result;
}
