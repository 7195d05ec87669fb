import { RE2JS } from 're2js';

/** A value of `rules:if`; Ruby's rules: only null and false are false. */
type Operand = string | null | boolean | RegExpText;
class RegExpText {
  readonly source: string;
  readonly flags: string;
  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = flags;
  }
}
type Token =
  | { readonly kind: 'value'; readonly get: (variables: Lookup) => Operand }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: '(' | ')' };
type Lookup = (name: string) => string | undefined;
/** A tree that answers its value. */
type Evaluate = (variables: Lookup) => Operand;

const precedence: Readonly<Record<string, number>> = { '==': 10, '!=': 10, '=~': 10, '!~': 10, '&&': 11, '||': 12 };
const mostTokens = 100;

/** Compiles an expression of `rules:if`; undefined when it is none ("invalid expression syntax"). */
export function compileExpression(text: string): ((variables: Lookup) => boolean) | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined || tokens.length === 0 || tokens.length > mostTokens) return undefined;
  let at = 0;
  const primary = (): Evaluate | undefined => {
    const token = tokens[at];
    at += 1;
    if (token?.kind === 'value') return token.get;
    if (token?.kind !== '(') return undefined;
    const inner = binary(12);
    if (inner === undefined || tokens[at]?.kind !== ')') return undefined;
    at += 1;
    return inner;
  };
  const binary = (level: number): Evaluate | undefined => {
    let left = level === 9 ? primary() : binary(level === 10 ? 9 : level - 1);
    while (left !== undefined && level > 9) {
      const token = tokens[at];
      if (token?.kind !== 'operator' || precedence[token.text] !== level) break;
      at += 1;
      const right = binary(level === 10 ? 9 : level - 1);
      if (right === undefined) return undefined;
      left = apply(token.text, left, right);
    }
    return left;
  };
  const tree = binary(12);
  if (tree === undefined || at !== tokens.length) return undefined;
  return (variables) => {
    const value = tree(variables);
    return typeof value === 'string' ? value.trim() !== '' : value !== null && value !== false;
  };
}

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  let rest = text.trim();
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest);
    if (match !== null) rest = rest.slice(match[0].length).trimStart();
    return match;
  };
  while (rest !== '') {
    let match: RegExpExecArray | null;
    if ((match = take(/^[()]/))) tokens.push({ kind: match[0] as '(' | ')' });
    else if ((match = take(/^\$(\w+)/))) {
      const name = match[1] ?? '';
      tokens.push({ kind: 'value', get: (variables) => variables(name) ?? null });
    } else if ((match = take(/^(?:"([^"]*)"|'([^']*)')/))) {
      const value = match[1] ?? match[2] ?? '';
      tokens.push({ kind: 'value', get: () => value });
    } else if ((match = take(/^\/((?:\\\/|[^/]){2,})\/([ismU]*)/))) {
      const value = new RegExpText(match[1] ?? '', match[2] ?? '');
      if (compileRegExp(value) === undefined) return undefined;
      tokens.push({ kind: 'value', get: () => value });
    } else if ((match = take(/^(null|true|false)\b/))) {
      const value = match[1] === 'null' ? null : match[1] === 'true';
      tokens.push({ kind: 'value', get: () => value });
    } else if ((match = take(/^(==|!=|=~|!~|&&|\|\|)/))) tokens.push({ kind: 'operator', text: match[1] ?? '' });
    else return undefined;
  }
  return tokens;
}

const falsy = (value: Operand): boolean => value === null || value === false;
const textOf = (value: Operand): string => (value === null || value instanceof RegExpText ? '' : String(value));

function apply(operator: string, left: Evaluate, right: Evaluate): Evaluate {
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
      return (variables) => matches(left(variables), right(variables), false);
    default:
      return (variables) => !matches(left(variables), right(variables), false);
  }
}

function matches(left: Operand, right: Operand, whenNull: boolean): boolean {
  if (right === null || typeof right === 'boolean') return whenNull;
  const text = textOf(left);
  if (typeof right === 'string') {
    const written = /^\/((?:\\\/|[^/])+)\/([ismU]*)$/.exec(right);
    if (written === null) return right.includes(text);
    return (
      compileRegExp(new RegExpText(written[1] ?? '', written[2] ?? ''))
        ?.matcher(text)
        .find() ?? false
    );
  }
  return compileRegExp(right)?.matcher(text).find() ?? false;
}

/** RE2, as on the server: no expression of a file can hang the compile. */
function compileRegExp({ source, flags }: RegExpText): RE2JS | undefined {
  try {
    const used = [...flags].filter((flag) => 'ismU'.includes(flag)).join('');
    return RE2JS.compile(`${used ? `(?${used})` : ''}${source.replaceAll('\\/', '/')}`);
  } catch {
    return undefined;
  }
}

/** Whether `text` matches `/re/flags`; undefined when it is no such pattern. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  const written = /^\/((?:\\\/|[^/])+)\/([ismU]*)$/.exec(pattern);
  if (written === null) return undefined;
  return compileRegExp(new RegExpText(written[1] ?? '', written[2] ?? ''))
    ?.matcher(text)
    .find();
}
