import type { ExecutorTraits } from '../types.ts';

/** What holds wherever scripts are run over SSH. */
export const remoteTraits = {
  webTerminal: true,
  cleanGitConfig: true,
  buildsDir: 'builds',
  cacheDir: 'cache',
  showsHost: true,
  loginShell: true,
  defaultShell: 'bash',
  exitWords: 'Process exited with status',
} as const satisfies Partial<ExecutorTraits>;
