import { open, readFile, rm } from 'node:fs/promises';
import { HarrierError } from '../../src-shared/errors.ts';

/** One engine per config file: who holds the lock is written in it. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes `<config>.lock` or throws ENGINE_RUNNING with the holder's pid. A lock whose process is gone (told by pid and,
 * on Linux, start time) is taken over.
 */
export async function takeLock(configPath: string): Promise<Lock> {
  const path = `${configPath}.lock`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = await open(path, 'wx', 0o600);
      const mine = `${process.pid} ${(await startTimeOf(process.pid)) ?? '-'}\n`;
      await file.writeFile(mine);
      await file.close();
      return {
        // Only while it is still ours: after a takeover the file belongs to somebody else.
        release: async () => {
          if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
        },
      };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST')
        throw new HarrierError('CONFIG_WRITE_FAILED', `the lock ${path} cannot be made: ${message}`, { cause: error });
      const holder = await holderOf(path);
      if (holder !== undefined)
        throw new HarrierError(
          'ENGINE_RUNNING',
          `another Harrier (process ${holder}) works with ${configPath} already`,
        );
      await rm(path, { force: true });
    }
  }
  throw new HarrierError('ENGINE_RUNNING', `another Harrier has just started with ${configPath}`);
}

/** The pid of the process that holds the lock; undefined when there is none any more. */
export async function holderOf(path: string): Promise<number | undefined> {
  const [pidText = '', started = '-'] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
  const now = await startTimeOf(pid);
  return now === undefined || started === '-' || now === started ? pid : undefined;
}

/** Clock ticks since boot at which a process began; Linux only. */
const startTimeOf = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};
