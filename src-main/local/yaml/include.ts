import { readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { globMatcher } from '../compile/globs.ts';
import { chooseRule, includeRules, type RuleFacts } from '../compile/rules.ts';
import { take } from '../compile/take.ts';
import { expandText } from '../compile/variables.ts';
import type { Place, Problems } from '../problems.ts';
import { deepMerge } from './merge.ts';
import { readYaml } from './read.ts';
import { describe, type Value, YamlList, YamlMap } from './value.ts';

const mostIncludes = 150;
const elsewhere = ['project', 'remote', 'template', 'component', 'artifact'];

/** Reads the root file with all its `include:local`, merged as GitLab merges them: included files first, in order. */
export function loadTree(
  root: { readonly folder: string; readonly file: string },
  facts: RuleFacts,
  problems: Problems,
): YamlMap | undefined {
  let count = 0;

  const load = (file: string, from: Place | undefined, chain: readonly string[]): YamlMap | undefined => {
    const text = readInside(root.folder, file);
    if (text === undefined) {
      problems.invalid(`Local file \`${file}\` does not exist!`, from);
      return undefined;
    }
    if (from !== undefined && text.trim() === '') {
      problems.invalid(`Local file \`${file}\` is empty!`, from);
      return undefined;
    }
    const map = readYaml(text, file, problems);
    const include = map?.get('include') ?? undefined;
    if (map === undefined || include === undefined) return map;
    const own = map.copy();
    own.entries.delete('include');
    let merged: YamlMap | undefined;
    for (const { path, place } of targetsOf(include, map.at('include'))) {
      count += 1;
      if (count > mostIncludes) {
        problems.invalid(`Maximum of ${mostIncludes} nested includes are allowed!`, place);
        break;
      }
      if (chain.includes(path)) {
        problems.invalid(`\`${path}\` includes itself (${[...chain, path].join(' -> ')})`, place);
        continue;
      }
      const loaded = load(path, place, [...chain, path]);
      if (loaded !== undefined) merged = merged ? deepMerge(merged, loaded) : loaded;
    }
    return merged ? deepMerge(merged, own) : own;
  };

  const targetsOf = (include: Value, at: Place): { readonly path: string; readonly place: Place }[] => {
    const list = include instanceof YamlList ? include : new YamlList([include], [at], at);
    return list.items.flatMap((entry, index) => {
      const place = list.at(index);
      const path = localPath(entry, place, facts, problems);
      if (path === undefined) return [];
      const clean = expandText(path, facts.lookup).replace(/^\/+/, '');
      if (!/\.ya?ml$/.test(clean)) {
        problems.invalid(`Included file \`${clean}\` does not have YAML extension!`, place);
        return [];
      }
      if (!clean.includes('*')) return [{ path: clean, place }];
      const matches = globMatcher(clean);
      return facts
        .files()
        .filter(matches)
        .sort()
        .map((file) => ({ path: file, place }));
    });
  };
  return load(root.file, undefined, [root.file]);
}

/** The file that one entry of `include` names; undefined when its rules leave it out or it cannot be had here. */
function localPath(entry: Value, place: Place, facts: RuleFacts, problems: Problems): string | undefined {
  if (typeof entry === 'string') {
    if (!/^https?:\/\//.test(entry)) return entry;
    problems.unsupported(`include of \`${entry}\`: only files of this repository can be included locally yet`, place);
    return undefined;
  }
  if (!(entry instanceof YamlMap)) {
    problems.invalid(`include should be a path, a hash, or a list of them, found ${describe(entry)}`, place);
    return undefined;
  }
  const reader = take(entry, 'include', problems);
  const kinds = ['local', ...elsewhere].filter((key) => entry.has(key));
  if (kinds.length > 1)
    problems.invalid(
      `Each include must use only one of: \`local\`, ${elsewhere.map((key) => `\`${key}\``).join(', ')}`,
      place,
    );
  else if (kinds.length === 0)
    problems.invalid(
      `an include does not have a valid subkey. Valid subkeys are: \`local\`, ${elsewhere.map((key) => `\`${key}\``).join(', ')}`,
      place,
    );
  else reader.only(['local', 'rules'], [...elsewhere, 'file', 'ref', 'inputs', 'integrity', 'cache']);
  const local = reader.text('local');
  const rules = reader.value('rules');
  if (rules !== undefined && chooseRule(rules, 'include', reader.at('rules'), includeRules, facts, problems) === 'none')
    return undefined;
  return kinds.length === 1 ? local : undefined;
}

/** The text of a file of the tree; undefined when it is not there, or the way leads out. */
function readInside(folder: string, file: string): string | undefined {
  try {
    const path = realpathSync(join(folder, file));
    const inside = relative(realpathSync(folder), path);
    if (inside.startsWith('..') || isAbsolute(inside)) return undefined;
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
