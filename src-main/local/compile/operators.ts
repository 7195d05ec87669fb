import { RE2JS } from 're2js';
import type { Lookup } from './variables.ts';

/** A value of `rules:if`; Ruby's rules: only null and false are false, so an empty text counts as true inside. */
export type Operand = string | null | boolean | RegExpText;
export class RegExpText {
  readonly source: string;
  readonly flags: string;
  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = flags;
  }
}
type Evaluate = (variables: Lookup) => Operand;

/** What the whole expression comes to: Ruby's `present?`, for which blanks are nothing. */
export const isPresent = (value: Operand): boolean =>
  typeof value === 'string' ? value.trim() !== '' : value !== null && value !== false;

const falsy = (value: Operand): boolean => value === null || value === false;

/** `&&` and `||` answer one of their operands, as in Ruby. */
export function apply(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case '&&':
      return (variables) => {
        const value = left(variables);
        return falsy(value) ? value : right(variables);
      };
    case '||':
      return (variables) => {
        const value = left(variables);
        return falsy(value) ? right(variables) : value;
      };
    case '==':
      return (variables) => left(variables) === right(variables);
    case '!=':
      return (variables) => left(variables) !== right(variables);
    case '=~':
      return (variables) => matches(left(variables), right(variables));
    default:
      return (variables) => !matches(left(variables), right(variables));
  }
}

function matches(left: Operand, right: Operand): boolean {
  if (right === null || typeof right === 'boolean') return false;
  const text = left === null || left instanceof RegExpText ? '' : String(left);
  const pattern = typeof right === 'string' ? readPattern(right) : right;
  // A text that is no pattern is looked into: the left one is a part of it.
  if (pattern === undefined) return String(right).includes(text);
  return compileRegExp(pattern)?.matcher(text).find() ?? false;
}

/** `/re/flags` in a text. */
function readPattern(text: string): RegExpText | undefined {
  const written = /^\/(.*)\/([ismU]*)$/s.exec(text);
  return written === null ? undefined : new RegExpText(written[1] ?? '', written[2] ?? '');
}

/** RE2, as on the server: no expression of a file can hang the compile. Undefined when it is none. */
export function compileRegExp({ source, flags }: RegExpText): RE2JS | undefined {
  try {
    return RE2JS.compile(`${flags ? `(?${[...new Set(flags)].join('')})` : ''}${source.replaceAll('\\/', '/')}`);
  } catch {
    return undefined;
  }
}

/** Whether `text` matches `/re/flags` (refs of only and except); undefined when it is no such pattern. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  const read = readPattern(pattern);
  return read && compileRegExp(read)?.matcher(text).find();
}
