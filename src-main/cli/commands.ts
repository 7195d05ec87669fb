import { type Command, configFlag, selectFlags, workingDirectoryFlag } from './command.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  {
    name: 'run',
    summary: 'take jobs from GitLab until told to stop',
    flags: () => [
      configFlag,
      workingDirectoryFlag,
      { names: ['listen-address'], kind: 'text', env: 'LISTEN_ADDRESS', hidden: true },
      { names: ['service', 'n'], kind: 'text', hidden: true },
      { names: ['user', 'u'], kind: 'text', hidden: true },
      { names: ['syslog'], kind: 'boolean', env: 'LOG_SYSLOG', hidden: true },
    ],
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'exec',
    arguments: '[JOB…]',
    summary: 'run the pipeline of a local repository, uncommitted changes included',
    flags: () => [
      { names: ['cwd'], kind: 'text', help: 'the repository; default: this folder' },
      { names: ['list'], kind: 'boolean', help: 'show the jobs, run nothing' },
      { names: ['concurrent'], kind: 'integer', help: 'jobs at once' },
      { names: ['variable'], kind: 'list', help: 'variable of the pipeline, KEY=VALUE; may be repeated' },
    ],
    load: async () => (await import('./exec.ts')).exec,
  },
  {
    name: 'serve',
    summary: 'show the window in a browser, on this machine only',
    flags: () => [
      configFlag,
      workingDirectoryFlag,
      { names: ['port'], kind: 'integer', help: 'the first port to try' },
    ],
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'register',
    summary: 'add this machine to GitLab as a runner',
    flags: async () => [configFlag, ...(await import('../app/register-flags.ts')).registerFlags],
    load: async () => (await import('./register.ts')).register,
  },
  {
    name: 'list',
    summary: 'show the runners of the config file',
    flags: () => selectFlags,
    load: async () => (await import('./list.ts')).list,
  },
  {
    name: 'verify',
    summary: 'ask GitLab whether it knows the runners',
    flags: () => [...selectFlags, { names: ['delete'], kind: 'boolean', help: 'take refused runners out of the file' }],
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'unregister',
    summary: 'take runners away from GitLab and out of the file',
    flags: () => [...selectFlags, { names: ['all-runners'], kind: 'boolean', help: 'all of the file' }],
    load: async () => (await import('./unregister.ts')).unregister,
  },
  {
    name: 'reset-token',
    summary: 'get a new authentication token for a runner',
    flags: () => [
      ...selectFlags,
      { names: ['id', 'i'], kind: 'integer', help: 'only the runner of this number' },
      { names: ['all-runners'], kind: 'boolean', help: 'all of the file' },
      { names: ['pat'], kind: 'text', help: 'personal access token, when the old token is dead' },
    ],
    load: async () => (await import('./reset-token.ts')).resetToken,
  },
  {
    name: 'lint',
    summary: 'check the config file',
    flags: () => [configFlag],
    load: async () => (await import('./lint.ts')).lint,
  },
  {
    name: 'start',
    summary: 'run in the background',
    flags: () => [configFlag, workingDirectoryFlag, { names: ['service', 'n'], kind: 'text', hidden: true }],
    load: async () => (await import('./background.ts')).start,
  },
  {
    name: 'stop',
    summary: 'end the running jobs and stop',
    flags: () => [configFlag, { names: ['service', 'n'], kind: 'text', hidden: true }],
    load: async () => (await import('./control.ts')).stop,
  },
  {
    name: 'restart',
    summary: 'stop, then run in the background',
    flags: () => [configFlag, workingDirectoryFlag, { names: ['service', 'n'], kind: 'text', hidden: true }],
    load: async () => (await import('./background.ts')).restart,
  },
  {
    name: 'status',
    summary: 'tell how the engine of this config file is',
    flags: () => [
      configFlag,
      { names: ['json'], kind: 'boolean', help: 'as JSON' },
      { names: ['service', 'n'], kind: 'text', hidden: true },
    ],
    load: async () => (await import('./control.ts')).status,
  },
  {
    name: 'pause',
    arguments: '[RUNNER]',
    summary: 'take no new jobs, with all runners or one',
    flags: () => [configFlag],
    load: async () => (await import('./control.ts')).pause,
  },
  {
    name: 'resume',
    arguments: '[RUNNER]',
    summary: 'take jobs again',
    flags: () => [configFlag],
    load: async () => (await import('./control.ts')).resume,
  },
  {
    name: 'drain',
    summary: 'let the running jobs finish, then stop',
    flags: () => [configFlag, { names: ['wait'], kind: 'boolean', help: 'come back when all is done' }],
    load: async () => (await import('./control.ts')).drain,
  },
  {
    name: 'health-check',
    summary: 'wait until a service takes connections',
    hidden: true,
    flags: () => [{ names: ['port', 'p'], kind: 'list', help: 'port of the service' }],
    load: async () => (await import('./health-check.ts')).healthCheck,
  },
];
