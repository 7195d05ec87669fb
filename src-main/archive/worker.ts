import { parentPort } from 'node:worker_threads';
import { toWire } from './failures.ts';
import { type TaskMessage, type TaskName, type TaskTypes, tasks, transferableOf } from './tasks.ts';

/**
 * A thread of the archiver (dist/workers/archive.js): one task at a time, one answer each. A long selection comes in
 * parts, so that the main thread never stands still to take it.
 */
const partEntries = 4000;

parentPort?.on('message', async (message: TaskMessage) => {
  const { id } = message;
  try {
    const output = await runTask(message.name, message.input);
    if (typeof output === 'object' && 'entries' in output && Array.isArray(output.entries)) {
      const { entries } = output;
      for (let from = 0; from < entries.length; from += partEntries)
        parentPort?.postMessage({ id, part: entries.slice(from, from + partEntries) });
      parentPort?.postMessage({ id, output: { ...output, entries: undefined } });
    } else parentPort?.postMessage({ id, output }, transferableOf(output));
  } catch (error) {
    parentPort?.postMessage({ id, error: toWire(error) });
  }
});

function runTask<Name extends TaskName>(name: Name, input: TaskTypes[Name]['in']) {
  return tasks[name](input);
}
