import { apply, compileRegExp, isPresent, type Operand, RegExpText } from './operators.ts';
import type { Lookup } from './variables.ts';

type Token =
  | { readonly kind: 'value'; readonly get: (variables: Lookup) => Operand }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: '!' | '(' | ')' };
/** A tree that answers its value. */
type Evaluate = (variables: Lookup) => Operand;

/** Binary operators by how tight they bind, the loosest first. */
const levels = [['||'], ['&&'], ['==', '!=', '=~', '!~']] as const;
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
    if (token?.kind === '!') {
      const inner = primary();
      return inner && ((variables) => !isTruthy(inner(variables)));
    }
    if (token?.kind !== '(') return undefined;
    const inner = binary(0);
    const closed = tokens[at]?.kind === ')';
    at += 1;
    return closed ? inner : undefined;
  };
  const binary = (level: number): Evaluate | undefined => {
    const operators: readonly string[] | undefined = levels[level];
    if (operators === undefined) return primary();
    let left = binary(level + 1);
    while (left !== undefined) {
      const token = tokens[at];
      if (token?.kind !== 'operator' || !operators.includes(token.text)) break;
      at += 1;
      const right = binary(level + 1);
      left = right && apply(token.text, left, right);
    }
    return left;
  };
  const tree = binary(0);
  if (tree === undefined || at !== tokens.length) return undefined;
  return (variables) => isPresent(tree(variables));
}

const isTruthy = (value: Operand): boolean => value !== null && value !== false;

/** In the order in which GitLab tries them. Strings know no escapes, variables no braces. */
const lexemes: readonly [RegExp, (match: RegExpExecArray) => Token | undefined][] = [
  [/^([()])/, ([text]) => ({ kind: text === '(' ? '(' : ')' })],
  [/^\$(\w+)/, ([, name = '']) => ({ kind: 'value', get: (variables) => variables(name) ?? null })],
  [/^(?:"([^"\n]*)"|'([^'\n]*)')/, ([, double, single]) => constant(double ?? single ?? '')],
  [/^\/((?:\\\/|[^/\n]){2,})\/([ismU]*)/, ([, source = '', flags = '']) => pattern(new RegExpText(source, flags))],
  [/^(null|true|false)\b/, ([word]) => constant(word === 'null' ? null : word === 'true')],
  [/^(==|!=|=~|!~|&&|\|\|)/, ([text]) => ({ kind: 'operator', text })],
  [/^!/, () => ({ kind: '!' })],
];

const constant = (value: Operand): Token => ({ kind: 'value', get: () => value });
const pattern = (value: RegExpText): Token | undefined =>
  compileRegExp(value) === undefined ? undefined : constant(value);

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    let token: Token | undefined;
    for (const [form, make] of lexemes) {
      const match = form.exec(rest);
      if (match === null) continue;
      token = make(match);
      rest = rest.slice(match[0].length).trimStart();
      break;
    }
    if (token === undefined || tokens.length > mostTokens) return undefined;
    tokens.push(token);
  }
  return tokens;
}
