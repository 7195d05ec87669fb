/**
 * Expands a text as a POSIX shell expands a double-quoted word: `$A`, `${A}`, `${A:-x}` and its kin, `${#A}`, `${A%x}`,
 * `${A#x}`, `${A/x/y}`, `${A:1:2}`, `${A^}`, `$((1 + N))`. No command substitution, no `~`. Unset variables are empty.
 * Names, paths and excludes of artifacts and caches go through it (spec/job-lifecycle.md 7.1).
 */
export function expandWord(
  text: string,
  variable: (name: string) => string | undefined,
): { readonly value: string } | { readonly problem: string } {
  if (!/[$\\`]/.test(text)) return { value: text };
  try {
    const reader = { text, at: 0, variable };
    return { value: readWord(reader, false) };
  } catch (error) {
    if (error instanceof WordProblem) return { problem: error.message };
    throw error;
  }
}

class WordProblem extends Error {}
interface Reader {
  readonly text: string;
  at: number;
  readonly variable: (name: string) => string | undefined;
}

/** Up to the end, or up to the `}` that closes the parameter around it. */
function readWord(reader: Reader, nested: boolean): string {
  let out = '';
  while (reader.at < reader.text.length) {
    const char = reader.text[reader.at]!;
    const next = reader.text[reader.at + 1];
    if (nested && char === '}') return out;
    if (char === '`' || (char === '$' && next === '(' && reader.text[reader.at + 2] !== '('))
      throw new WordProblem(`unexpected command substitution at 1:${reader.at + 1}`);
    if (char === '\\' && next !== undefined && '$`"\\'.includes(next)) {
      out += next;
      reader.at += 2;
    } else if (char === '$') out += readDollar(reader);
    else {
      out += char;
      reader.at++;
    }
  }
  if (nested) throw new WordProblem('a "${" is not closed');
  return out;
}

function readDollar(reader: Reader): string {
  const { text } = reader;
  const rest = text.slice(reader.at + 1);
  if (rest.startsWith('((')) return readArithmetic(reader);
  if (rest.startsWith('{')) return readParameter(reader);
  const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(rest)?.[0];
  reader.at += 1 + (name?.length ?? 0);
  return name === undefined ? '$' : (reader.variable(name) ?? '');
}

const operators = [
  ':-',
  ':=',
  ':+',
  ':?',
  '-',
  '=',
  '+',
  '?',
  '%%',
  '%',
  '##',
  '#',
  '//',
  '/',
  '^^',
  '^',
  ',,',
  ',',
  ':',
];

function readParameter(reader: Reader): string {
  reader.at += 2;
  const head = /^(#?)([A-Za-z_][A-Za-z0-9_]*|[0-9]+)/.exec(reader.text.slice(reader.at));
  if (!head) throw new WordProblem('bad substitution');
  reader.at += head[0].length;
  const value = reader.variable(head[2]!);
  const operator = operators.find((known) => reader.text.startsWith(known, reader.at));
  if (operator !== undefined && head[1] === '') {
    reader.at += operator.length;
    const argument = readWord(reader, true);
    reader.at++;
    return applyOperator(operator, head[2]!, value, argument, reader);
  }
  if (reader.text[reader.at] !== '}') throw new WordProblem('bad substitution');
  reader.at++;
  return head[1] === '#' ? String([...(value ?? '')].length) : (value ?? '');
}

function applyOperator(
  operator: string,
  name: string,
  value: string | undefined,
  argument: string,
  reader: Reader,
): string {
  const text = value ?? '';
  // With a colon an empty value counts as unset.
  const isSet = operator.startsWith(':') ? text !== '' : value !== undefined;
  switch (operator) {
    case ':-':
    case '-':
    case ':=':
    case '=':
      return isSet ? text : argument;
    case ':+':
    case '+':
      return isSet ? argument : '';
    case ':?':
    case '?':
      if (!isSet) throw new WordProblem(`${name}: ${argument || 'parameter not set'}`);
      return text;
    case ':':
      return substring(text, argument, reader);
    case '^':
      return text.replace(/^./su, (first) => first.toUpperCase());
    case '^^':
      return text.toUpperCase();
    case ',':
      return text.replace(/^./su, (first) => first.toLowerCase());
    case ',,':
      return text.toLowerCase();
    case '/':
    case '//': {
      const [pattern, ...replacement] = argument.split('/');
      const expression = new RegExp(globSource(pattern!, true), operator === '//' ? 'gsu' : 'su');
      return pattern === '' ? text : text.replace(expression, () => replacement.join('/'));
    }
    default:
      return trim(operator, text, argument);
  }
}

/** `#` and `%` cut the shortest, `##` and `%%` the longest fitting beginning or end. */
function trim(operator: string, text: string, pattern: string): string {
  const longest = operator.length === 2;
  const whole = new RegExp(`^(?:${globSource(pattern, true)})$`, 'su');
  const cuts = Array.from({ length: text.length + 1 }, (_, length) => (longest ? text.length - length : length));
  for (const length of cuts) {
    const part = operator[0] === '#' ? text.slice(0, length) : text.slice(text.length - length);
    if (whole.test(part)) return operator[0] === '#' ? text.slice(length) : text.slice(0, text.length - length);
  }
  return text;
}

const globSource = (pattern: string, greedy: boolean): string =>
  pattern.replace(/[\\^$.+()|{}[\]*?/]/gu, (char) =>
    char === '*' ? (greedy ? '.*' : '.*?') : char === '?' ? '.' : `\\${char}`,
  );

function substring(text: string, argument: string, reader: Reader): string {
  const [from, length] = argument.split(':');
  const start = arithmetic(from!, reader);
  const begin = start < 0 ? Math.max(0, text.length + start) : start;
  if (length === undefined) return text.slice(begin);
  const count = arithmetic(length, reader);
  return count < 0 ? text.slice(begin, text.length + count) : text.slice(begin, begin + count);
}

function readArithmetic(reader: Reader): string {
  const end = reader.text.indexOf('))', reader.at);
  if (end < 0) throw new WordProblem('a "$((" is not closed');
  const expression = reader.text.slice(reader.at + 3, end);
  reader.at = end + 2;
  return String(arithmetic(expression, reader));
}

/** Integers, names, `+ - * / %` and parentheses. */
function arithmetic(expression: string, reader: Reader): number {
  const tokens = expression.match(/\d+|\$?[A-Za-z_]\w*|[-+*/%()]|\S/g) ?? [];
  let at = 0;
  const primary = (): number => {
    const token = tokens[at++];
    if (token === '-') return -primary();
    if (token === '+') return primary();
    if (token === '(') {
      const value = sum();
      if (tokens[at++] !== ')') throw new WordProblem('a parenthesis is not closed');
      return value;
    }
    if (token !== undefined && /^\d+$/.test(token)) return Number(token);
    if (token !== undefined && /^\$?[A-Za-z_]\w*$/.test(token))
      return Number.parseInt(reader.variable(token.replace('$', '')) ?? '0', 10) || 0;
    throw new WordProblem(`not an arithmetic expression: ${expression.trim()}`);
  };
  const product = (): number => {
    let value = primary();
    for (let operator = tokens[at]; operator && '*/%'.includes(operator); operator = tokens[at]) {
      at++;
      const right = primary();
      if (operator !== '*' && right === 0) throw new WordProblem('division by zero');
      value = operator === '*' ? value * right : operator === '/' ? Math.trunc(value / right) : value % right;
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    for (let operator = tokens[at]; operator && '+-'.includes(operator); operator = tokens[at]) {
      at++;
      value = operator === '+' ? value + product() : value - product();
    }
    return value;
  };
  if (tokens.length === 0) return 0;
  const value = sum();
  if (at < tokens.length) throw new WordProblem(`not an arithmetic expression: ${expression.trim()}`);
  return value;
}
