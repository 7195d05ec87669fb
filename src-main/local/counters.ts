import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../base/files.ts';

export interface Counters {
  next(name: 'pipeline' | 'job'): number;
  /** Waits until the file has what was counted. */
  flush(): Promise<void>;
}

/** Numbers of pipelines and jobs, kept in a file: none is used twice, also over restarts. */
export async function openCounters(path: string): Promise<Counters> {
  const counts = await readCounts(path);
  let pending: Promise<void> | undefined;
  let stale = false;
  /** One write at a time; what is counted meanwhile goes into the next one. A disk that is full stops no pipeline. */
  const write = async (): Promise<void> => {
    while (stale) {
      stale = false;
      await writeFileAtomic(path, JSON.stringify(counts)).catch(() => {});
    }
    pending = undefined;
  };
  return {
    next(name) {
      counts[name] += 1;
      stale = true;
      pending ??= write();
      return counts[name];
    },
    flush: async () => pending,
  };
}

async function readCounts(path: string): Promise<{ pipeline: number; job: number }> {
  const none = { pipeline: 0, job: 0 };
  try {
    const kept: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof kept !== 'object' || kept === null) return none;
    const read = (name: 'pipeline' | 'job'): number => {
      const value: unknown = Reflect.get(kept, name);
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
    };
    return { pipeline: read('pipeline'), job: read('job') };
  } catch {
    return none;
  }
}
