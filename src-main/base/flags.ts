import { HarrierError } from '../../src-shared/errors.ts';
import { nearest } from '../../src-shared/nearest.ts';
import { parseBool } from '../../src-shared/parse-bool.ts';
import { parseJson } from './json.ts';

/** One flag of a command. Names are without dashes; the first is the one in the help. */
export interface Flag {
  readonly names: readonly string[];
  readonly kind: 'text' | 'boolean' | 'integer' | 'list' | 'map';
  readonly help?: string;
  /** Counts when the flag is absent and the variable is not empty. */
  readonly env?: string;
  readonly hidden?: boolean;
  /** The heading it stands under in the help, where a command has many. */
  readonly group?: string;
}
export type FlagValue = string | boolean | number | readonly string[] | Readonly<Record<string, string>>;

/** What a command line came to. */
export interface Parsed {
  readonly values: ReadonlyMap<string, FlagValue>;
  readonly rest: readonly string[];
  readonly warnings: readonly string[];
  text(name: string): string | undefined;
  /** Undefined: neither flag nor variable. */
  boolean(name: string): boolean | undefined;
  integer(name: string): number | undefined;
  list(name: string): readonly string[];
}
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads flags as the official runner does, whose parser is Go's: `-name value`, `--name=value`, one or two dashes alike,
 * booleans with `=true` or nothing, underscores as dashes, variables of the environment where the flag is absent. Unlike
 * Go's, flags may stand behind other arguments; `--` ends them. Throws INPUT_INVALID with the flag's name.
 */
export function parseFlags(
  flags: readonly Flag[],
  args: readonly string[],
  env: Env,
  /** Told of a flag that is none of ours, which is then left out with its value instead of being an error. */
  onUnknown?: (name: string) => void,
): Parsed {
  const byName = new Map(flags.flatMap((flag) => flag.names.map((name) => [plain(name), flag])));
  const values = new Map<string, FlagValue>();
  const [rest, warnings]: [string[], string[]] = [[], []];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      rest.push(...args.slice(at + 1));
      break;
    }
    const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(arg);
    if (match === null) {
      if (/^(?:true|false)$/.test(arg) && isBoolean(byName, args[at - 1]))
        warnings.push(`write ${args[at - 1]}=${arg}: a word behind a flag without value is an argument of its own`);
      rest.push(arg);
      continue;
    }
    const [, name = '', given] = match;
    const flag = byName.get(plain(name));
    if (flag === undefined) {
      if (onUnknown === undefined) throw unknownFlag(name, flags);
      onUnknown(name);
      if (given === undefined && at + 1 < args.length && !args[at + 1]?.startsWith('-')) at += 1;
      continue;
    }
    const needsNext = given === undefined && flag.kind !== 'boolean';
    if (needsNext && at + 1 >= args.length) throw invalid(`--${name} needs a value`);
    const text = given ?? (needsNext ? args[++at] : 'true') ?? '';
    add(values, flag, text, `--${name}`);
  }
  for (const flag of flags) {
    const text = flag.env === undefined ? undefined : env[flag.env];
    if (text !== undefined && text !== '' && !values.has(titleOf(flag))) add(values, flag, text, `$${flag.env}`, true);
  }
  const of = (name: string): FlagValue | undefined => values.get(name);
  return {
    values,
    rest,
    warnings,
    text: (name) => only(of(name), (value): value is string => typeof value === 'string'),
    boolean: (name) => only(of(name), (value): value is boolean => typeof value === 'boolean'),
    integer: (name) => only(of(name), (value): value is number => typeof value === 'number'),
    list: (name) => only(of(name), (value): value is readonly string[] => Array.isArray(value)) ?? [],
  };
}

export const titleOf = (flag: Flag): string => flag.names[0] ?? '';

function add(values: Map<string, FlagValue>, flag: Flag, text: string, source: string, whole = false): void {
  const title = titleOf(flag);
  const old = values.get(title);
  switch (flag.kind) {
    case 'text':
      values.set(title, text);
      return;
    case 'boolean': {
      const value = parseBool(text);
      if (value === undefined) throw invalid(`${source} must be true or false, found ${JSON.stringify(text)}`);
      values.set(title, value);
      return;
    }
    case 'integer':
      if (!/^[+-]?\d+$/.test(text)) throw invalid(`${source} must be a whole number, found ${JSON.stringify(text)}`);
      values.set(title, Number(text));
      return;
    case 'list': {
      const list = whole ? jsonList(text) : undefined;
      values.set(title, [...(Array.isArray(old) ? old : []), ...(list ?? [text])]);
      return;
    }
    case 'map':
      values.set(title, { ...(isMap(old) ? old : {}), ...mapOf(text, source) });
  }
}

/** A list in a variable may be JSON; any other text is one entry. */
function jsonList(text: string): string[] | undefined {
  const value = text.startsWith('[') ? parseJson(text) : undefined;
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** JSON, or one pair `key=value` (`key:value`). */
function mapOf(text: string, source: string): Record<string, string> {
  const value = text.startsWith('{') ? parseJson(text) : undefined;
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
  const pair = /^([^=:]+)[=:]([\s\S]*)$/.exec(text);
  if (pair === null) throw invalid(`${source} must be KEY=VALUE or JSON`);
  return { [pair[1] ?? '']: pair[2] ?? '' };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const only = <T extends FlagValue>(
  value: FlagValue | undefined,
  is: (value: FlagValue) => value is T,
): T | undefined => (value !== undefined && is(value) ? value : undefined);
const plain = (name: string): string => name.replaceAll('_', '-');
const isBoolean = (byName: ReadonlyMap<string, Flag>, arg: string | undefined): boolean =>
  /^--?[^=]+$/.test(arg ?? '') && byName.get(plain((arg ?? '').replace(/^--?/, '')))?.kind === 'boolean';
const invalid = (message: string): HarrierError => new HarrierError('INPUT_INVALID', message);

function unknownFlag(name: string, flags: readonly Flag[]): HarrierError {
  const known = flags.flatMap((flag) => (flag.hidden ? [] : flag.names.filter(({ length }) => length > 2)));
  const near =
    known.find((each) => each.startsWith(name) || name.startsWith(each)) ?? nearest(name, [...known, 'version']);
  return new HarrierError('INPUT_INVALID', `there is no flag --${name}${near ? `; did you mean --${near}?` : ''}`, {
    hint: 'Add --help to see the flags that there are.',
  });
}
