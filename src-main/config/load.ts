import { checkConfig } from '../../src-shared/config/check.ts';
import { type Position, readToml } from '../../src-shared/config/document.ts';
import type { ConfigProblem } from '../../src-shared/config/problem.ts';
import type { Config, RunnerConfig } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { expandEnv } from './expand.ts';
import { readConfigText } from './read-text.ts';

export interface LoadResult {
  readonly config: Config;
  readonly path?: string;
  readonly runnerProblems: readonly { readonly index: number; readonly message: string; readonly line?: number }[];
  readonly problem?: string;
  /** Of the text on disk, broken or not; absent where there is no file. */
  readonly hash?: string;
  readonly warnings: readonly string[];
}
export type Env = Readonly<Record<string, string | undefined>>;

/** Reads a file. Throws CONFIG_NOT_FOUND, or CONFIG_INVALID with file, line and column. */
export async function loadConfig(path: string, env: Env = {}): Promise<LoadResult> {
  const found = await readConfigText(path);
  if (found === undefined) throw new HarrierError('CONFIG_NOT_FOUND', `there is no config file ${path}`);
  return { ...readConfig(found.text, path, env), path, hash: found.hash };
}

/**
 * Reads the text of a config.toml. A syntax error or a wrong global key rejects the file (CONFIG_INVALID); a wrong key
 * inside one `[[runners]]` makes that entry a problem and leaves the others alone. `$VAR` in `url` and `token` comes from
 * `env`.
 */
export function readConfig(text: string, path: string, env: Env = {}): Omit<LoadResult, 'path'> {
  const { config, fatal, runners, hints } = checkConfig(text);
  if (config === undefined) throw refusal(path, fatal);
  const entries = identitiesOf(config.runners ?? [], env);
  const lines = entries.some(({ problems, warnings }) => problems.length + warnings.length > 0)
    ? readToml(text)
    : undefined;
  const place = (index: number, key: string): Position | undefined => lines?.at(['runners', index, key]);
  return {
    config: { ...config, runners: entries.map(({ runner }) => runner) },
    runnerProblems: [
      ...runners.map(({ index, message, position }) => withLine(index, message, position)),
      ...entries.flatMap(({ problems }, index) =>
        // A key of the wrong type was told already; it is left out of the entry and looks like one that is missing.
        problems
          .filter(({ key }) => !runners.some((each) => each.index === index && each.path[2] === key))
          .map(({ key, message }) => withLine(index, message, place(index, key))),
      ),
    ],
    warnings: [
      ...hints.map(({ message, position }) => `${path}${where(position)}: ${message}`),
      ...entries.flatMap(({ warnings }, index) =>
        warnings.map(({ key, message }) => `${path}${where(place(index, key))}: ${message}`),
      ),
    ],
  };
}

function refusal(path: string, fatal: readonly ConfigProblem[]): HarrierError {
  const [first, ...others] = fatal;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return new HarrierError(
    'CONFIG_INVALID',
    `${path}${where(first?.position)}: ${first?.message ?? 'the file cannot be used'}${more}`,
  );
}

const withLine = (index: number, message: string, position: Position | undefined) =>
  position ? { index, message: `line ${position.line}: ${message}`, line: position.line } : { index, message };
const where = (position: Position | undefined): string => (position ? `:${position.line}:${position.column}` : '');

/** Address and token of each entry after expansion, and why it could not ask for jobs. */
export const identitiesOf = (runners: readonly RunnerConfig[], env: Env) =>
  runners.map((runner, index) => readIdentity(runner, index, env));

function readIdentity(entry: RunnerConfig, index: number, env: Env) {
  const url = expandEnv(entry.url ?? '', env);
  const token = expandEnv(entry.token ?? '', env);
  const name = entry.name ? `runner "${entry.name}"` : `runner ${index + 1}`;
  const unset = (missing: readonly string[]): string =>
    missing.length > 0 ? ` ($${missing.join(', $')} is not set in the environment)` : '';
  const warnings: { key: string; message: string }[] = [];
  for (const [key, { text, missing }] of Object.entries({ url, token }))
    if (missing.length > 0 && text.trim() !== '')
      warnings.push({ key, message: `${key} of ${name}: $${missing.join(', $')} is not set in the environment` });
  if (/^(?:GR1348941|glrtr-)/.test(token.text))
    warnings.push({
      key: 'token',
      message: `token of ${name} is a registration token; an authentication token (glrt-…) must stand here`,
    });
  const problems: { key: string; message: string }[] = [];
  if (!isWebAddress(url.text.trim()))
    problems.push({ key: 'url', message: `url must be the address of GitLab${unset(url.missing)}` });
  if (token.text.trim() === '') problems.push({ key: 'token', message: `token is missing${unset(token.missing)}` });
  return {
    runner: {
      ...entry,
      ...(entry.url !== undefined ? { url: url.text } : {}),
      ...(entry.token !== undefined ? { token: token.text } : {}),
    },
    problems,
    warnings,
  };
}

const isWebAddress = (text: string): boolean => /^https?:\/\/[^/?#\s]/i.test(text) && URL.canParse(text);
