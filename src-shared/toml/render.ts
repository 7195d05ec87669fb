import { isTable, isTables, type TomlTable } from './values.ts';

/** How a value stands behind `=`, in the style of the official runner: basic strings, arrays on one line. */
export function renderValue(value: unknown): string {
  if (typeof value === 'string') return renderText(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return renderNumber(value);
  if (value instanceof Date) return renderDate(value);
  if (Array.isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (isTable(value)) {
    const pairs = definedEntries(value).map(([name, each]) => `${renderKey(name)} = ${renderValue(each)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  throw new TypeError(`TOML has no ${value === null ? 'null' : typeof value}`);
}

/** A whole number is an integer unless `asFloat`: the place held a float before. */
export function renderNumber(value: number, asFloat = false): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isSafeInteger(value)) return asFloat ? `${value}.0` : String(value);
  const text = String(value);
  // Beyond 2^53 a number without point would be read as an integer.
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** smol-toml's dates know their own kind (local, day, time); plain ones are moments in UTC, to the second when whole. */
const renderDate = (date: Date): string => date.toISOString().replace(/(T\d\d:\d\d:\d\d)\.0+(?=Z|[+-]|$)/, '$1');

export const renderKey = (name: string): string => (/^[A-Za-z0-9_-]+$/.test(name) ? name : renderText(name));
export const renderKeys = (names: readonly string[]): string => names.map(renderKey).join('.');

export function renderText(text: string): string {
  return `"${escapeText(text)}"`;
}

const escapes: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};
export const escapeText = (text: string): string =>
  text.replace(/[\u0000-\u001f"\\\u007f]/g, (c) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A new text in the quotes that the old one had, where they can hold it: literal ones for Windows paths, blocks for scripts. */
export function renderTextLike(text: string, old: string, eol: string): string {
  const printable = !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text);
  if (old.startsWith("'''") && printable && !text.includes("''") && !text.endsWith("'") && fits(text, eol))
    return `'''${blockStart(text, old, eol)}${text}'''`;
  if (old.startsWith('"""') && text.includes('\n') && printable && fits(text, eol))
    return `"""${blockStart(text, old, eol)}${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"""`;
  if (old.startsWith("'") && !old.startsWith("'''") && printable && !/['\n]/.test(text)) return `'${text}'`;
  return renderText(text);
}
/** In a file with CRLF a real line end would come back as another text. */
const fits = (text: string, eol: string): boolean => eol === '\n' || !text.includes('\n');
/** A line end right after the quotes does not count. */
const blockStart = (text: string, old: string, eol: string): string =>
  /^.{3}\r?\n/.test(old) || text.startsWith('\n') ? eol : '';

/** Lines of a table: plain keys, then the tables below it, each under its header (spec/config-toml.md 4.1). */
export function renderTable(
  header: string,
  names: readonly string[],
  table: TomlTable,
  style: { readonly indent: string; readonly step: string },
): string[] {
  const { indent, step } = style;
  const entries = definedEntries(table);
  const below = { indent: indent + step, step };
  return [
    `${indent}${header}`,
    ...entries
      .filter(([, value]) => !isTable(value) && !isTables(value))
      .map(([name, value]) => `${indent}${step}${renderKey(name)} = ${renderValue(value)}`),
    ...entries.flatMap(([name, value]) => {
      const path = [...names, name];
      if (isTable(value)) return renderTable(`[${renderKeys(path)}]`, path, value, below);
      if (!isTables(value)) return [];
      return value.flatMap((each) => renderTable(`[[${renderKeys(path)}]]`, path, each, below));
    }),
  ];
}

const definedEntries = (table: TomlTable): [string, unknown][] =>
  Object.entries(table).filter(([, value]) => value !== undefined);
