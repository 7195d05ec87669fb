import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Where the official runner keeps its files on this system (spec/config-toml.md 4.6), so that one file serves both.
 * On Windows that is the working directory; where no file is there, Harrier takes `.gitlab-runner` in the home folder.
 */
export function defaultConfigFolder(
  env: Env,
  platform: NodeJS.Platform,
  uid: number | undefined,
  exists: (path: string) => boolean = existsSync,
): string {
  if (platform === 'win32') {
    const here = process.cwd();
    if (exists(win32.join(here, 'config.toml'))) return here;
    return win32.join(env['USERPROFILE'] || homedir(), '.gitlab-runner');
  }
  if (uid === 0) return '/etc/gitlab-runner';
  const home = env['HOME'] || homedir();
  return home ? posix.join(home, '.gitlab-runner') : process.cwd();
}

/** The config file that counts when `--config` is not given. */
export const defaultConfigPath = (
  env: Env,
  platform: NodeJS.Platform,
  uid: number | undefined,
  exists?: (path: string) => boolean,
): string =>
  env['CONFIG_FILE'] ||
  (platform === 'win32' ? win32 : posix).join(defaultConfigFolder(env, platform, uid, exists), 'config.toml');

/** Certificates by host name lie in the default folder, also when `--config` names a file elsewhere. */
export const defaultCertificateFolder = (env: Env, platform: NodeJS.Platform, uid: number | undefined): string =>
  (platform === 'win32' ? win32 : posix).join(defaultConfigFolder(env, platform, uid), 'certs');
