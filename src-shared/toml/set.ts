import { editArray } from './array.ts';
import { type Document, type Pair, readDocument, samePath } from './document.ts';
import { appendTable, insertPath } from './insert.ts';
import { removePath } from './remove.ts';
import { renderNumber, renderTextLike, renderValue } from './render.ts';
import { isTable, isTables, sameValue, type TomlPath, type TomlTable, valueAt, valuesOf, withValue } from './values.ts';

/** Sets one value with the smallest change of the text: a number, a text, a list, or a whole table with all below it. */
export function setPath(text: string, path: TomlPath, value: unknown): string {
  const values = valuesOf(text);
  const old = valueAt(values, path);
  if (sameValue(old, value)) return text;
  const part = path.at(-1);
  const parent = path.slice(0, -1);
  const document = readDocument(text);
  const pair = document.pairs.find((each) => samePath(each.path, path));
  if (isTable(old) && isTable(value)) return setTable(text, path, old, value);
  if (pair !== undefined) return setPair(document, pair, old, value);
  if (typeof part === 'number') return setElement(text, parent, part, value, valueAt(values, parent));
  if (isTables(old) && isTables(value)) return setTables(text, path, old, value);
  const cleared = old === undefined ? text : removePath(text, path);
  const there = parent.length === 0 || valueAt(valuesOf(cleared), parent) !== undefined;
  return there ? insertPath(cleared, path, value) : setPath(cleared, parent, { [String(part)]: value });
}

/** Takes a value out; the tables around it stay, even when nothing is left in them. */
export function unsetPath(text: string, path: TomlPath): string {
  const parent = path.slice(0, -1);
  const part = path.at(-1);
  const around = valueAt(valuesOf(text), parent);
  if (Array.isArray(around) && typeof part === 'number') {
    const array = arrayAround(readDocument(text), path);
    if (array !== undefined) return setInside(text, array, path, undefined);
  }
  const result = removePath(text, path);
  const [before, after] = [valuesOf(text), valuesOf(result)];
  const ways = path.map((_, length) => path.slice(0, length)).slice(1);
  const lost = ways.findLast((way) => isTable(valueAt(before, way)) && valueAt(after, way) === undefined);
  return lost ? setPath(result, lost, {}) : result;
}

function setTable(text: string, path: TomlPath, old: TomlTable, wanted: TomlTable): string {
  const gone = Object.keys(old).filter((name) => wanted[name] === undefined);
  const cleared = gone.reduce((result, name) => unsetPath(result, [...path, name]), text);
  return Object.entries(wanted)
    .filter(([, value]) => value !== undefined)
    .reduce((result, [name, value]) => setPath(result, [...path, name], value), cleared);
}

function setTables(text: string, path: TomlPath, old: readonly TomlTable[], wanted: readonly TomlTable[]): string {
  let result = text;
  for (let index = old.length - 1; index >= wanted.length; index -= 1) result = removePath(result, [...path, index]);
  return wanted.reduce(
    (current, each, index) =>
      index < old.length ? setPath(current, [...path, index], each) : appendTable(current, path, index, each),
    result,
  );
}

function setElement(text: string, parent: TomlPath, index: number, value: unknown, list: unknown): string {
  if (list === undefined && index === 0) return setPath(text, parent, [value]);
  if (!Array.isArray(list) || index > list.length) throw new TypeError(`there is no element ${index} to set`);
  const array = arrayAround(readDocument(text), [...parent, index]);
  if (array !== undefined) return setInside(text, array, [...parent, index], value);
  if (index === list.length && isTable(value)) return appendTable(text, parent, index, value);
  return setPath(text, parent, Object.assign([...list], { [index]: value }));
}

/** The nearest array behind a `=` that a path leads into: its elements have no lines of their own to be sure of. */
const arrayAround = (document: Document, path: TomlPath): TomlPath | undefined =>
  path
    .map((_, length) => path.slice(0, length))
    .findLast((way) => document.pairs.some((each) => samePath(each.path, way) && each.node.value.type === 'TOMLArray'));

const setInside = (text: string, array: TomlPath, path: TomlPath, value: unknown): string =>
  setPath(text, array, withValue(valueAt(valuesOf(text), array), path.slice(array.length), value));

function setPair(document: Document, { node }: Pair, old: unknown, value: unknown): string {
  const { text, eol } = document;
  if (node.value.type === 'TOMLArray' && Array.isArray(old) && Array.isArray(value))
    return editArray(document, node.value, old, value);
  const [start, end] = node.value.range;
  const written = text.slice(start, end);
  const isFloat = node.value.type === 'TOMLValue' && node.value.kind === 'float';
  const rendered =
    typeof value === 'string' && typeof old === 'string'
      ? renderTextLike(value, written, eol)
      : typeof value === 'number'
        ? renderNumber(value, isFloat)
        : renderValue(value);
  return text.slice(0, start) + rendered + text.slice(end);
}
