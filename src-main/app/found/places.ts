import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../base/files.ts';
import { defaultConfigPath } from '../../config/index.ts';
import { dataFolderOf, dataRoot } from '../data-folder.ts';

type Env = Readonly<Record<string, string | undefined>>;
export interface Machine {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
  /** Where the official runner of the whole system keeps its file; `/etc/gitlab-runner` on Linux. */
  readonly systemFolder?: string;
}

/** Where config files of the official runner lie on this system (spec/config-toml.md 4.6). */
export function officialPlaces({ env, platform, uid, systemFolder }: Machine): readonly string[] {
  const home = env['HOME'] || env['USERPROFILE'] || homedir();
  const system = systemFolder ?? (platform === 'win32' ? 'C:\\GitLab-Runner' : '/etc/gitlab-runner');
  const places = [
    defaultConfigPath({ ...env, CONFIG_FILE: undefined }, platform, uid),
    join(home, '.gitlab-runner', 'config.toml'),
    join(system, 'config.toml'),
  ];
  return [...new Set(places.map((path) => resolve(path)))];
}

/** Harrier's own config file, for a person who leaves what the official runner has alone. */
export const ownConfigPath = ({ env, platform }: Machine): string => join(dataRoot(env, platform), 'config.toml');

const choiceFile = (machine: Machine): string => join(dataRoot(machine.env, machine.platform), 'config-path.json');

/** The file that a person has chosen once in the window; undefined: nobody was asked. */
export function chosenConfigPath(machine: Machine): string | undefined {
  try {
    const kept: unknown = JSON.parse(readFileSync(choiceFile(machine), 'utf8'));
    return typeof kept === 'string' && kept !== '' ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers the file that counts from now on. */
export async function keepChoice(machine: Machine, path: string): Promise<void> {
  const file = choiceFile(machine);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, JSON.stringify(path));
}

/**
 * Which config file a window begins with when none is named (ON2). A file of the official runner that Harrier has never
 * worked with is not taken without asking: until then Harrier begins with its own.
 */
export function firstConfigPath(machine: Machine): { readonly path: string; readonly decided: boolean } {
  const chosen = chosenConfigPath(machine);
  if (chosen !== undefined) return { path: chosen, decided: true };
  const { env, platform, uid } = machine;
  const official = resolve(defaultConfigPath(env, platform, uid));
  const isKnown = existsSync(dataFolderOf(official, env, platform));
  if (isKnown || env['CONFIG_FILE']) return { path: official, decided: true };
  const isThere = officialPlaces(machine).some((path) => existsSync(path));
  return isThere ? { path: ownConfigPath(machine), decided: false } : { path: official, decided: true };
}
