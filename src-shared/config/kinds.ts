import * as v from 'valibot';

/**
 * The kinds of keys that a config.toml has. Each function makes a valibot schema and notes beside it what people need to
 * know of the key (one line, default, unit, allowed values), so that types, checks, forms, hover texts, completion and
 * the table in docs/ come from one place.
 */
export interface KeyMeta {
  readonly kind: KeyKind;
  /** One line for people. */
  readonly doc: string;
  /** What counts when the key is absent, as it would be written; absent: nothing. */
  readonly default?: string | number | boolean;
  readonly values?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** What the value must be, where its kind does not say all. */
  readonly expected?: string;
  /** What a number counts. */
  readonly unit?: 'seconds' | 'milliseconds' | 'KiB' | 'bytes';
  /** The value never stands in a message, a log or a form. */
  readonly secret?: boolean;
  /** Accepted by the official runner, without effect here: why. Said once when a file has the key. */
  readonly ignored?: string;
  /** What to write instead. */
  readonly deprecated?: string;
  /** A table whose keys are not checked. */
  readonly open?: boolean;
  /** Read once: a change counts after a restart. */
  readonly restart?: boolean;
}
export type KeyKind =
  | 'text'
  | 'choice'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'duration'
  | 'size'
  | 'datetime'
  | 'texts'
  | 'choices'
  | 'numbers'
  | 'map'
  | 'lists'
  | 'flags'
  | 'table'
  | 'tables';
export type More = Omit<KeyMeta, 'kind' | 'doc'>;

/** What is noted of a key's schema; undefined for a schema that was not made here. */
export const metaOf = (schema: object): KeyMeta | undefined => notes.get(schema);
/** The keys of a table or of each table in an array of tables. */
export const entriesOf = (schema: object): Readonly<Record<string, object>> | undefined => children.get(schema);

const notes = new WeakMap<object, KeyMeta>();
const children = new WeakMap<object, Readonly<Record<string, object>>>();

const noted = <S extends v.GenericSchema<unknown>>(schema: S, meta: KeyMeta): v.OptionalSchema<S, undefined> => {
  const key = v.optional(schema);
  notes.set(key, meta);
  return key;
};

export const text = (doc: string, more: More = {}) => noted(v.string(), { kind: 'text', doc, ...more });
/** Text of a form of its own, which `expected` names. */
export const textLike = (doc: string, fits: (value: string) => boolean, expected: string, more: More = {}) =>
  noted(v.pipe(v.string(), v.check(fits)), { kind: 'text', doc, expected, ...more });
export const flag = (doc: string, more: More = {}) => noted(v.boolean(), { kind: 'boolean', doc, ...more });
export const integer = (doc: string, more: More = {}) =>
  noted(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(more.min ?? Number.MIN_SAFE_INTEGER),
      v.maxValue(more.max ?? Number.MAX_SAFE_INTEGER),
    ),
    {
      kind: 'integer',
      doc,
      ...more,
    },
  );
export const number = (doc: string, more: More = {}) => noted(v.number(), { kind: 'number', doc, ...more });
export const datetime = (doc: string, more: More = {}) => noted(v.date(), { kind: 'datetime', doc, ...more });
export const texts = (doc: string, more: More = {}) => noted(v.array(v.string()), { kind: 'texts', doc, ...more });
export const numbers = (doc: string, more: More = {}) => noted(v.array(v.number()), { kind: 'numbers', doc, ...more });
/** Text keys to text values. */
export const map = (doc: string, more: More = {}) =>
  noted(v.record(v.string(), v.string()), { kind: 'map', doc, ...more });
export const flags = (doc: string, more: More = {}) =>
  noted(v.record(v.string(), v.boolean()), { kind: 'flags', doc, ...more });
/** Text keys to lists of texts. */
export const listMap = (doc: string, more: More = {}) =>
  noted(v.record(v.string(), v.array(v.string())), { kind: 'lists', doc, ...more });

/** One of a few texts. Empty counts as absent, as for every text of the official runner. */
export const choice = (doc: string, values: readonly string[], more: More = {}) =>
  noted(v.pipe(v.string(), v.check(isOneOf(values))), { kind: 'choice', doc, values, ...more });

/** One of a few texts, or a list of them. */
export const choices = (doc: string, values: readonly string[], more: More = {}) =>
  noted(
    v.union([v.pipe(v.string(), v.check(isOneOf(values))), v.array(v.pipe(v.string(), v.check(isOneOf(values))))]),
    { kind: 'choices', doc, values, ...more },
  );
const isOneOf = (values: readonly string[]) => (value: string) => value === '' || values.includes(value);

/** Go's duration syntax. The official reader takes an integer as nanoseconds; here it becomes the text `<n>ns`. */
export const duration = (doc: string, more: More = {}) =>
  noted(
    v.pipe(
      v.union([v.string(), v.pipe(v.number(), v.integer())]),
      v.transform((value) => (typeof value === 'number' ? `${value}ns` : value)),
      v.check((value) => /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(value)),
    ),
    { kind: 'duration', doc, ...more },
  );

/** Bytes as Docker writes them: `512m`, `1.5g`, `2GiB`. */
export const size = (doc: string, more: More = {}) =>
  noted(v.pipe(v.string(), v.regex(/^(?:\d+(?:\.\d+)* ?(?:[kKmMgGtTpP]i?)?[bB]?|-1|)$/)), {
    kind: 'size',
    doc,
    ...more,
  });

export const table = <const E extends v.ObjectEntries>(doc: string, entries: E, more: More = {}) => {
  const key = noted(v.looseObject(entries), { kind: 'table', doc, ...more });
  children.set(key, entries);
  return key;
};
/** `[[…]]`: an array of tables. */
export const tables = <const E extends v.ObjectEntries>(doc: string, entries: E, more: More = {}) => {
  const key = noted(v.array(v.looseObject(entries)), { kind: 'tables', doc, ...more });
  children.set(key, entries);
  return key;
};
/** A table that is kept and not looked into. */
export const openTable = (doc: string, more: More = {}) => table(doc, {}, { open: true, ...more });
