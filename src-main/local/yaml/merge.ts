import { type Value, YamlMap } from './value.ts';

/** Maps merge deeply, everything else is replaced (include, extends). Neither input is changed. */
export function deepMerge(base: YamlMap, over: YamlMap): YamlMap {
  const result = base.copy();
  for (const [key, value] of over.entries) {
    const below = result.get(key);
    const merged: Value = below instanceof YamlMap && value instanceof YamlMap ? deepMerge(below, value) : value;
    result.set(key, merged, over.at(key));
  }
  return result;
}
