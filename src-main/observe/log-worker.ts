import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../src-shared/errors.ts';
import { createLogTasks, type LogTask, type LogTasks } from './log-tasks.ts';

/** A thread that reads logs (dist/workers/log.js): one answer for each question, in order. */
const tasks = createLogTasks();
const perform = <Task extends LogTask>(task: Task, input: LogTasks[Task]['in']) => tasks[task](input);

parentPort?.on('message', ({ id, task, input }: { id: number; task: LogTask; input: LogTasks[LogTask]['in'] }) => {
  perform(task, input).then(
    (output) => parentPort?.postMessage({ id, output }),
    (error: unknown) => parentPort?.postMessage({ id, error: messageOf(error) }),
  );
});
