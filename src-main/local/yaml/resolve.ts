import type { Problems } from '../problems.ts';
import { deepMerge } from './merge.ts';
import { describe, Reference, type Value, YamlList, YamlMap } from './value.ts';

/** More steps of `extends` than this are refused (an entry may have ten ancestors that extend on). */
const mostSteps = 11;
/** References that multiply stop here, as aliases do. */
const mostNodes = 400_000;

/** `extends` of every job, then every `!reference` (a reference inside `extends` does not work, as on the server). */
export function resolveTree(tree: YamlMap, problems: Problems): YamlMap {
  return resolveReferences(resolveExtends(tree, problems), problems);
}

interface Resolved {
  readonly job: YamlMap;
  /** Steps of `extends` below it. */
  readonly steps: number;
}

function resolveExtends(tree: YamlMap, problems: Problems): YamlMap {
  const done = new Map<string, Resolved | undefined>();
  const open = new Set<string>();

  const resolve = (name: string): Resolved | undefined => {
    if (done.has(name)) return done.get(name);
    const job = tree.get(name);
    if (!(job instanceof YamlMap)) return undefined;
    open.add(name);
    const result = job.has('extends') ? extend(name, job) : { job, steps: 0 };
    open.delete(name);
    done.set(name, result);
    return result;
  };
  const extend = (name: string, job: YamlMap): Resolved | undefined => {
    const given = job.get('extends');
    const place = job.at('extends');
    let merged: YamlMap | undefined;
    let steps = 0;
    for (const base of given instanceof YamlList ? given.items : [given ?? null]) {
      if (typeof base !== 'string') {
        problems.invalid(`jobs:${name} extends should be a name or a list of names, found ${describe(base)}`, place);
        continue;
      }
      if (open.has(base)) {
        problems.invalid(`${name}: circular dependency detected in \`extends\` (${base})`, place);
        continue;
      }
      const parent = resolve(base);
      if (parent === undefined) {
        if (!tree.has(base)) problems.invalid(`${name}: unknown keys in \`extends\` (${base})`, place);
        else if (!(tree.get(base) instanceof YamlMap))
          problems.invalid(`${name}: invalid base hashes in \`extends\` (${base})`, place);
        continue;
      }
      steps = Math.max(steps, parent.steps + 1);
      merged = merged ? deepMerge(merged, parent.job) : parent.job;
    }
    if (steps > mostSteps) problems.invalid(`${name}: nesting too deep in \`extends\``, place);
    const result = merged ? deepMerge(merged, job) : job.copy();
    result.entries.delete('extends');
    return { job: result, steps };
  };

  const result = tree.copy();
  for (const name of tree.entries.keys()) {
    const resolved = resolve(name);
    if (resolved !== undefined) result.set(name, resolved.job, tree.at(name));
  }
  return result;
}

function resolveReferences(tree: YamlMap, problems: Problems): YamlMap {
  const open: string[] = [];
  let nodes = 0;

  const follow = (reference: Reference): Value => {
    const shown = reference.text;
    if (open.includes(shown)) {
      problems.invalid(`${shown} is part of a circular chain`, reference.place);
      return null;
    }
    open.push(shown);
    let value: Value | undefined = tree;
    for (const part of reference.path) {
      if (value instanceof Reference) value = follow(value);
      value = value instanceof YamlMap ? value.get(part) : undefined;
    }
    const found = value === undefined || value === null || value === false ? undefined : walk(value);
    open.pop();
    if (found === undefined) problems.invalid(`${shown} could not be found`, reference.place);
    return found ?? null;
  };
  const walk = (value: Value): Value => {
    nodes += 1;
    if (nodes > mostNodes) {
      if (nodes === mostNodes + 1) problems.invalid('the references of the file multiply too much', tree.place);
      return null;
    }
    if (value instanceof Reference) return follow(value);
    if (value instanceof YamlList) return walkList(value);
    if (!(value instanceof YamlMap)) return value;
    const copy = new YamlMap(value.place, new Map(), value.places);
    for (const [key, member] of value.entries) copy.entries.set(key, walk(member));
    return copy;
  };
  /** A list that comes by reference becomes part of the list around it. */
  const walkList = (list: YamlList): YamlList => {
    const items: Value[] = [];
    const places = [];
    for (const [index, item] of list.items.entries()) {
      const resolved = walk(item);
      const spread = item instanceof Reference && resolved instanceof YamlList ? resolved.items : [resolved];
      for (const each of spread) {
        items.push(each);
        places.push(list.at(index));
      }
    }
    return new YamlList(items, places, list.place);
  };
  const resolved = walk(tree);
  return resolved instanceof YamlMap ? resolved : tree;
}
