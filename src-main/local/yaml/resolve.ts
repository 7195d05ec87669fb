import type { Problems } from '../problems.ts';
import { deepMerge } from './merge.ts';
import { Reference, type Value, YamlList, YamlMap } from './read.ts';

const mostAncestors = 11;
const deepestReference = 10;

/** `extends` of every job, then every `!reference` (a reference inside `extends` does not work, as on the server). */
export function resolveTree(tree: YamlMap, problems: Problems): YamlMap {
  return resolveReferences(resolveExtends(tree, problems), problems);
}

function resolveExtends(tree: YamlMap, problems: Problems): YamlMap {
  const done = new Map<string, YamlMap>();
  const resolve = (name: string, chain: readonly string[]): YamlMap | undefined => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const job = tree.get(name);
    if (!(job instanceof YamlMap)) return undefined;
    const given = job.get('extends');
    if (given === undefined) return job;
    const place = job.at('extends');
    const bases = given instanceof YamlList ? given.items : [given];
    let merged: YamlMap | undefined;
    for (const base of bases) {
      if (typeof base !== 'string') {
        problems.invalid(`${name}: extends takes names of jobs`, place);
        continue;
      }
      if (chain.includes(base) || base === name) {
        problems.invalid(`${name}: circular dependency detected in \`extends\``, place);
        return undefined;
      }
      if (chain.length >= mostAncestors) {
        problems.invalid(`${name}: nesting too deep in \`extends\``, place);
        return undefined;
      }
      const parent = resolve(base, [...chain, name]);
      if (parent === undefined) {
        if (!tree.entries.has(base)) problems.invalid(`${name}: unknown keys in \`extends\` (${base})`, place);
        else if (!(tree.get(base) instanceof YamlMap))
          problems.invalid(`${name}: invalid base hashes in \`extends\` (${base})`, place);
        continue;
      }
      merged = merged ? deepMerge(merged, parent) : parent;
    }
    const result = merged ? deepMerge(merged, job) : job.copy();
    result.entries.delete('extends');
    done.set(name, result);
    return result;
  };
  const result = tree.copy();
  for (const name of tree.entries.keys()) {
    const job = resolve(name, []);
    if (job !== undefined) result.set(name, job, tree.at(name));
  }
  return result;
}

function resolveReferences(tree: YamlMap, problems: Problems): YamlMap {
  const follow = (reference: Reference, depth: number): Value => {
    const shown = `!reference [${reference.path.map((part) => `"${part}"`).join(', ')}]`;
    if (depth > deepestReference) {
      problems.invalid(`${shown} is part of a circular chain`, reference.place);
      return null;
    }
    let value: Value | undefined = tree;
    for (const part of reference.path) value = value instanceof YamlMap ? value.get(part) : undefined;
    if (value === undefined || value === null || value === false) {
      problems.invalid(`${shown} could not be found`, reference.place);
      return null;
    }
    return walk(value, depth + 1);
  };
  const walk = (value: Value, depth: number): Value => {
    if (value instanceof Reference) return follow(value, depth);
    // A list that comes by reference becomes part of the list around it.
    if (value instanceof YamlList)
      return new YamlList(
        value.items.flatMap((item) => {
          const resolved = walk(item, depth);
          return item instanceof Reference && resolved instanceof YamlList ? resolved.items : [resolved];
        }),
        value.place,
      );
    if (!(value instanceof YamlMap)) return value;
    const copy = new YamlMap(value.place, new Map(), value.places);
    for (const [key, member] of value.entries) copy.entries.set(key, walk(member, depth));
    return copy;
  };
  return walk(tree, 0) as YamlMap;
}
