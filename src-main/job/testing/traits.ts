import type { ExecutorTraits } from '../../executors/types.ts';

export const shellTraits: ExecutorTraits = {
  features: [],
  sharedEnvironment: true,
  sharedBuildsDir: true,
  customBuildDir: false,
  safeDirectory: false,
  cleanGitConfig: false,
  buildsDir: '$PWD/builds',
  cacheDir: '$PWD/cache',
  showsHost: false,
  loginShell: true,
  defaultShell: 'bash',
  exitWords: 'exit status',
};
