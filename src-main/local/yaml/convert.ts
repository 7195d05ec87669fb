import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Place, Problems } from '../problems.ts';
import { Reference, type Value, YamlFloat, YamlList, YamlMap } from './value.ts';

const deepest = 100;
/** Aliases that multiply ("billion laughs") stop here: what they stand for is counted each time. */
const mostNodes = 200_000;

/** The nodes of a document as values. What cannot be told is a problem with its line; undefined then. */
export function convert(document: Document, placeAt: (offset: number) => Place, problems: Problems): Value | undefined {
  const anchors = new Map<string, { readonly value: Value; readonly nodes: number } | 'open'>();
  let nodes = 0;
  let bad = false;
  const place = (node: Node | null | undefined): Place => placeAt(node?.range?.[0] ?? 0);
  const fail = (message: string, node: Node | null | undefined): null => {
    bad = true;
    problems.invalid(message, place(node));
    return null;
  };

  const read = (node: Node | null | undefined, depth: number): Value => {
    nodes += 1;
    if (bad) return null;
    if (depth > deepest) return fail(`the file is nested more than ${deepest} levels deep`, node);
    if (nodes > mostNodes) return fail('the file is too large, or its aliases multiply too much', node);
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return readAlias(node.source, node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor === undefined) return readPlain(node, depth);
    const before = nodes;
    anchors.set(anchor, 'open');
    const value = readPlain(node, depth);
    anchors.set(anchor, { value, nodes: nodes - before });
    return value;
  };
  const readAlias = (name: string, node: Node): Value => {
    const known = anchors.get(name);
    if (known === undefined) return fail(`unknown alias *${name}; anchors count in their own file only`, node);
    if (known === 'open') return fail(`the alias *${name} stands inside of its own anchor`, node);
    nodes += known.nodes;
    return known.value;
  };
  const readPlain = (node: Node, depth: number): Value => {
    if (isScalar(node))
      return node.tag === '!reference' ? fail('!reference takes a list of names', node) : scalar(node);
    if (isSeq(node)) return readList(node, depth);
    return isMap(node) ? readMap(node, depth) : null;
  };
  const readList = (node: YAMLSeq<unknown>, depth: number): Value => {
    const members = node.items as readonly (Node | null)[];
    const items = members.map((item) => read(item, depth + 1));
    if (node.tag !== '!reference') return new YamlList(items, members.map(place), place(node));
    const path = items.filter((item) => typeof item === 'string');
    if (path.length === items.length && path.length > 0) return new Reference(path, place(node));
    return fail('!reference takes a list of names', node);
  };
  const readMap = (node: YAMLMap<unknown, unknown>, depth: number): Value => {
    const map = new YamlMap(place(node));
    for (const { key, value } of node.items as readonly { key: Node | null; value: Node | null }[]) {
      const name = keyText(key);
      if (name === undefined) {
        fail('a key must be a word', key);
        continue;
      }
      const member = read(value, depth + 1);
      // Ruby's YAML merges where the `<<` stands: keys above it are replaced, keys below replace.
      if (name !== '<<') map.set(name, member, place(key));
      else if (!mergeInto(map, member)) fail('<< takes a map or a list of maps', value);
    }
    return map;
  };
  const keyText = (key: Node | null): string | undefined => {
    if (isScalar(key)) return String(key.source ?? key.value ?? '');
    const value = isAlias(key) ? anchors.get(key.source) : undefined;
    return typeof value === 'object' && typeof value.value === 'string' ? value.value : undefined;
  };

  const value = read(document.contents as Node | null, 0);
  return bad ? undefined : value;
}

/** Of several maps the first one that has a key gives it. */
function mergeInto(map: YamlMap, given: Value): boolean {
  const bases = given instanceof YamlList ? [...given.items].reverse() : [given];
  for (const base of bases) {
    if (!(base instanceof YamlMap)) return false;
    for (const [key, value] of base.entries) map.set(key, value, base.at(key));
  }
  return true;
}

function scalar({ value, source, type }: Scalar): Value {
  if (value === null || typeof value === 'string') return value;
  const plain = source ?? String(value);
  // YAML 1.1 takes a lone y or n for a boolean, Ruby's parser does not.
  if (typeof value === 'boolean') return type === 'PLAIN' && /^[yn]$/i.test(plain) ? plain : value;
  if (typeof value !== 'number') return plain;
  if (/[.eE]|inf|nan/i.test(plain) && !/^[-+]?0x/i.test(plain)) return new YamlFloat(value);
  // Ruby keeps every digit of a large number.
  return Number.isSafeInteger(value) ? value : plain.replaceAll('_', '');
}
