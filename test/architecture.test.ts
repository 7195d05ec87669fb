import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrows } from '../src-shared/arrows.ts';

/** The structure is a test without exceptions: forbidden arrows, cycles, `any`, electron outside of desktop/. */
const root = resolve(import.meta.dirname, '..');
const sources = ['src-main', 'src-shared', 'src-renderer']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .map((path) => path.split(sep).join('/'))
  .filter((path) => /\.tsx?$/.test(path) && !path.includes('/node_modules/'));
const production = sources.filter((path) => !/\.test\.tsx?$/.test(path) && !path.includes('/testing/'));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const rooms = Object.keys(arrows) as (keyof typeof arrows)[];
const roomOf = (path: string) =>
  rooms.filter((room) => path.startsWith(`${room}/`)).sort((a, b) => b.length - a.length)[0];

/** Comments and strings blanked out, so that prose about `any` does not count. */
const codeOf = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replace(/`(?:[^`\\]|\\.)*`/g, '``');
const importPattern =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'|(?:^|\n)\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly bare: boolean;
  readonly typeOnly: boolean;
  readonly lazy: boolean;
}
const importsOf = (path: string): Import[] =>
  [...read(path).matchAll(importPattern)].map((match) => {
    const target = match[3] ?? match[4] ?? match[5] ?? '';
    const bare = !target.startsWith('.');
    const to = bare
      ? target
      : relative(root, resolve(root, dirname(path), target))
          .split(sep)
          .join('/');
    return { from: path, to, bare, typeOnly: match[2] !== undefined, lazy: match[5] !== undefined };
  });
const imports = production.flatMap(importsOf);

describe('arrows', () => {
  it('every source file stands in a room', () => {
    expect(production.filter((path) => roomOf(path) === undefined)).toEqual([]);
  });

  it('imports follow the arrows only', () => {
    const forbidden = imports.filter(({ from, to, bare }) => {
      if (bare) return false;
      const here = roomOf(from);
      const there = roomOf(to);
      if (here === undefined || there === undefined || here === there) return here === undefined;
      return !(arrows[here] as readonly string[]).includes(there);
    });
    expect(forbidden.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('the arrows themselves have no cycle', () => {
    expect(cyclesIn(new Map(rooms.map((room) => [room, arrows[room] as readonly string[]])))).toEqual([]);
  });

  it('no files import each other in a circle', () => {
    const graph = new Map<string, string[]>(production.map((path) => [path, []]));
    for (const { from, to, bare, typeOnly, lazy } of imports)
      if (!bare && !typeOnly && !lazy && graph.has(to)) graph.get(from)?.push(to);
    expect(cyclesIn(graph)).toEqual([]);
  });

  it('electron is imported in desktop/ only', () => {
    const wrong = imports.filter(({ from, to }) => /^electron(\/|$)/.test(to) && !from.startsWith('src-main/desktop/'));
    expect(wrong.map(({ from }) => from)).toEqual([]);
  });

  it('dockerode and ssh2 each have one file that knows them', () => {
    for (const name of ['dockerode', 'ssh2']) {
      const users = new Set(imports.filter(({ to, typeOnly }) => to === name && !typeOnly).map(({ from }) => from));
      expect([...users].length, `${name}: ${[...users].join(', ')}`).toBeLessThanOrEqual(1);
    }
  });

  it('src-shared knows neither Node nor the DOM', () => {
    const wrong = imports.filter(
      ({ from, to, bare }) => from.startsWith('src-shared/') && bare && to.startsWith('node:'),
    );
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });
});

describe('code', () => {
  it('has no any', () => {
    const found = production.flatMap((path) =>
      /(?:[:<,|&(]\s*|\bas\s+)any\b(?!\s*[:=(])/.test(codeOf(read(path))) ? [path] : [],
    );
    expect(found).toEqual([]);
  });

  it('has no default exports', () => {
    const found = production.filter(
      (path) =>
        !path.endsWith('.d.ts') && !path.endsWith('vite.config.ts') && /^export default\b/m.test(codeOf(read(path))),
    );
    expect(found).toEqual([]);
  });

  it('takes time, ids and chance as arguments', () => {
    const free = [
      'src-main/cli/',
      'src-main/desktop/',
      'src-main/web/',
      'src-main/base/',
      'src-main/app/',
      'src-renderer/',
    ];
    const found = production.filter(
      (path) =>
        !free.some((prefix) => path.startsWith(prefix)) &&
        /\bDate\.now\(|\bMath\.random\(|(?<![.\w])set(?:Timeout|Interval)\(/.test(codeOf(read(path))),
    );
    expect(found).toEqual([]);
  });

  it('counts casts through unknown and lint suppressions', () => {
    const count = (pattern: RegExp) =>
      production.reduce((sum, path) => sum + (read(path).match(pattern)?.length ?? 0), 0);
    const casts = count(/\bas unknown as\b/g);
    const suppressions = count(/biome-ignore|@ts-expect-error|@ts-ignore/g);
    console.log(`casts through unknown: ${casts}, lint suppressions: ${suppressions}, files: ${production.length}`);
    expect(production.length).toBeGreaterThan(0);
  });
});

/** Every cycle once, as the path that closes it. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (node: string, path: readonly string[]): void => {
    state.set(node, 'open');
    for (const next of graph.get(node) ?? []) {
      if (state.get(next) === 'open') found.push([...path.slice(path.indexOf(next)), next].join(' -> '));
      else if (!state.has(next)) visit(next, [...path, next]);
    }
    state.set(node, 'done');
  };
  for (const node of graph.keys()) if (!state.has(node)) visit(node, [node]);
  return found;
}
