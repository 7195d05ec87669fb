import { expect, it } from 'vitest';
import { type GitSettings, readGitSettings } from './settings.ts';
import { createBench } from './testing/job.ts';

const read = (variables: Record<string, string>, payload: Record<string, unknown> = {}) => {
  const bench = createBench();
  try {
    const context = bench.context({ variables, payload });
    return readGitSettings(context.variables, context.payload);
  } finally {
    bench.close();
  }
};

interface Row {
  readonly why: string;
  readonly variables: Record<string, string>;
  readonly settings: Partial<GitSettings>;
  readonly problems: readonly string[];
}

it.each<Row>([
  {
    why: 'defaults',
    variables: {},
    settings: {
      strategy: 'fetch',
      checkout: true,
      cleanFlags: ['-ffdx'],
      fetchFlags: ['--prune', '--quiet'],
      submodules: 'none',
      skipLfs: false,
    },
    problems: [],
  },
  {
    why: 'words are split on blanks',
    variables: {
      GIT_CLEAN_FLAGS: ' -ffdx  -e a/ ',
      GIT_FETCH_EXTRA_FLAGS: 'none',
      GIT_SUBMODULE_UPDATE_FLAGS: '--remote --jobs 4',
    },
    settings: { cleanFlags: ['-ffdx', '-e', 'a/'], fetchFlags: [], submoduleFlags: ['--remote', '--jobs', '4'] },
    problems: [],
  },
  {
    why: 'GIT_CLEAN_FLAGS=none',
    variables: { GIT_CLEAN_FLAGS: 'none' },
    settings: { cleanFlags: undefined },
    problems: [],
  },
  {
    why: 'strategies without sources check nothing out',
    variables: { GIT_STRATEGY: 'none' },
    settings: { strategy: 'none', checkout: false },
    problems: [],
  },
  {
    why: 'a bad strategy',
    variables: { GIT_STRATEGY: 'bogus' },
    settings: { strategy: 'fetch' },
    problems: [
      `GIT_STRATEGY: expected either 'clone', 'fetch', 'none' or 'empty' got "bogus", using default value 'fetch'`,
    ],
  },
  {
    why: 'Go’s words for yes and no',
    variables: { GIT_CHECKOUT: 'F', GIT_LFS_SKIP_SMUDGE: '1' },
    settings: { checkout: false, skipLfs: true },
    problems: [],
  },
  {
    why: 'bad booleans',
    variables: { GIT_CHECKOUT: 'no', GIT_LFS_SKIP_SMUDGE: 'x' },
    settings: { checkout: true, skipLfs: false },
    problems: [
      'GIT_CHECKOUT: expected bool got "no", using default value: true',
      'GIT_LFS_SKIP_SMUDGE: expected bool got "x", using default value: false',
    ],
  },
  {
    why: 'blanks alone are no words',
    variables: { GIT_CLEAN_FLAGS: '  ', GIT_SUBMODULE_STRATEGY: 'deep' },
    settings: { cleanFlags: undefined, submodules: 'invalid' },
    problems: [`GIT_SUBMODULE_STRATEGY: expected either 'normal', 'recursive' or 'none' got "deep"`],
  },
  {
    why: 'a bad depth of submodules',
    variables: { GIT_SUBMODULE_DEPTH: 'x' },
    settings: { submoduleDepth: 0 },
    problems: ['GIT_SUBMODULE_DEPTH: expected int got "x", using default value: 0'],
  },
])('$why', ({ variables, settings, problems }) => {
  const found = read(variables);
  expect(found.settings).toMatchObject(settings);
  expect(found.problems).toEqual(problems);
});

it('without allow_git_fetch the default is clone, the depth is the job’s, never GIT_DEPTH', () => {
  const { settings } = read({ GIT_DEPTH: '1' }, { allow_git_fetch: false, git_info: { depth: 20 } });
  expect(settings).toMatchObject({ strategy: 'clone', depth: 20, submoduleDepth: 20 });
});
