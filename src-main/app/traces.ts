import { open } from 'node:fs/promises';
import type { Engine } from '../engine/index.ts';
import { type History, traceFileOf } from '../observe/history.ts';

/** Reads a job's log by range, whether the job is at work or in the history. */
export async function readTrace(
  engines: readonly (Engine | undefined)[],
  history: History,
  { job, start, length }: { job: string; start: number; length: number },
): Promise<{ size: number; data: string }> {
  for (const engine of engines) {
    const trace = engine?.job(job)?.trace;
    if (trace === undefined) continue;
    const data = start < trace.size ? await trace.read(start, Math.min(length, trace.size - start)) : Buffer.alloc(0);
    return { size: trace.size, data: data.toString('base64') };
  }
  const folder = history.folderOf(job);
  if (folder === undefined) return { size: 0, data: '' };
  const file = await open(traceFileOf(folder), 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return { size: 0, data: '' };
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - start)));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    return { size, data: buffer.subarray(0, bytesRead).toString('base64') };
  } finally {
    await file.close();
  }
}
