import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Env } from './inherited.ts';

const prefix = 'harrier-';
const tmpfsMagic = 0x01021994;

/**
 * A folder of one job's shell for its pipes and scripts, in memory where the system has a place for that: a script
 * holds the job's secrets, which then never reach a disk, and no file waits for another job's journal.
 */
export const makeRuntimeFolder = (env: Env, fallback: string): string => {
  const name = `${prefix}${randomBytes(9).toString('hex')}`;
  for (const base of [...places(env), fallback]) {
    try {
      const folder = join(base, name);
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if (base === fallback) throw error;
    }
  }
  return fallback;
};

/** Removes one that an earlier run left, only if it is certainly ours. */
export const removeRuntimeFolder = (folder: string, env: Env): void => {
  if (!places(env).includes(dirname(folder)) || !/^harrier-[0-9a-f]{18}$/.test(basename(folder))) return;
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() && found.uid === process.getuid?.()) rmSync(folder, { recursive: true, force: true });
};

/** Folders in memory that this user may write to, the private one first. */
const places = (env: Env): readonly string[] =>
  process.platform === 'linux'
    ? [env['XDG_RUNTIME_DIR'] ?? '', '/dev/shm'].filter((path) => path.startsWith('/') && isInMemory(path))
    : [];

const known = new Map<string, boolean>();
const isInMemory = (path: string): boolean => {
  let answer = known.get(path);
  if (answer === undefined) {
    try {
      answer = statfsSync(path).type === tmpfsMagic;
    } catch {
      answer = false;
    }
    known.set(path, answer);
  }
  return answer;
};
