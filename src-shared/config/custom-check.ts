import { isTable, type KeyPath, type TomlDocument, type TomlTable } from './document.ts';
import { type ConfigProblem, problemAt } from './problem.ts';

/** Without these no job of a custom executor could begin (spec/config-toml.md 6, rules 45 and 46). */
export function customProblems(document: TomlDocument, entry: TomlTable, path: KeyPath): ConfigProblem[] {
  const { executor, custom: section } = entry;
  if (executor !== 'custom') return [];
  if (section === undefined)
    return [problemAt(document, [...path, 'executor'], 'the custom executor needs the section [runners.custom]')];
  if (!isTable(section)) return [];
  const isMissing = (table: TomlTable, key: string): boolean => table[key] === undefined || table[key] === '';
  const inside = [...path, 'custom'];
  return [
    ...(isMissing(section, 'run_exec')
      ? [problemAt(document, inside, 'custom.run_exec is missing: the program that runs the script of each stage')]
      : []),
    ...['builds_dir', 'cache_dir']
      .filter((key) => isMissing(entry, key) && isMissing(section, 'config_exec'))
      .map((key) =>
        problemAt(
          document,
          [...path, 'executor'],
          `${key} is missing: the custom executor has no default, and there is no custom.config_exec to say it`,
        ),
      ),
  ];
}
