import { readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compileGlob } from '../../archive/index.ts';
import type { Place, Problems } from '../problems.ts';
import { deepMerge } from './merge.ts';
import { readYaml, type Value, YamlList, YamlMap } from './read.ts';

const mostIncludes = 150;

/** Reads the root file with all its `include:local`, merged as GitLab merges them: included files first, in order. */
export function loadTree(
  folder: string,
  root: string,
  files: () => readonly string[],
  expand: (text: string) => string,
  problems: Problems,
): YamlMap | undefined {
  let count = 0;
  const load = (file: string, from: Place | undefined, chain: readonly string[]): YamlMap | undefined => {
    const text = readInside(folder, file);
    if (text === undefined) {
      problems.invalid(`Local file \`${file}\` does not exist!`, from);
      return undefined;
    }
    const map = readYaml(text, file, problems);
    const include = map?.get('include');
    if (map === undefined || include === undefined) return map;
    map.entries.delete('include');
    let merged: YamlMap | undefined;
    for (const { path, place } of targets(include, map.at('include'))) {
      count += 1;
      if (count > mostIncludes) {
        problems.invalid(`Maximum of ${mostIncludes} nested includes are allowed!`, place);
        return undefined;
      }
      if (chain.includes(path)) {
        problems.invalid(`\`${path}\` includes itself`, place);
        continue;
      }
      const loaded = load(path, place, [...chain, path]);
      if (loaded !== undefined) merged = merged ? deepMerge(merged, loaded) : loaded;
    }
    return merged ? deepMerge(merged, map) : map;
  };
  const targets = (include: Value, at: Place): { path: string; place: Place }[] => {
    const entries = include instanceof YamlList ? include.items : [include];
    return entries.flatMap((entry) => {
      const place = entry instanceof YamlMap ? entry.place : at;
      const path = localPath(entry, place);
      if (path === undefined) return [];
      const clean = expand(path).replace(/^\/+/, '');
      if (!/\.ya?ml$/.test(clean)) {
        problems.invalid(`Included file \`${clean}\` does not have YAML extension!`, place);
        return [];
      }
      if (clean.split('/').includes('..')) {
        problems.invalid(`include:local \`${clean}\` must be inside of the repository`, place);
        return [];
      }
      if (!clean.includes('*')) return [{ path: clean, place }];
      const glob = compileGlob(clean);
      return files()
        .filter((file) => glob?.matches(file))
        .sort()
        .map((file) => ({ path: file, place }));
    });
  };
  const localPath = (entry: Value, place: Place): string | undefined => {
    if (typeof entry === 'string') {
      if (!/^https?:\/\//.test(entry)) return entry;
      problems.unsupported(`include of \`${entry}\`: only files of this repository can be included locally yet`, place);
      return undefined;
    }
    if (!(entry instanceof YamlMap)) {
      problems.invalid('include must be a path, a map, or a list of them', place);
      return undefined;
    }
    for (const key of ['project', 'remote', 'template', 'component', 'artifact', 'rules', 'inputs', 'integrity'])
      if (entry.entries.has(key)) {
        problems.unsupported(`\`include:${key}\` is not supported locally yet`, entry.at(key));
        return undefined;
      }
    const local = entry.get('local');
    if (typeof local === 'string') return local;
    problems.invalid('include must have a `local` file', place);
    return undefined;
  };
  return load(root, undefined, [root]);
}

/** The text of a file of the tree; undefined when it is not there or a link leads out. */
function readInside(folder: string, file: string): string | undefined {
  try {
    const real = realpathSync(join(folder, file));
    const inside = relative(realpathSync(folder), real);
    return inside.startsWith('..') ? undefined : readFileSync(real, 'utf8');
  } catch {
    return undefined;
  }
}
