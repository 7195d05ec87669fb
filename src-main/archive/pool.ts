import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { bundledWorker } from '../base/bundled.ts';
import type { Clock } from '../base/clock.ts';
import { fromWire, type WireError } from './failures.ts';
import { type TaskName, type TaskTypes, tasks } from './tasks.ts';

export interface PoolOptions {
  readonly clock: Clock;
  /** At most so many threads; default: one for each core, at most 4. */
  readonly threads?: number;
  /** The bundled worker; default: dist/workers/archive.js beside this program. Without one everything runs in here. */
  readonly workerPath?: string;
  /** Threads without work end after this time, so that an idle program stays small. */
  readonly idleMs?: number;
}
export interface Pool {
  /** How many tasks can run at once. */
  readonly width: number;
  /** `here`: in this thread, for what takes no longer than a message would. */
  run<Name extends TaskName>(
    name: Name,
    input: TaskTypes[Name]['in'],
    options?: { readonly here?: boolean; readonly transfer?: readonly ArrayBuffer[] },
  ): Promise<TaskTypes[Name]['out']>;
  close(): Promise<void>;
}

interface Request {
  readonly name: TaskName;
  readonly input: TaskTypes[TaskName]['in'];
  readonly transfer: readonly ArrayBuffer[];
  settle(answer: Answer): void;
}
type Answer = { readonly output: unknown } | { readonly error: Error };
interface Thread {
  readonly worker: Worker;
  request: Request | undefined;
  parts: unknown[];
}

/** Threads start when there is work for them and end when there was none for a while. */
export function createPool(options: PoolOptions): Pool {
  const workerPath = options.workerPath ?? bundledWorker('archive');
  const width = options.threads ?? Math.max(1, Math.min(4, availableParallelism()));
  const idleMs = options.idleMs ?? 10_000;
  const threads = new Set<Thread>();
  const waiting: Request[] = [];
  let cancelIdle: (() => void) | undefined;
  let nextId = 0;

  const dispatch = () => {
    cancelIdle?.();
    cancelIdle = undefined;
    while (waiting.length > 0) {
      const free =
        [...threads].find(({ request }) => request === undefined) ?? (threads.size < width ? start() : undefined);
      if (!free) return;
      const request = waiting.shift()!;
      free.request = request;
      free.parts = [];
      free.worker.ref();
      free.worker.postMessage({ id: nextId++, name: request.name, input: request.input }, [...request.transfer]);
    }
    if ([...threads].every(({ request }) => request === undefined))
      cancelIdle = options.clock.after(idleMs, () => void endThreads(), { unref: true });
  };
  const start = (): Thread => {
    // Its objects are short-lived and few; the usual 16 MB and more would only be filled because they are there.
    const worker = new Worker(workerPath!, {
      stdout: false,
      stderr: false,
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    const thread: Thread = { worker, request: undefined, parts: [] };
    threads.add(thread);
    const finish = (answer: Answer) => {
      const { request } = thread;
      thread.request = undefined;
      worker.unref();
      request?.settle(answer);
    };
    worker.on('message', (message: { part?: unknown[]; output?: unknown; error?: WireError }) => {
      if (message.part) return void thread.parts.push(...message.part);
      finish(message.error ? { error: fromWire(message.error) } : { output: withParts(message.output, thread.parts) });
      dispatch();
    });
    const lost = (error: Error) => {
      threads.delete(thread);
      finish({ error });
      dispatch();
    };
    worker.on('error', lost);
    worker.on('exit', (code) => threads.has(thread) && lost(new Error(`an archive thread ended with ${code}`)));
    return thread;
  };
  const endThreads = async () => {
    const all = [...threads];
    threads.clear();
    await Promise.all(all.map(({ worker }) => worker.terminate()));
  };

  return {
    width,
    async run(name, input, runOptions) {
      if (workerPath === undefined || runOptions?.here) {
        await nextTurn();
        return tasks[name](input);
      }
      return await new Promise((resolve, reject) => {
        waiting.push({
          name,
          input,
          transfer: runOptions?.transfer ?? [],
          settle: (answer) =>
            'error' in answer ? reject(answer.error) : resolve(answer.output as TaskTypes[typeof name]['out']),
        });
        dispatch();
      });
    },
    async close() {
      cancelIdle?.();
      for (const request of waiting.splice(0)) request.settle({ error: new Error('the archiver was closed') });
      const busy = [...threads].flatMap(({ request }) => (request ? [request] : []));
      await endThreads();
      for (const request of busy) request.settle({ error: new Error('the archiver was closed') });
    },
  };
}

const withParts = (output: unknown, parts: unknown[]): unknown =>
  typeof output === 'object' && output !== null && 'entries' in output ? { ...output, entries: parts } : output;
