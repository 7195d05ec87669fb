import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { parseTOML } from 'toml-eslint-parser';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { readConfig } from './load.ts';

/** A change of the text of a config.toml; everything that it does not name stays as it is, byte by byte. */
export type Edit = (text: string) => string;

/**
 * Reads, changes and saves a config file (0600, atomic). The result is read again before it is written; a file that
 * changed between reading and writing is CONFIG_CONFLICT. A file that is not there begins as an empty one.
 */
export async function editConfig(path: string, edit: Edit): Promise<void> {
  const before = await readOrEmpty(path);
  const after = edit(before);
  if (after === before) return;
  readConfig(after, path);
  if (hash(await readOrEmpty(path)) !== hash(before))
    throw new HarrierError('CONFIG_CONFLICT', `${path} was changed by another program meanwhile`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, after);
  } catch (error) {
    throw new HarrierError('CONFIG_WRITE_FAILED', `${path} could not be saved: ${messageOf(error)}`, { cause: error });
  }
}

/** Adds a `[[runners]]` at the end; a new file gets the globals that the official `register` writes. */
export const addRunner =
  (runner: Readonly<Record<string, unknown>>): Edit =>
  (text) => {
    const line = text.includes('\r\n') ? '\r\n' : '\n';
    const head =
      text.trim() === ''
        ? [
            'concurrent = 1',
            'check_interval = 0',
            'shutdown_timeout = 0',
            '',
            '[session_server]',
            '  session_timeout = 1800',
            '',
          ].join('\n')
        : text.endsWith('\n')
          ? text
          : text + line;
    const body = renderRunner(runner).replaceAll('\n', line);
    return `${head}${line}${body}`;
  };

/** Takes out one `[[runners]]` with its tables and the comments inside. */
export const removeRunner =
  (index: number): Edit =>
  (text) => {
    const { start, end } = rangeOf(text, index);
    return text.slice(0, start).replace(/(\r?\n)(?:[ \t]*\r?\n)+$/, '$1') + text.slice(end);
  };

/** Sets plain keys of one `[[runners]]`: the value of a line that is there, or a new line behind the others. */
export const setRunnerKeys =
  (index: number, values: Readonly<Record<string, string | number | boolean | Date>>): Edit =>
  (text) => {
    let result = text;
    for (const [key, value] of Object.entries(values))
      result = setKey(result, index, key, stringify({ v: value }).slice(4).trim());
    const wrong = Object.keys(values).filter((key) => String(keyOf(result, index, key)) !== String(values[key]));
    if (wrong.length > 0)
      throw new HarrierError('INTERNAL', `editing ${wrong.join(', ')} would have changed something else`);
    return result;
  };

function setKey(text: string, index: number, key: string, value: string): string {
  const table = tablesOf(text).filter(({ name }) => name === 'runners')[index];
  if (table === undefined) throw new HarrierError('RUNNER_UNKNOWN', 'this runner is not in the file any more');
  const pair = table.pairs.find((each) => each.key === key);
  if (pair !== undefined) return text.slice(0, pair.valueStart) + value + text.slice(pair.valueEnd);
  const last = table.pairs.at(-1);
  const at = endOfLine(text, last?.valueEnd ?? table.headEnd);
  const indent = last !== undefined ? /[ \t]*$/.exec(text.slice(0, last.start))?.[0] : '  ';
  const line = text.includes('\r\n') ? '\r\n' : '\n';
  return `${text.slice(0, at)}${line}${indent}${key} = ${value}${text.slice(at)}`;
}

interface Table {
  readonly name: string;
  readonly start: number;
  readonly headEnd: number;
  readonly pairs: readonly { key: string; start: number; valueStart: number; valueEnd: number }[];
}

function tablesOf(text: string): Table[] {
  return parseTOML(text)
    .body[0].body.filter((node) => node.type === 'TOMLTable')
    .map((node) => ({
      name: node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value)).join('.'),
      start: node.range[0],
      headEnd: text.indexOf(']', node.key.range[1]) + (node.kind === 'array' ? 2 : 1),
      pairs: node.body.map((pair) => ({
        key: pair.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value)).join('.'),
        start: pair.range[0],
        valueStart: pair.value.range[0],
        valueEnd: pair.value.range[1],
      })),
    }));
}

function rangeOf(text: string, index: number): { start: number; end: number } {
  const tables = tablesOf(text);
  const at = tables.findIndex((table) => table === tables.filter(({ name }) => name === 'runners')[index]);
  if (at === -1) throw new HarrierError('RUNNER_UNKNOWN', 'this runner is not in the file any more');
  const next = tables.slice(at + 1).find(({ name }) => !name.startsWith('runners.'));
  const start = lineStart(text, tables[at]?.start ?? 0);
  return { start, end: next !== undefined ? lineStart(text, next.start) : text.length };
}

/** Plain keys first, then tables, two blanks a level: the official layout (spec/config-toml.md 4.1). */
function renderRunner(runner: Readonly<Record<string, unknown>>): string {
  const isTable = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  const render = (table: Readonly<Record<string, unknown>>, name: string, depth: number): string[] => {
    const indent = '  '.repeat(depth);
    const plain = Object.entries(table).filter(([, value]) => value !== undefined && !isTable(value));
    return [
      ...plain.map(([key, value]) => `${indent}${key} = ${stringify({ v: value }).slice(4).trim()}`),
      ...Object.entries(table).flatMap(([key, value]) =>
        isTable(value) ? [`${indent}[${name}.${key}]`, ...render(value, `${name}.${key}`, depth + 1)] : [],
      ),
    ];
  };
  return `${['[[runners]]', ...render(runner, 'runners', 1)].join('\n')}\n`;
}

const keyOf = (text: string, index: number, key: string): unknown => {
  const { runners } = parse(text) as { runners?: Record<string, unknown>[] };
  return runners?.[index]?.[key];
};
const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
const endOfLine = (text: string, at: number): number => {
  const newline = text.indexOf('\n', at);
  if (newline === -1) return text.length;
  return text[newline - 1] === '\r' ? newline - 1 : newline;
};
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const readOrEmpty = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new HarrierError('CONFIG_NOT_FOUND', `${path} cannot be read: ${error.message}`, { cause: error });
  });
