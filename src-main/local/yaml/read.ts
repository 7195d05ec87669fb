import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type ScalarTag,
} from 'yaml';
import type { Place, Problems } from '../problems.ts';

/** A value of the file with where it stands: maps and lists keep the lines of their members. */
export type Value = string | number | boolean | null | YamlMap | YamlList | Reference;

/** A map in the order of the file. */
export class YamlMap {
  readonly entries: Map<string, Value>;
  readonly places: Map<string, Place>;
  readonly place: Place;
  constructor(place: Place, entries = new Map<string, Value>(), places = new Map<string, Place>()) {
    this.place = place;
    this.entries = entries;
    this.places = places;
  }
  get(key: string): Value | undefined {
    return this.entries.get(key);
  }
  at(key: string): Place {
    return this.places.get(key) ?? this.place;
  }
  set(key: string, value: Value, place: Place): void {
    this.entries.set(key, value);
    this.places.set(key, place);
  }
  copy(): YamlMap {
    return new YamlMap(this.place, new Map(this.entries), new Map(this.places));
  }
}
export class YamlList {
  readonly items: readonly Value[];
  readonly place: Place;
  constructor(items: readonly Value[], place: Place) {
    this.items = items;
    this.place = place;
  }
}
/** `!reference [job, key, …]`, resolved after `extends`. */
export class Reference {
  readonly path: readonly string[];
  readonly place: Place;
  constructor(path: readonly string[], place: Place) {
    this.path = path;
    this.place = place;
  }
}

const largestBytes = 2 * 1024 * 1024;
const deepest = 100;
/** Aliases that multiply ("billion laughs") stop here. */
const mostNodes = 200_000;

const referenceTag: ScalarTag = { tag: '!reference', resolve: (text) => text };

/** Reads a file as GitLab does: YAML 1.1, merge keys, last of equal keys wins, only `!reference` as a tag. */
export function readYaml(text: string, file: string, problems: Problems): YamlMap | undefined {
  if (Buffer.byteLength(text) > largestBytes) {
    problems.invalid(`${file} is larger than 2 MiB`);
    return undefined;
  }
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.1',
    merge: false,
    uniqueKeys: false,
    lineCounter: counter,
    customTags: [referenceTag, { tag: '!reference', collection: 'seq' } as never],
    keepSourceTokens: false,
  });
  const list = Array.isArray(documents) ? documents : [];
  const placeAt = (offset: number | undefined): Place => ({
    file,
    line: offset === undefined ? 1 : counter.linePos(offset).line,
  });
  for (const document of list)
    for (const error of document.errors)
      problems.invalid(
        error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'not YAML',
        placeAt(error.pos[0]),
      );
  if (problems.list.length > 0) return undefined;
  const document = list.at(-1);
  if (list.length > 1) {
    const header = list[0]?.contents;
    if (isMap(header) && header.has('spec'))
      problems.unsupported('`spec:` (inputs of a file) is not supported locally yet', placeAt(header.range?.[0]));
    else problems.invalid('more than one YAML document', placeAt(document?.range?.[0]));
    return undefined;
  }
  if (document?.contents == null) {
    problems.invalid(`Please provide content of ${file}`);
    return undefined;
  }
  let nodes = 0;
  const fail = (message: string, node: Node | null | undefined): null => {
    problems.invalid(message, placeAt(node?.range?.[0]));
    return null;
  };
  const convert = (node: Node | null | undefined, depth: number): Value => {
    nodes += 1;
    if (depth > deepest || nodes > mostNodes)
      return fail('the file is nested too deep, or its aliases multiply too much', node);
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      const target = node.resolve(document);
      return target === undefined ? fail(`unknown alias *${node.source}`, node) : convert(target, depth + 1);
    }
    const place = placeAt(node.range?.[0]);
    if (isScalar(node)) {
      const { value } = node;
      if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
      if (typeof value === 'number') return value;
      return String(node.source ?? value);
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => convert(item as Node, depth + 1));
      if (node.tag === '!reference') {
        const path = items.filter((item) => typeof item === 'string');
        return path.length === items.length && path.length > 0
          ? new Reference(path, place)
          : fail('!reference takes a list of names', node);
      }
      return new YamlList(items, place);
    }
    if (!isMap(node)) return null;
    const map = new YamlMap(place);
    const merged: Value[] = [];
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const keyNode = pair.key as Node | null;
      const key = isScalar(keyNode) ? String(keyNode.source ?? keyNode.value) : String(convert(keyNode, depth + 1));
      const value = convert(pair.value as Node | null, depth + 1);
      if (key === '<<') merged.push(...(value instanceof YamlList ? value.items : [value]));
      else map.set(key, value, placeAt(keyNode?.range?.[0]));
    }
    for (const base of merged)
      if (base instanceof YamlMap)
        for (const [key, value] of base.entries) if (!map.entries.has(key)) map.set(key, value, base.at(key));
    return map;
  };
  const value = convert(document.contents as Node, 0);
  if (problems.list.length > 0) return undefined;
  if (value instanceof YamlMap) return value;
  problems.invalid(`${file} must be a map of jobs and keywords`, placeAt(0));
  return undefined;
}
