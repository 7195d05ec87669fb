import { nearest } from '../nearest.ts';
import { configKeys, keyAt, keysIn } from './describe.ts';
import { isTable, type KeyPath, type TomlDocument, type TomlTable } from './document.ts';
import { featureFlags } from './feature-flags.ts';
import { type ConfigProblem, nameOf, problemAt } from './problem.ts';

/** What a valid file should not have: unknown keys, keys without effect here, likely slips. Nothing of it stops anyone. */
export function hintsFor(document: TomlDocument, values: TomlTable): ConfigProblem[] {
  const found: ConfigProblem[] = [];
  walk(values, [], (path, value) => {
    const message = hintFor(path, value);
    if (message === undefined) return;
    const meant = keyAt(path) === undefined ? meantBy(path) : undefined;
    found.push({
      ...problemAt(document, path, message),
      ...(meant !== undefined ? { fix: { kind: 'rename', name: meant } } : {}),
    });
  });
  return found;
}

/** Every key of the file that the schema can say something about; open tables and maps are not entered. */
function walk(table: TomlTable, path: KeyPath, visit: (path: KeyPath, value: unknown) => void): void {
  for (const [name, value] of Object.entries(table)) {
    const inside = [...path, name];
    visit(inside, value);
    const meta = keyAt(inside);
    if (meta === undefined || meta.open || meta.ignored !== undefined) continue;
    if (meta.kind === 'table' && isTable(value)) walk(value, inside, visit);
    if (meta.kind === 'tables' && Array.isArray(value))
      for (const [index, each] of value.entries()) if (isTable(each)) walk(each, [...inside, index], visit);
  }
}

function hintFor(path: KeyPath, value: unknown): string | undefined {
  const name = nameOf(path);
  const meta = keyAt(path);
  if (meta === undefined) {
    const meant = meantBy(path);
    return `unknown key ${name}${meant !== undefined ? `; did you mean ${meant}?` : homeOf(path)}`;
  }
  if (meta.ignored !== undefined && !isNothing(value)) return `${name} has no effect: ${meta.ignored}`;
  if (meta.deprecated !== undefined) return `${name} is out of use: ${meta.deprecated}`;
  if (meta.kind === 'duration' && typeof value === 'number' && value !== 0)
    return `${name} = ${value} means ${value} nanoseconds; write "${value}s" for seconds`;
  if (path.length === 3 && name === 'url' && typeof value === 'string' && /\/ci\/*$/.test(value))
    return 'url ends with /ci, an old form; leave it out';
  if (name === 'environment' && Array.isArray(value) && value.some((each) => !/^[^=]+=/.test(String(each))))
    return 'environment has an entry without "="; it is ignored, write KEY=value';
  if (path.length === 3 && name === 'executor' && value === 'docker+machine')
    return 'executor = "docker+machine" is deprecated by GitLab; it goes on working here';
  if (meta.kind === 'flags' && isTable(value)) {
    const unknown = Object.keys(value).filter((flag) => !Object.hasOwn(featureFlags, flag));
    if (unknown.length > 0) return `${name} has flags that are not known: ${unknown.join(', ')}`;
  }
  return undefined;
}

const isNothing = (value: unknown): boolean =>
  value === '' ||
  value === false ||
  value === 0 ||
  (Array.isArray(value) && value.length === 0) ||
  (isTable(value) && Object.values(value).every(isNothing));

/** Where the key belongs, when it stands in the wrong table. */
function homeOf(path: KeyPath): string {
  const name = String(path.at(-1)).toLowerCase();
  const homes = configKeys.filter((key) => key.path.at(-1)?.toLowerCase() === name).map((key) => key.path.slice(0, -1));
  const [home] = homes;
  if (homes.length !== 1 || home === undefined) return '';
  return home.length === 0 ? '; it belongs to the top of the file' : `; it belongs to ${header(home)}`;
}

/** The key that was probably meant. */
const meantBy = (path: KeyPath): string | undefined => {
  const known = keysIn(path.slice(0, -1)).map((key) => key.path.at(-1) ?? '');
  const written = String(path.at(-1)).toLowerCase();
  const near = nearest(
    written,
    known.map((name) => name.toLowerCase()),
  );
  return known.find((name) => name.toLowerCase() === near);
};

const header = (path: readonly string[]): string =>
  path.length === 1 && path[0] === 'runners' ? '[[runners]]' : `[${path.join('.')}]`;
