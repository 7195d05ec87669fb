import { nearest } from '../../../src-shared/nearest.ts';
import type { Place, Problems } from '../problems.ts';
import { describe, textOf, type Value, YamlList, YamlMap } from '../yaml/value.ts';

/** Reading typed members of a map; what does not fit is told with its place and counts as absent. */
export interface Take {
  /** A string; numbers count when they stand where GitLab takes them as text. */
  text(key: string, options?: { numbers?: boolean }): string | undefined;
  flag(key: string): boolean | undefined;
  whole(key: string): number | undefined;
  /** A string or a list of strings (nested lists are flattened). */
  texts(key: string): string[] | undefined;
  /** A list of strings; a single string is none. */
  list(key: string): string[] | undefined;
  oneOf<T extends string>(key: string, allowed: readonly T[]): T | undefined;
  /** Seconds of `1h 30m`. */
  duration(key: string): number | undefined;
  map(key: string): YamlMap | undefined;
  /** Undefined when absent or null. */
  value(key: string): Value | undefined;
  at(key: string): Place;
  /** Tells that the key's value is none of what was expected. */
  wrong(key: string, expected: string): undefined;
  /** Tells about keys that nobody knows, and about those that are known but not supported. */
  only(known: readonly string[], unsupported?: readonly string[]): void;
}

const deepestList = 10;

/** `path` names the thing in messages (`jobs:build:artifacts`). */
export function take(map: YamlMap, path: string, problems: Problems): Take {
  const present = (key: string): Value | undefined => map.get(key) ?? undefined;
  const wrong = (key: string, expected: string): undefined => {
    problems.invalid(`${path} ${key} should be ${expected}, found ${describe(map.get(key))}`, map.at(key));
    return undefined;
  };
  const text: Take['text'] = (key, { numbers = false } = {}) => {
    const value = present(key);
    if (value === undefined || typeof value === 'string') return value;
    return (numbers && typeof value !== 'boolean' ? textOf(value) : undefined) ?? wrong(key, 'a string');
  };
  return {
    text,
    wrong,
    flag(key) {
      const value = present(key);
      return value === undefined || typeof value === 'boolean' ? value : wrong(key, 'a boolean value');
    },
    whole(key) {
      const value = present(key);
      return value === undefined || typeof value === 'number' ? value : wrong(key, 'an integer');
    },
    texts(key) {
      const value = present(key);
      if (value === undefined) return undefined;
      return flatten(value, 0) ?? wrong(key, `a string or a nested array of strings up to ${deepestList} levels deep`);
    },
    list(key) {
      const value = present(key);
      if (value === undefined) return undefined;
      return (value instanceof YamlList ? flatten(value, 0) : undefined) ?? wrong(key, 'an array of strings');
    },
    oneOf(key, allowed) {
      const value = present(key);
      if (value === undefined) return undefined;
      return allowed.find((each) => each === value) ?? wrong(key, `one of: ${allowed.join(', ')}`);
    },
    duration(key) {
      const value = text(key, { numbers: true });
      return value === undefined ? undefined : (readDuration(value) ?? wrong(key, 'a duration'));
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
        else if (!known.includes(key))
          problems.invalid(`${path} config contains unknown keys: ${key}${suggest(key, known)}`, map.at(key));
      }
    },
  };
}

const suggest = (key: string, known: readonly string[]): string => {
  const meant = nearest(key, known);
  return meant === undefined ? '' : ` (did you mean \`${meant}\`?)`;
};

/** Strings of a nested list; numbers and booleans are no strings, as on the server. */
export function flatten(value: Value, depth: number): string[] | undefined {
  if (typeof value === 'string') return [value];
  if (!(value instanceof YamlList) || depth > deepestList) return undefined;
  const texts: string[] = [];
  for (const item of value.items) {
    const inner = flatten(item, depth + 1);
    if (inner === undefined) return undefined;
    texts.push(...inner);
  }
  return texts;
}

const units = [
  [/^(?:seconds?|secs?|s)$/, 1],
  [/^(?:minutes?|mins?|m)$/, 60],
  [/^(?:hours?|hrs?|h)$/, 3600],
  [/^(?:days?|d)$/, 86_400],
  [/^(?:weeks?|wks?|w)$/, 604_800],
  [/^(?:months?|mos?)$/, 2_592_000],
  [/^(?:years?|yrs?|y)$/, 31_557_600],
] as const;

/** `1h 30m`, `2 hours and 5 minutes`, `01:30:00`, `90` (seconds) in seconds; undefined when it is none. */
export function readDuration(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return Math.round(Number(trimmed));
  const clock = /^(?:(\d+):)?(\d{1,2}):(\d{2})$/.exec(trimmed);
  if (clock !== null) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  let seconds = 0;
  const rest = trimmed.replace(/(\d+(?:\.\d+)?)\s*([a-z]+)/g, (whole, amount: string, unit: string) => {
    const factor = units.find(([pattern]) => pattern.test(unit))?.[1];
    if (factor === undefined) return whole;
    seconds += Number(amount) * factor;
    return ' ';
  });
  return /^(?:\s|,|and\b)*$/.test(rest) && trimmed !== '' && seconds > 0 ? Math.round(seconds) : undefined;
}
