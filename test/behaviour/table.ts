import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const page = resolve(import.meta.dirname, '../../docs/executors.md');
const block = /(<!-- behaviours: made by test\/behaviour -->\n)([\s\S]*?)(<!-- end -->)/;
const corner = 'Behaviour';

/** What the page says of one place: behaviour to cell. */
export const columnOf = (name: string): Record<string, string> => {
  const [head = [], , ...rows] = readTable();
  const index = head.indexOf(name);
  return index < 0 ? {} : Object.fromEntries(rows.map((row) => [row[0] ?? '', row[index] ?? '']));
};

/** Writes what a run has shown of one place; the other columns stay. `all`: the columns there are, in their order. */
export const writeColumn = (name: string, cells: Readonly<Record<string, string>>, all: readonly string[]): void => {
  const columns = all.map((each) => (each === name ? cells : columnOf(each)));
  const rows = [
    [corner, ...all],
    ['---', ...all.map(() => '---')],
    ...Object.keys(cells).map((behaviour) => [behaviour, ...columns.map((column) => column[behaviour] ?? '')]),
  ];
  const table = rows.map((row) => `| ${row.join(' | ')} |\n`).join('');
  const text = readFileSync(page, 'utf8');
  writeFileSync(
    page,
    text.replace(block, (_, start, __, end) => `${start}${table}${end}`),
  );
};

const readTable = (): string[][] =>
  (block.exec(readFileSync(page, 'utf8'))?.[2] ?? '')
    .trim()
    .split('\n')
    .map((line) => line.slice(2, -2).split(' | '));
