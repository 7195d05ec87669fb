import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where Harrier keeps what is its own: journal, job folders with their logs, history, the sample repository. One folder
 * per config file, so that two engines never share one. `HARRIER_DATA` names another root.
 */
export function dataFolderOf(
  configPath: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string {
  const root = dataRoot(env, platform);
  const name =
    configPath === undefined ? 'default' : createHash('sha256').update(resolve(configPath)).digest('hex').slice(0, 12);
  return join(root, name);
}

/** The folder above them all. */
export function dataRoot(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  const home = env['HOME'] ?? env['USERPROFILE'] ?? homedir();
  if (env['HARRIER_DATA']) return env['HARRIER_DATA'];
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Harrier');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Harrier');
  return join(env['XDG_STATE_HOME'] ?? join(home, '.local', 'state'), 'harrier');
}
