import type { Place } from '../problems.ts';

/** A value of the file with where it stands: maps and lists keep the lines of their members. Never changed once read. */
export type Value = string | number | boolean | null | YamlFloat | YamlMap | YamlList | Reference;

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
  has(key: string): boolean {
    return this.entries.has(key);
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
  readonly places: readonly Place[];
  readonly place: Place;
  constructor(items: readonly Value[], places: readonly Place[], place: Place) {
    this.items = items;
    this.places = places;
    this.place = place;
  }
  at(index: number): Place {
    return this.places[index] ?? this.place;
  }
}

/** `1.10`: no string and no integer. As text it is what Ruby makes of it (`1.1`; a whole one keeps its `.0`). */
export class YamlFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  get text(): string {
    return Number.isInteger(this.value) && Math.abs(this.value) < 1e16 ? `${this.value}.0` : String(this.value);
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
  get text(): string {
    return `!reference [${this.path.map((part) => `"${part}"`).join(', ')}]`;
  }
}

/** A scalar as text; undefined for null, maps, lists. */
export function textOf(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value instanceof YamlFloat ? value.text : undefined;
}

const longestShown = 60;

/** What stands there, in words, for `…, found X`. */
export function describe(value: Value | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (value instanceof YamlMap) return 'a map';
  if (value instanceof YamlList) return 'a list';
  if (value instanceof Reference) return value.text;
  if (typeof value !== 'string') return `${textOf(value)}`;
  const [line = ''] = value.split('\n');
  return line.length > longestShown || line !== value ? `"${line.slice(0, longestShown)}…"` : `"${line}"`;
}
