import { parseBool } from '../../../src-shared/parse-bool.ts';
import type { JobPayload } from '../../../src-shared/payload.ts';
import type { JobVariables } from '../variables/types.ts';

export type GitStrategy = 'clone' | 'fetch' | 'none' | 'empty';

/** What the job's variables say about its sources (spec/job-lifecycle.md 3.1). */
export interface GitSettings {
  readonly strategy: GitStrategy;
  readonly checkout: boolean;
  /** Undefined: no clean after the checkout. */
  readonly cleanFlags: readonly string[] | undefined;
  readonly fetchFlags: readonly string[];
  readonly cloneFlags: readonly string[];
  readonly submodules: 'none' | 'normal' | 'recursive' | 'invalid';
  readonly submoduleDepth: number;
  readonly submodulePaths: readonly string[];
  readonly submoduleFlags: readonly string[];
  readonly skipLfs: boolean;
  /** 0: the whole history. */
  readonly depth: number;
}

/**
 * Reads them. `problems` are the sentences of the one warning before prepare_executor; a bad value counts as its default.
 */
export const readGitSettings = (
  variables: JobVariables,
  payload: JobPayload,
): { readonly settings: GitSettings; readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const get = (name: string): string => variables.get(name) ?? '';
  const flag = (name: string, standard: boolean): boolean => {
    problems.push(...(badBoolean(name, get(name), standard) ?? []));
    return parseBool(get(name)) ?? standard;
  };
  const depth = payload.git_info?.depth ?? 0;
  const strategy = readStrategy(get('GIT_STRATEGY'), payload.allow_git_fetch ?? false, problems);
  const clean = words(get('GIT_CLEAN_FLAGS'), ['-ffdx']);
  const settings: GitSettings = {
    strategy,
    checkout: flag('GIT_CHECKOUT', true) && strategy !== 'none' && strategy !== 'empty',
    cleanFlags: clean.length > 0 ? clean : undefined,
    fetchFlags: words(get('GIT_FETCH_EXTRA_FLAGS'), ['--prune', '--quiet']),
    cloneFlags: words(get('GIT_CLONE_EXTRA_FLAGS'), []),
    submodules: readSubmodules(get('GIT_SUBMODULE_STRATEGY'), problems),
    submoduleDepth: readDepth(get('GIT_SUBMODULE_DEPTH'), depth, problems),
    submodulePaths: words(get('GIT_SUBMODULE_PATHS'), []),
    submoduleFlags: words(get('GIT_SUBMODULE_UPDATE_FLAGS'), []),
    skipLfs: flag('GIT_LFS_SKIP_SMUDGE', false),
    depth,
  };
  flag('GIT_SUBMODULE_FORCE_HTTPS', false);
  return { settings, problems };
};

/** The sentence about a value that is no boolean; an empty one says nothing. */
export const badBoolean = (name: string, text: string, standard: boolean): [string] | undefined =>
  text === '' || parseBool(text) !== undefined
    ? undefined
    : [`${name}: expected bool got ${JSON.stringify(text)}, using default value: ${standard}`];

/** The same for a whole number. */
export const badInteger = (name: string, text: string, standard: number): [string] | undefined =>
  text === '' || /^[+-]?\d+$/.test(text)
    ? undefined
    : [`${name}: expected int got ${JSON.stringify(text)}, using default value: ${standard}`];

const readStrategy = (text: string, allowFetch: boolean, problems: string[]): GitStrategy => {
  const standard = allowFetch ? 'fetch' : 'clone';
  if (text === '') return standard;
  if (text === 'clone' || text === 'fetch' || text === 'none' || text === 'empty') return text;
  problems.push(
    `GIT_STRATEGY: expected either 'clone', 'fetch', 'none' or 'empty' got ${JSON.stringify(text)}, using default value '${standard}'`,
  );
  return standard;
};

const readSubmodules = (text: string, problems: string[]): GitSettings['submodules'] => {
  if (text === '') return 'none';
  if (text === 'none' || text === 'normal' || text === 'recursive') return text;
  problems.push(`GIT_SUBMODULE_STRATEGY: expected either 'normal', 'recursive' or 'none' got ${JSON.stringify(text)}`);
  return 'invalid';
};

const readDepth = (text: string, standard: number, problems: string[]): number => {
  if (text === '') return standard;
  const problem = badInteger('GIT_SUBMODULE_DEPTH', text, standard);
  problems.push(...(problem ?? []));
  return problem === undefined ? Number(text) : standard;
};

/** Split on blanks; `none` means no words at all. */
const words = (text: string, standard: readonly string[]): readonly string[] => {
  if (text === '') return standard;
  return text === 'none' ? [] : text.split(/\s+/).filter(Boolean);
};
