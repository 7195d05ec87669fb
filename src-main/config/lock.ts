import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import { systemClock } from '../base/clock.ts';
import { configIdentity, privateFolder, shortName } from './places.ts';
import { isAlive, startOf } from './process-start.ts';

/** Several that find a dead lock at once take turns: as often, and with this pause. */
const mostAttempts = 50;
const waitMs = 10;

/** One engine per config file: who holds the lock is written in it. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes `<config>.lock` or throws ENGINE_RUNNING with the holder's pid. A lock whose process is gone (told by pid, start
 * time and host) is taken over.
 */
export async function takeLock(configPath: string): Promise<Lock> {
  const identity = await configIdentity(configPath);
  try {
    await mkdir(dirname(identity), { recursive: true, mode: 0o700 });
    return await takeFile(`${identity}.lock`, configPath);
  } catch (error) {
    if (error instanceof HarrierError) throw error;
    // A config in a folder that cannot be written (a mounted secret) can be run all the same.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM')
      throw cannot(`the lock ${identity}.lock cannot be made: ${messageOf(error)}`, error);
  }
  try {
    return await takeFile(join(await privateFolder({ create: true }), `${shortName(identity)}.lock`), configPath);
  } catch (error) {
    if (error instanceof HarrierError) throw error;
    throw cannot(`no lock can be made for ${configPath}: ${messageOf(error)}`, error);
  }
}

const cannot = (message: string, cause: unknown): HarrierError =>
  new HarrierError('CONFIG_WRITE_FAILED', message, { cause });

async function takeFile(path: string, configPath: string): Promise<Lock> {
  const mine = `${process.pid} ${await startOf(process.pid)} ${hostname()}\n`;
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    if (await createFilled(path, mine))
      return {
        // Only while it is still ours: after a takeover the file belongs to somebody else.
        release: async () => {
          if ((await textOf(path)) === mine) await rm(path, { force: true });
        },
      };
    const found = await textOf(path);
    const holder = await holderIn(found);
    if (holder !== undefined)
      throw new HarrierError('ENGINE_RUNNING', `another Harrier (process ${holder}) works with ${configPath} already`);
    await removeStale(path, found, mine);
    if (attempt > 2) await systemClock.sleep(waitMs);
  }
  throw new HarrierError('ENGINE_RUNNING', `another Harrier has just started with ${configPath}`);
}

/** The pid of the process that holds the lock of a config file; undefined when there is none any more. */
export async function holderOf(configPath: string): Promise<number | undefined> {
  const identity = await configIdentity(configPath);
  const beside = await holderIn(await textOf(`${identity}.lock`));
  if (beside !== undefined) return beside;
  const folder = await privateFolder({ create: false }).catch(() => undefined);
  return folder === undefined ? undefined : holderIn(await textOf(join(folder, `${shortName(identity)}.lock`)));
}

async function holderIn(text: string): Promise<number | undefined> {
  const [pidText = '', start = '', host = ''] = text.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  // Another host's number says nothing here; a container has a new name at each start.
  if (host !== hostname()) return undefined;
  return (await isAlive(pid, start)) ? pid : undefined;
}

/** Makes a file with its content at once, so that nobody sees an empty one. False: it is there already. */
async function createFilled(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.close();
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // File systems without hard links (FAT, some network shares).
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return createPlain(path, text);
    throw error;
  } finally {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
  }
}

async function createPlain(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(text);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a dead lock away. Only who holds the guard beside it may do so, and only while the dead one is still there:
 * otherwise the second of two that found it would remove the new lock of the first.
 */
async function removeStale(path: string, read: string, mine: string): Promise<void> {
  const guard = `${path}.guard`;
  if (!(await createFilled(guard, mine))) {
    if ((await holderIn(await textOf(guard))) === undefined) await rm(guard, { force: true });
    return;
  }
  try {
    if ((await textOf(path)) === read) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
