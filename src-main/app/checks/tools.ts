import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import type { MachineCheck } from '../../../src-shared/runner-calls.ts';

export type Env = Readonly<Record<string, string | undefined>>;
export type Settings = Readonly<Record<string, unknown>>;

/** A check of this machine for one executor: what was found, and one next step where something is missing. */
export type ExecutorCheck = (settings: Settings, env: Env) => Promise<readonly MachineCheck[]>;

export const ok = (id: string, text: string): MachineCheck => ({ id, state: 'ok', text });
export const warning = (id: string, text: string, hint: string): MachineCheck => ({ id, state: 'warning', text, hint });
export const failed = (id: string, text: string, hint: string): MachineCheck => ({ id, state: 'failed', text, hint });

const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : [''];

/** Where a program is: a path as it stands, a name along PATH. Undefined when there is none that may be run. */
export async function findProgram(name: string, env: Env): Promise<string | undefined> {
  const folders = isAbsolute(name) ? [''] : (env['PATH'] ?? env['Path'] ?? '').split(delimiter);
  for (const folder of folders)
    for (const ending of endings) {
      const path = isAbsolute(name) ? `${name}${ending}` : join(folder, `${name}${ending}`);
      if (await isProgram(path)) return path;
    }
  return undefined;
}

const isProgram = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return false;
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
};

const answerWithinMs = 10_000;

/** What a program prints, or undefined when it fails or does not answer in time. */
export const outputOf = (program: string, args: readonly string[], env: Env): Promise<string | undefined> =>
  promisify(execFile)(program, [...args], { timeout: answerWithinMs, windowsHide: true, env: { ...env } }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );

/** A text inside of a table of the settings; empty when it is absent. */
export function textIn(settings: Settings, table: string, key: string): string {
  const found: unknown = settings[table];
  const value: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined;
  return typeof value === 'string' ? value.trim() : '';
}
