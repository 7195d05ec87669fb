import { keyAt, keysIn } from '../../src-shared/config-schema.ts';
import {
  isTable,
  type TomlPath,
  type TomlTable,
  valueAt,
  valuesOf,
  writtenPath,
} from '../../src-shared/toml/values.ts';

/** The values of a text; undefined while it is no TOML. */
export function readValues(text: string): TomlTable | undefined {
  try {
    return valuesOf(text);
  } catch {
    return undefined;
  }
}

export const valueIn = (values: TomlTable, path: TomlPath): unknown => valueAt(values, writtenPath(values, path));

export interface RunnerEntry {
  readonly index: number;
  readonly name: string;
  readonly executor: string;
}
export function runnersIn(values: TomlTable): RunnerEntry[] {
  const list = valueIn(values, ['runners']);
  return (Array.isArray(list) ? list : []).filter(isTable).map((runner, index) => ({
    index,
    name: String(valueIn(runner, ['name']) ?? ''),
    executor: String(valueIn(runner, ['executor']) ?? ''),
  }));
}

/** Keys below a table that no schema knows, with their whole path; tables that are known are entered. */
export function unknownPaths(values: TomlTable, base: TomlPath): TomlPath[] {
  const table = valueIn(values, base);
  if (!isTable(table)) return [];
  return Object.entries(table).flatMap(([name, value]): TomlPath[] => {
    const path = [...base, name];
    const meta = keyAt(path);
    if (base.length === 0 && name.toLowerCase() === 'runners') return [];
    if (meta === undefined) return [path];
    if (meta.open || keysIn(path).length === 0 || !isTable(value)) return [];
    return unknownPaths(values, path);
  });
}

/** What a person typed, as the value that is written: a number where one must stand and one was typed, else the text. */
export function valueFromText(kind: string, text: string): string | number | Date {
  const trimmed = text.trim();
  if (kind === 'integer' && /^[+-]?\d{1,15}$/.test(trimmed)) return Number(trimmed);
  if (kind === 'number' && trimmed !== '' && Number.isFinite(Number(trimmed))) return Number(trimmed);
  if (kind === 'datetime' && /^\d{4}-\d\d-\d\d/.test(trimmed)) {
    const date = new Date(trimmed);
    if (!Number.isNaN(date.getTime())) return date;
  }
  return kind === 'text' || kind === 'integer' || kind === 'number' ? text : trimmed;
}

export function textFromValue(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, 'Z');
  if (Array.isArray(value)) return value.map(textFromValue).join(', ');
  return isTable(value) ? '' : String(value);
}
