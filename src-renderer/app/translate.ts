/**
 * A small part of ICU MessageFormat: `{name}` and `{count, plural, =0 {…} one {# job} other {# jobs}}`. Enough for
 * our texts; a test reads the whole catalogue through it.
 */
export type Values = Readonly<Record<string, string | number>>;

/** What a language does to a text and to what is put into it. */
export interface Form {
  readonly locale: string;
  readonly letters?: (text: string) => string;
  readonly value?: (text: string) => string;
}

export function formatMessage(message: string, values: Values, { locale, letters = same, value = same }: Form): string {
  const { text, at } = readParts(message, 0, { values, locale, letters, value }, undefined);
  if (at !== message.length) throw new Error(`unbalanced braces in "${message}"`);
  return text;
}

const same = (text: string): string => text;
interface Context extends Required<Form> {
  readonly values: Values;
}

function readParts(
  message: string,
  from: number,
  context: Context,
  count: number | undefined,
): { text: string; at: number } {
  let text = '';
  let at = from;
  while (at < message.length && message[at] !== '}') {
    const character = message[at] as string;
    if (character === '{') {
      const argument = readArgument(message, at, context);
      text += argument.text;
      at = argument.at;
    } else {
      text += character === '#' && count !== undefined ? number(count, context.locale) : context.letters(character);
      at++;
    }
  }
  return { text, at };
}

function readArgument(message: string, from: number, context: Context): { text: string; at: number } {
  const { values, locale } = context;
  const simple = /\{\s*(\w+)\s*\}/y;
  simple.lastIndex = from;
  const plain = simple.exec(message);
  if (plain !== null) return { text: show(valueNamed(values, plain[1] as string), context), at: simple.lastIndex };
  const head = /\{\s*(\w+)\s*,\s*plural\s*,/y;
  head.lastIndex = from;
  const plural = head.exec(message);
  if (plural === null) throw new Error(`not a placeholder at ${from} in "${message}"`);
  const count = Number(valueNamed(values, plural[1] as string));
  const wanted = [`=${count}`, new Intl.PluralRules(locale).select(count), 'other'];
  const found = new Map<string, string>();
  let at = head.lastIndex;
  const option = /\s*(=\d+|\w+)\s*\{/y;
  for (;;) {
    option.lastIndex = at;
    const match = option.exec(message);
    if (match === null) break;
    const inner = readParts(message, option.lastIndex, context, count);
    found.set(match[1] as string, inner.text);
    at = inner.at + 1;
  }
  const close = message.indexOf('}', at);
  const key = wanted.find((each) => found.has(each));
  if (close === -1 || key === undefined) throw new Error(`no form for ${count} in "${message}"`);
  return { text: found.get(key) as string, at: close + 1 };
}

const valueNamed = (values: Values, name: string): string | number => {
  const value = values[name];
  if (value === undefined) throw new Error(`no value for {${name}}`);
  return value;
};
const formats = new Map<string, Intl.NumberFormat>();
const number = (value: number, locale: string): string => {
  let format = formats.get(locale);
  if (format === undefined) formats.set(locale, (format = new Intl.NumberFormat(locale)));
  return format.format(value);
};
const show = (value: string | number, context: Context): string =>
  typeof value === 'number' ? number(value, context.locale) : context.value(value);
