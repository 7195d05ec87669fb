import { expect, it } from 'vitest';
import { defaultConfigPath } from './paths.ts';

it.each([
  {
    why: 'CONFIG_FILE goes first',
    env: { CONFIG_FILE: '/x/c.toml', HOME: '/h' },
    platform: 'linux',
    uid: 0,
    path: '/x/c.toml',
  },
  {
    why: 'an empty one does not count',
    env: { CONFIG_FILE: '', HOME: '/h' },
    platform: 'linux',
    uid: 5,
    path: '/h/.gitlab-runner/config.toml',
  },
  {
    why: 'root is the system',
    env: { HOME: '/root' },
    platform: 'linux',
    uid: 0,
    path: '/etc/gitlab-runner/config.toml',
  },
  {
    why: 'macOS is as any Unix',
    env: { HOME: '/Users/h' },
    platform: 'darwin',
    uid: 501,
    path: '/Users/h/.gitlab-runner/config.toml',
  },
  {
    why: 'Windows without a file here: the home folder',
    env: { USERPROFILE: 'C:\\Users\\h' },
    platform: 'win32',
    uid: undefined,
    path: 'C:\\Users\\h\\.gitlab-runner\\config.toml',
  },
] as const)('$why', ({ env, platform, uid, path }) => {
  expect(defaultConfigPath(env, platform, uid, () => false)).toBe(path);
});

it('Windows with a file in the working directory: as the official runner', () => {
  expect(defaultConfigPath({ USERPROFILE: 'C:\\Users\\h' }, 'win32', undefined, () => true)).toMatch(
    /[\\/]config\.toml$/,
  );
  expect(defaultConfigPath({ USERPROFILE: 'C:\\Users\\h' }, 'win32', undefined, () => true)).not.toContain(
    '.gitlab-runner',
  );
});
