import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import { createLogTasks, type LogTask, type LogTasks } from './log-tasks.ts';

/** A thread without questions ends after this time. */
const idleMs = 60_000;

/** Indexes and searches logs in a thread of its own: neither jobs nor the window wait for it. */
export interface LogReader {
  run<Task extends LogTask>(task: Task, input: LogTasks[Task]['in']): Promise<LogTasks[Task]['out']>;
  close(): Promise<void>;
}

/** `workerPath`: the bundled thread; without one (run from source) everything is done in here. */
export function createLogReader(workerPath: string | undefined, clock: Clock): LogReader {
  const waiting = new Map<number, { resolve(output: never): void; reject(error: Error): void }>();
  let worker: Worker | undefined;
  let nextId = 0;
  let cancelIdle = (): void => {};
  const here = createLogTasks();

  const start = (path: string): Worker => {
    const thread = new Worker(path);
    const lost = (error: Error): void => {
      if (worker === thread) worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    thread.on('message', ({ id, output, error }: { id: number; output: never; error?: string }) => {
      const question = waiting.get(id);
      waiting.delete(id);
      if (waiting.size === 0) {
        thread.unref();
        cancelIdle = clock.after(idleMs, () => void thread.terminate(), { unref: true });
      }
      if (error !== undefined) question?.reject(new Error(error));
      else question?.resolve(output);
    });
    thread.on('error', lost);
    thread.on('exit', (code) => lost(new Error(`the thread that reads logs ended with ${code}`)));
    return thread;
  };
  return {
    run(task, input) {
      if (workerPath === undefined) return here[task](input);
      cancelIdle();
      worker ??= start(workerPath);
      worker.ref();
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker?.postMessage({ id, task, input });
      });
    },
    async close() {
      cancelIdle();
      await worker?.terminate();
    },
  };
}
