import { readFile } from 'node:fs/promises';
import { parse, TomlError } from 'smol-toml';
import { parseTOML } from 'toml-eslint-parser';
import * as v from 'valibot';
import { type Config, configSchema, type RunnerConfig, runnerSchema } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { findPosition } from './positions.ts';

export interface LoadResult {
  readonly config: Config;
  readonly path?: string;
  readonly runnerProblems: readonly { readonly index: number; readonly message: string; readonly line?: number }[];
  readonly problem?: string;
  readonly warnings: readonly string[];
}

/** Reads a file. Throws CONFIG_NOT_FOUND, or CONFIG_INVALID with file, line and column. */
export async function loadConfig(path: string, env: Readonly<Record<string, string | undefined>>): Promise<LoadResult> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new HarrierError('CONFIG_NOT_FOUND', `there is no config file ${path}`);
    throw new HarrierError('CONFIG_NOT_FOUND', `${path} cannot be read: ${error.message}`, { cause: error });
  });
  return { ...readConfig(text, path, env), path };
}

/**
 * Reads the text of a config.toml. A syntax error or a wrong global key rejects the file; a wrong key inside one
 * `[[runners]]` makes that entry a problem and leaves the others alone.
 */
export function readConfig(
  text: string,
  path: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Omit<LoadResult, 'path'> {
  const raw = parseToml(text.replace(/^\uFEFF/, ''), path);
  const { runners, ...globals } = raw;
  const at = positionsOf(text);
  const checked = v.safeParse(v.omit(configSchema, ['runners']), canonical(globals, Object.keys(configSchema.entries)));
  if (!checked.success) throw invalid(path, at, [], checked.issues[0]);
  if (typeof checked.output.concurrent === 'number' && checked.output.concurrent < 1)
    throw new HarrierError('CONFIG_INVALID', `${path}${where(at(['concurrent']))}: concurrent must be at least 1`);
  if (runners !== undefined && !Array.isArray(runners))
    throw new HarrierError(
      'CONFIG_INVALID',
      `${path}${where(at(['runners']))}: runners must be written as [[runners]]`,
    );
  const list = (runners ?? []).map((entry) => readRunner(entry, env));
  return {
    config: { ...checked.output, runners: list.map(({ runner }) => runner) },
    runnerProblems: list.flatMap(({ issue }, index) => {
      if (issue === undefined) return [];
      const keys = (issue.path ?? []).map(({ key }) => key as string | number);
      const position = at(['runners', index, ...keys]);
      const message = `${position ? `line ${position.line}: ` : ''}${keys.join('.')} must be ${issue.expected}, found ${issue.received}`;
      return [{ index, message, ...(position ? { line: position.line } : {}) }];
    }),
    warnings: unknownKeys(globals, runners ?? []).map(
      (keys) => `${path}${where(at(keys))}: unknown key ${keys.join('.')}`,
    ),
  };
}

function parseToml(text: string, path: string): Record<string, unknown> & { runners?: unknown } {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.replace(/^Invalid TOML document: /, '').split('\n')[0];
    throw new HarrierError('CONFIG_INVALID', `${path}:${error.line}:${error.column}: ${reason}`, { cause: error });
  }
}

function readRunner(entry: unknown, env: Readonly<Record<string, string | undefined>>) {
  const table = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : {};
  const result = v.safeParse(runnerSchema, canonical(table, Object.keys(runnerSchema.entries)));
  const runner = (result.success ? result.output : table) as RunnerConfig;
  const expand = (value: unknown): string | undefined =>
    typeof value === 'string'
      ? value.replace(/\$(?:(\w+)|\{(\w+)\})/g, (_, plain, braced) => env[plain ?? braced] ?? '')
      : undefined;
  const [url, token] = [expand(runner.url), expand(runner.token)];
  return {
    runner: { ...runner, ...(url !== undefined ? { url } : {}), ...(token !== undefined ? { token } : {}) },
    issue: result.success ? undefined : result.issues[0],
  };
}

/** Go's reader takes a key in any case where no exact one is there. */
const canonical = (table: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> => {
  const byLower = new Map(names.map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => {
      const known = names.includes(key) ? key : byLower.get(key.toLowerCase());
      return [known !== undefined && (known === key || !(known in table)) ? known : key, value];
    }),
  );
};

function unknownKeys(globals: Readonly<Record<string, unknown>>, runners: readonly unknown[]): (string | number)[][] {
  const isKnown = (names: readonly string[], key: string): boolean =>
    names.some((name) => name.toLowerCase() === key.toLowerCase());
  const known = Object.keys(configSchema.entries);
  const ofRunner = Object.keys(runnerSchema.entries);
  return [
    ...Object.keys(globals)
      .filter((key) => !isKnown(known, key))
      .map((key) => [key]),
    ...runners.flatMap((entry, index) =>
      Object.keys(typeof entry === 'object' && entry !== null ? entry : {})
        .filter((key) => !isKnown(ofRunner, key))
        .map((key) => ['runners', index, key]),
    ),
  ];
}

type Locate = (keys: readonly (string | number)[]) => { readonly line: number; readonly column: number } | undefined;

const positionsOf = (text: string): Locate => {
  let tree: ReturnType<typeof parseTOML> | undefined;
  return (keys) => {
    try {
      tree ??= parseTOML(text);
    } catch {
      return undefined;
    }
    return findPosition(tree, keys);
  };
};
const where = (position: ReturnType<Locate>): string => (position ? `:${position.line}:${position.column}` : '');

function invalid(
  path: string,
  at: Locate,
  prefix: readonly (string | number)[],
  issue: {
    readonly path?: readonly { readonly key: unknown }[];
    readonly expected: string | null;
    readonly received: string;
  },
): HarrierError {
  const keys = [...prefix, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  return new HarrierError(
    'CONFIG_INVALID',
    `${path}${where(at(keys))}: ${keys.join('.')} must be ${issue.expected ?? 'another value'}, found ${issue.received}`,
  );
}
