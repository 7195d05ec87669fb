import type { Place, Problems } from '../problems.ts';
import { type Value, YamlList, YamlMap } from '../yaml/read.ts';

/** Reading typed members of a map; what does not fit is told with its place and counts as absent. */
export interface Take {
  text(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  whole(key: string): number | undefined;
  /** A string or a list of strings (nested lists are flattened). */
  texts(key: string): string[] | undefined;
  oneOf<T extends string>(key: string, allowed: readonly T[]): T | undefined;
  map(key: string): YamlMap | undefined;
  value(key: string): Value | undefined;
  at(key: string): Place;
  /** Tells about keys that nobody knows, and about those that are known but not supported. */
  only(known: readonly string[], unsupported?: readonly string[]): void;
}

const deepestList = 10;

/** `path` names the thing in messages (`jobs:build:artifacts`). */
export function take(map: YamlMap, path: string, problems: Problems): Take {
  const wrong = (key: string, expected: string): undefined => {
    problems.invalid(`${path} ${key} should be ${expected}`, map.at(key));
    return undefined;
  };
  const present = (key: string): Value | undefined => map.get(key) ?? undefined;
  return {
    text(key) {
      const value = present(key);
      if (value === undefined || typeof value === 'string') return value;
      return typeof value === 'number' ? String(value) : wrong(key, 'a string');
    },
    flag(key) {
      const value = present(key);
      return value === undefined || typeof value === 'boolean' ? value : wrong(key, 'a boolean value');
    },
    whole(key) {
      const value = present(key);
      return value === undefined || (typeof value === 'number' && Number.isInteger(value))
        ? value
        : wrong(key, 'an integer');
    },
    texts(key) {
      const value = present(key);
      if (value === undefined) return undefined;
      const list = flatten(value, 0);
      return list ?? wrong(key, 'a string or a nested array of strings up to 10 levels deep');
    },
    oneOf(key, allowed) {
      const value = present(key);
      if (value === undefined) return undefined;
      const found = allowed.find((each) => each === value);
      return found ?? wrong(key, `one of: ${allowed.join(', ')}`);
    },
    map(key) {
      const value = present(key);
      return value === undefined || value instanceof YamlMap ? value : wrong(key, 'a hash');
    },
    value: present,
    at: (key) => map.at(key),
    only(known, unsupported = []) {
      for (const key of map.entries.keys()) {
        if (unsupported.includes(key))
          problems.unsupported(`${path}: \`${key}\` is not supported locally yet`, map.at(key));
        else if (!known.includes(key)) problems.invalid(`${path} config contains unknown keys: ${key}`, map.at(key));
      }
    },
  };
}

/** Strings of a nested list; numbers and booleans in a script are no strings, as on the server. */
export function flatten(value: Value, depth: number): string[] | undefined {
  if (typeof value === 'string') return [value];
  if (!(value instanceof YamlList) || depth > deepestList) return undefined;
  const parts = value.items.map((item) => flatten(item, depth + 1));
  return parts.some((part) => part === undefined) ? undefined : (parts.flat() as string[]);
}

/** `1h 30m`, `2 hours`, `90` (seconds) in seconds; undefined when it is none. */
export function readDuration(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (/^\d+$/.test(trimmed)) return Number(trimmed);
  const pattern =
    /(\d+(?:\.\d+)?)\s*(weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|months?|mos?|years?|y)(?![a-z])/g;
  const units: Readonly<Record<string, number>> = {
    w: 604_800,
    d: 86_400,
    h: 3600,
    m: 60,
    s: 1,
    mo: 2_592_000,
    y: 31_536_000,
  };
  let total = 0;
  const rest = trimmed.replace(pattern, (_, number: string, unit: string) => {
    total += Number(number) * (units[unit.startsWith('mo') ? 'mo' : (unit[0] ?? 's')] ?? 0);
    return '';
  });
  return rest.replace(/and|,|\s/g, '') === '' && total > 0 ? Math.round(total) : undefined;
}
