import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Place, Problems } from '../problems.ts';
import { describe, textOf, type Value, YamlList, YamlMap } from '../yaml/value.ts';
import { take } from './take.ts';

export type Lookup = (name: string) => string | undefined;

/** `variables:` of the file, a job or a rule. `forJob`: only `value` and `expand` may stand in the long form. */
export function readVariables(
  value: Value | undefined,
  path: string,
  place: Place,
  forJob: boolean,
  problems: Problems,
): JobVariable[] {
  if (value === undefined || value === null) return [];
  if (!(value instanceof YamlMap)) {
    problems.invalid(`${path} config should be a hash of key value pairs, found ${describe(value)}`, place);
    return [];
  }
  return [...value.entries].flatMap(([key, given]) => {
    const here = value.at(key);
    if (!/^\w+$/.test(key))
      problems.invalid(`${path}:${key} is no name of a variable (letters, digits and _ only)`, here);
    const text = textOf(given);
    if (text !== undefined) return [variable(key, text)];
    if (given instanceof YamlMap) return readLong(given, key, `${path}:${key}`, forJob, problems);
    problems.invalid(
      `${path}:${key} config variable definition must be either a string or a hash, found ${describe(given)}`,
      here,
    );
    return [];
  });
}

function readLong(map: YamlMap, key: string, path: string, forJob: boolean, problems: Problems): JobVariable[] {
  const allowed = forJob ? ['value', 'expand'] : ['value', 'expand', 'description', 'options'];
  const unknown = [...map.entries.keys()].filter((name) => !allowed.includes(name));
  if (unknown.length > 0)
    problems.invalid(`${path} config uses invalid data keys: ${unknown.join(', ')}`, map.at(unknown[0] ?? ''));
  const reader = take(map, path, problems);
  reader.text('description');
  const given = map.get('value');
  const text = given === undefined ? '' : textOf(given);
  if (text === undefined) {
    reader.wrong('value', 'a string');
    return [];
  }
  const options = reader.value('options');
  if (options !== undefined) {
    const choices = options instanceof YamlList ? options.items.map(textOf) : undefined;
    if (choices === undefined) reader.wrong('options', 'an array of strings');
    else if (!choices.includes(text)) problems.invalid(`${path} value must be present in options`, map.at('value'));
  }
  return [variable(key, text, reader.flag('expand') === false)];
}

export const variable = (key: string, value: string, raw = false): JobVariable => ({
  key,
  value,
  public: true,
  file: false,
  masked: false,
  raw,
});

/** The last value of each key, as it is written. */
export function lookupIn(variables: readonly JobVariable[]): Lookup {
  const values = new Map(variables.map(({ key, value }) => [key ?? '', value ?? '']));
  return (name) => values.get(name);
}

const references = /\$\$|%%|\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)\}|%([A-Za-z_]\w*)%/g;

/** `$X`, `${X}` and `%X%` replaced once; unknown names, `$$` and `%%` stay. */
export const expandText = (text: string, lookup: Lookup): string =>
  text.replace(references, (whole, plain?: string, braced?: string, percent?: string) => {
    const name = plain ?? braced ?? percent;
    return (name === undefined ? undefined : lookup(name)) ?? whole;
  });

/** All values of one job together; more is taken as variables that multiply. */
const mostExpanded = 4 * 1024 * 1024;

/**
 * What the server does before it hands a job out: every value with the values of the others in it, whatever their
 * order. Raw variables are not expanded; they and file variables are not put into others (the runner does that).
 * Later ones of a key win and the earlier ones go. `problem`: a circle, or values that grow without end.
 */
export function expandAll(
  variables: readonly JobVariable[],
): { readonly variables: JobVariable[]; readonly problem?: undefined } | { readonly problem: string } {
  const last = new Map<string, JobVariable>();
  for (const each of variables) {
    // The place in the list is that of the last one, too.
    last.delete(each.key ?? '');
    last.set(each.key ?? '', each);
  }
  const done = new Map<string, string>();
  const open: string[] = [];
  let grown = 0;
  let problem: string | undefined;

  const expandedOf = (name: string): string | undefined => {
    const own = last.get(name);
    if (own === undefined || own.raw || own.file || problem !== undefined) return undefined;
    const known = done.get(name);
    if (known !== undefined) return known;
    if (open.includes(name)) {
      const circle = [...open.slice(open.indexOf(name)), name];
      problem = `circular variable reference detected: ${JSON.stringify(circle)}`;
      return undefined;
    }
    open.push(name);
    const text = own.value ?? '';
    const value = text.includes('$') || text.includes('%') ? expandText(text, put) : text;
    open.pop();
    done.set(name, value);
    return value;
  };
  const put = (name: string): string | undefined => {
    const value = expandedOf(name);
    grown += value?.length ?? 0;
    if (grown > mostExpanded) problem ??= `the variables grow over ${mostExpanded} characters when they are expanded`;
    return problem === undefined ? value : '';
  };
  const expanded = [...last.values()].map((each) => ({
    ...each,
    value: expandedOf(each.key ?? '') ?? each.value ?? '',
  }));
  return problem === undefined ? { variables: expanded } : { problem };
}
