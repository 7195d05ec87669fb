import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { type Value, YamlList, YamlMap } from '../yaml/read.ts';

/** `variables:` of the file, a job or a rule. `forJob`: only `value` and `expand` may stand in the long form. */
export function readVariables(
  value: Value | undefined,
  path: string,
  forJob: boolean,
  problems: Problems,
): JobVariable[] {
  if (value === undefined || value === null) return [];
  if (!(value instanceof YamlMap)) {
    problems.invalid(`${path} config should be a hash of key value pairs`);
    return [];
  }
  return [...value.entries].flatMap(([key, given]) => {
    const place = value.at(key);
    if (typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean')
      return [variable(key, String(given))];
    if (!(given instanceof YamlMap)) {
      problems.invalid(`${path}:${key} config variable definition must be either a string or a hash`, place);
      return [];
    }
    const allowed = forJob ? ['value', 'expand'] : ['value', 'expand', 'description', 'options'];
    const unknown = [...given.entries.keys()].filter((name) => !allowed.includes(name));
    if (unknown.length > 0)
      problems.invalid(`${path}:${key} config uses invalid data keys: ${unknown.join(', ')}`, place);
    const text = given.get('value') ?? '';
    if (typeof text === 'object') {
      problems.invalid(`${path}:${key} value should be a string`, place);
      return [];
    }
    const options = given.get('options');
    if (options instanceof YamlList && !options.items.map(String).includes(String(text)))
      problems.invalid(`${path}:${key} value must be present in options`, place);
    return [variable(key, String(text), given.get('expand') === false)];
  });
}

export const variable = (key: string, value: string, raw = false): JobVariable => ({
  key,
  value,
  public: true,
  file: false,
  masked: false,
  raw,
});

/** Last value of each key, with `$X` and `${X}` of the same set put in once; unknown names stay as they are. */
export function lookupIn(variables: readonly JobVariable[]): (name: string) => string | undefined {
  const values = new Map(variables.map(({ key, value }) => [key ?? '', value ?? '']));
  return (name) => values.get(name);
}

export const expandText = (text: string, lookup: (name: string) => string | undefined): string =>
  text.replace(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (whole, plain?: string, braced?: string) => lookup(plain ?? braced ?? '') ?? whole,
  );
