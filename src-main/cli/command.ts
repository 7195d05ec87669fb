import type { Flag, Parsed } from '../base/flags.ts';

/** A command of the program. Its parts are loaded when it is called, so that none pays for another. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** How its arguments are shown, for example `[JOB…]`; absent: it takes none. */
  readonly arguments?: string;
  readonly flags: () => Promise<readonly Flag[]> | readonly Flag[];
  readonly load: () => Promise<(input: Parsed) => Promise<number>>;
  /** Left out of the list of commands. */
  readonly hidden?: boolean;
}

/** What every command understands, in front of its name or behind it. */
export const globalFlags: readonly Flag[] = [
  { names: ['debug'], kind: 'boolean', env: 'RUNNER_DEBUG', help: 'log more' },
  { names: ['log-level', 'l'], kind: 'text', env: 'LOG_LEVEL', help: 'debug, info, warning, error, fatal' },
  { names: ['log-format'], kind: 'text', env: 'LOG_FORMAT', help: 'runner, text, json' },
  { names: ['cpuprofile'], kind: 'text', env: 'CPU_PROFILE', hidden: true },
  { names: ['help', 'h'], kind: 'boolean', help: 'show this' },
];

export const configFlag: Flag = { names: ['config', 'c'], kind: 'text', env: 'CONFIG_FILE', help: 'config.toml' };
export const workingDirectoryFlag: Flag = {
  names: ['working-directory', 'd'],
  kind: 'text',
  help: 'folder for builds and caches',
};
/** Which entries of the file a command means. */
export const selectFlags: readonly Flag[] = [
  configFlag,
  { names: ['name', 'n'], kind: 'text', help: 'only the runner of this name' },
  { names: ['url', 'u'], kind: 'text', help: 'only runners of this address' },
  { names: ['token', 't'], kind: 'text', help: 'only the runner of this token' },
];
