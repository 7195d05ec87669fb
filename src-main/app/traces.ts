import { open, stat } from 'node:fs/promises';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import type { Handlers } from '../../src-shared/ipc.ts';
import { bundledWorker } from '../base/bundled.ts';
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../engine/index.ts';
import { type History, traceFileOf } from '../observe/history.ts';
import { createLogReader } from '../observe/log-reader.ts';

export type TraceHandlers = Pick<Handlers, 'trace.read' | 'trace.index' | 'trace.search'>;

/** Logs for the window, whether the job is at work or in the history. A job without a log has an empty one. */
export function createTraceHandlers(deps: {
  readonly engines: () => readonly (Engine | undefined)[];
  readonly history: History;
  readonly clock: Clock;
}): {
  readonly handlers: TraceHandlers;
  /** Writes a log as text beside its file, with which it goes; gives the path. */
  writeText(job: string): Promise<string>;
  close(): Promise<void>;
} {
  const reader = createLogReader(bundledWorker('log'), deps.clock);

  const running = (key: string) => {
    for (const engine of deps.engines()) {
      const job = engine?.job(key);
      if (job !== undefined) return job;
    }
    return undefined;
  };
  /** The file of a log and how many of its bytes count. */
  const fileOf = async (key: string): Promise<{ path: string; size: number }> => {
    const job = running(key);
    if (job !== undefined) return { path: traceFileOf(job.folder), size: job.trace.size };
    const folder = deps.history.folderOf(key);
    if (folder === undefined) return { path: devNull, size: 0 };
    const path = traceFileOf(folder);
    return { path, size: await sizeOf(path) };
  };
  return {
    handlers: {
      async 'trace.read'({ job, start, length }) {
        const trace = running(job)?.trace;
        if (trace === undefined) {
          const { path, size } = await fileOf(job);
          return { size, data: (await readPart(path, start, Math.min(length, size - start))).toString('base64') };
        }
        const data = start < trace.size ? await trace.read(start, Math.min(length, trace.size - start)) : empty;
        return { size: trace.size, data: data.toString('base64') };
      },
      'trace.index': async ({ job, fromBlock }) => reader.run('index', { ...(await fileOf(job)), fromBlock }),
      'trace.search': async ({ job, fromBlock, query }) =>
        reader.run('search', { ...(await fileOf(job)), fromBlock, query }),
    },
    async writeText(job) {
      const { path, size } = await fileOf(job);
      if (path === devNull) throw new HarrierError('INPUT_INVALID', 'this job left no log');
      const target = join(dirname(path), 'log.txt');
      await reader.run('text', { path, size, target });
      return target;
    },
    close: () => reader.close(),
  };
}

const empty = Buffer.alloc(0);

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(ifThere))?.size ?? 0;

const readPart = async (path: string, start: number, length: number): Promise<Buffer> => {
  const file = length > 0 ? await open(path, 'r').catch(ifThere) : undefined;
  if (file === undefined) return empty;
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

const ifThere = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};
