import { appendFile, mkdir } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { JobAttempt } from './run.ts';

const largestPatch = 8 * 1024 * 1024;

/** PATCH of a log: 202 and the bytes, 416 when it does not begin where the log ends, 400 without a range. */
export async function appendTrace(
  attempt: JobAttempt,
  request: IncomingMessage,
): Promise<{ status: number; chunk?: Buffer }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largestPatch) return { status: 413 };
    chunks.push(chunk);
  }
  const start = /^(\d+)-(\d+)$/.exec(String(request.headers['content-range'] ?? ''))?.[1];
  if (start === undefined) return { status: 400 };
  if (Number(start) !== attempt.traceBytes) return { status: 416 };
  const chunk = Buffer.concat(chunks);
  attempt.traceBytes += chunk.length;
  await mkdir(attempt.folder, { recursive: true, mode: 0o700 });
  await appendFile(join(attempt.folder, 'trace.log'), chunk, { mode: 0o600 });
  return { status: 202, chunk };
}
