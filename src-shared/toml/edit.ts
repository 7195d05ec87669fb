import { HarrierError } from '../errors.ts';
import { reorderTables } from './blocks.ts';
import { setPath, unsetPath } from './set.ts';
import { sameValue, type TomlPath, valueAt, valuesOf, withValue, writtenPath } from './values.ts';

/** A change of the text of a TOML file; everything that it does not name stays as it is, byte by byte. */
export type Edit = (text: string) => string;

/** Sets a value; tables on the way are made. A whole table is brought to what it must be, key by key. */
export const setValue =
  (path: TomlPath, value: unknown): Edit =>
  (text) =>
    checked(
      text,
      path,
      (at, body) => setPath(body, at, value),
      (at, values) => [withValue(values, at, value)],
    );

/** Takes a key, a table or an element out, with the comments right above it. Nothing there: nothing happens. */
export const removeValue =
  (path: TomlPath): Edit =>
  (text) =>
    checked(
      text,
      path,
      (at, body, values) => (valueAt(values, at) === undefined ? body : unsetPath(body, at)),
      (at, values) => (valueAt(values, at) === undefined ? [values] : without(values, at)),
    );

/** What removing may leave. With the last `[[…]]` the array itself is gone, and no empty one is written for it. */
function without(values: unknown, at: TomlPath): unknown[] {
  const holder = at.slice(0, -1);
  const list = valueAt(values, holder);
  const alone = Array.isArray(list) && list.length === 1;
  return [withValue(values, at, undefined), ...(alone ? [withValue(values, holder, undefined)] : [])];
}

/** New order of an array of tables: `order` names the old index of each new place. */
export const reorder =
  (path: TomlPath, order: readonly number[]): Edit =>
  (text) =>
    checked(
      text,
      path,
      (at, body) => reorderTables(body, at, order),
      (at, values) => {
        const list = valueAt(values, at);
        if (!Array.isArray(list) || list.length !== order.length || new Set(order).size !== order.length)
          throw new HarrierError('INPUT_INVALID', `${at.join('.')} has another number of entries`);
        return [
          withValue(
            values,
            at,
            order.map((index) => list[index]),
          ),
        ];
      },
    );

/** Several changes, one after the other. */
export const allOf =
  (edits: readonly Edit[]): Edit =>
  (text) =>
    edits.reduce((result, edit) => edit(result), text);

/**
 * Makes a change and reads the result again: it must hold exactly the wanted values, else the text stays and INTERNAL
 * is thrown. A byte order mark stays in front. A text that is no TOML is CONFIG_INVALID.
 */
function checked(
  text: string,
  path: TomlPath,
  change: (path: TomlPath, body: string, values: unknown) => string,
  expect: (path: TomlPath, values: unknown) => readonly unknown[],
): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const body = text.slice(mark.length);
  const values = valuesFrom(body);
  const at = writtenPath(values, path);
  const wanted = expect(at, values);
  let result: string;
  try {
    result = change(at, body, values);
    const found = valuesOf(result);
    if (wanted.some((each) => sameValue(found, each))) return mark + result;
  } catch (cause) {
    if (cause instanceof HarrierError) throw cause;
    // A parser's message quotes lines of the file: it is no cause to keep.
    const options = cause instanceof TypeError ? { cause } : {};
    throw new HarrierError('INTERNAL', `${at.join('.')} cannot be edited where it stands`, options);
  }
  throw new HarrierError('INTERNAL', `editing ${at.join('.')} would have changed something else; nothing was written`);
}

function valuesFrom(body: string): unknown {
  try {
    return valuesOf(body);
  } catch {
    // The parser's message quotes lines of the file, and a token may stand there.
    throw new HarrierError('CONFIG_INVALID', 'the file is no valid TOML; it cannot be edited until that is mended');
  }
}
