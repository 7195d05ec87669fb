import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the official runner keeps its file on this system (spec/config-toml.md 4.6), so that one file serves both. */
export function defaultConfigPath(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  uid: number | undefined,
): string {
  if (env['CONFIG_FILE']) return env['CONFIG_FILE'];
  if (platform === 'win32') return join(env['USERPROFILE'] ?? homedir(), '.gitlab-runner', 'config.toml');
  if (uid === 0) return '/etc/gitlab-runner/config.toml';
  return join(env['HOME'] ?? homedir(), '.gitlab-runner', 'config.toml');
}
