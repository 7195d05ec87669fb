import { appendFile, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { messageOf } from '../../src-shared/errors.ts';
import type { CoordinatorClient } from '../gitlab/types.ts';
import type { ExecutorHandle } from '../job/types.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { Kept } from './kept.ts';
import type { EngineDeps } from './types.ts';

const chunkBytes = 1024 * 1024;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;

/**
 * Finishes what an earlier Harrier left behind when it ended without a word: kills what is certainly ours, sends the
 * rest of each log, says in it what happened, and reports the journaled result or `runner_system_failure`. Retried
 * with back-off until GitLab itself has given the job up.
 */
export async function recoverJobs(
  deps: EngineDeps,
  journal: Journal,
  kept: Kept,
  entryOf: (runnerKey: string) => { readonly runner: RunnerConfig } | undefined,
): Promise<void> {
  await Promise.all(journal.open.map((entry) => recoverJob(deps, journal, kept, entry, entryOf(entry.runner)?.runner)));
}

async function recoverJob(
  deps: EngineDeps,
  journal: Journal,
  kept: Kept,
  entry: JournalEntry,
  configured: RunnerConfig | undefined,
): Promise<void> {
  const log = deps.log.with({ job: entry.id });
  // The runner may have left the config meanwhile; the job's own token is all that its last words need.
  const runner: RunnerConfig = configured ?? { url: entry.url, executor: entry.executor };
  const forget = (): Promise<void> => journal.append({ kind: 'ended', key: entry.key });
  if (entry.kept !== undefined && (await kept.adopt({ runner, job: entry.kept, onEnd: forget }))) return;
  await deps
    .executorOf(runner)
    ?.recover?.(entry.handles as readonly ExecutorHandle[], runner, log)
    .catch((error) => log.error('Leftovers of an earlier run could not be removed', { error: messageOf(error) }));
  if (entry.kept !== undefined) return forget();
  const spool = join(entry.folder, 'trace.log');
  if (entry.result === undefined) await appendFile(spool, notice, { mode: 0o600 }).catch(() => {}); // a full disk must not keep the answer back
  const client = deps.createClient(runner);
  try {
    let pauseMs = firstPauseMs;
    for (;;) {
      const answer = await tellEnd(client, deps, runner, entry, spool);
      if (answer === 'done') break;
      if (deps.clock.now() > entry.deadlineMs) break;
      await deps.clock.sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    await forget();
    await rm(entry.folder, { recursive: true, force: true });
    log.info('Finished a job that an earlier run had left', { result: entry.result?.state ?? 'failed' });
  } finally {
    await client.close();
  }
}

const notice =
  '\n\x1b[31;1mERROR: Job failed (system failure): Harrier ended while this job was running; its processes were removed\x1b[0;m\n';

async function tellEnd(
  client: CoordinatorClient,
  deps: EngineDeps,
  runner: RunnerConfig,
  entry: JournalEntry,
  spool: string,
): Promise<'done' | 'again'> {
  const job = { id: entry.id, token: entry.token };
  const size = await stat(spool).then(
    (found) => found.size,
    () => 0,
  );
  const { checksum, sent } = await sendRest(client, job, spool, entry.acknowledged, size);
  if (sent === 'gone') return 'done';
  if (sent === 'failed') return 'again';
  const { state, failureReason, exitCode } = entry.result ?? {
    state: 'failed' as const,
    failureReason: 'runner_system_failure',
    exitCode: undefined,
  };
  const answer = await client.updateJob(
    job,
    {
      state,
      ...(failureReason !== undefined ? { failure_reason: failureReason } : {}),
      ...(exitCode !== undefined ? { exit_code: exitCode } : {}),
      ...(size > 0 ? { output: { checksum, bytesize: size } } : {}),
    },
    deps.infoOf(runner),
  );
  return answer.kind === 'ok' || answer.kind === 'abort' || answer.kind === 'notFound' ? 'done' : 'again';
}

/** Sends the spool from `from` on (or from where the server says), and answers the checksum of all of it. */
async function sendRest(
  client: CoordinatorClient,
  job: { id: number; token: string },
  spool: string,
  from: number,
  size: number,
): Promise<{ checksum: string; sent: 'all' | 'failed' | 'gone' }> {
  if (size === 0) return { checksum: '', sent: 'all' };
  const file = await open(spool, 'r');
  try {
    const chunk = Buffer.alloc(chunkBytes);
    let sum = 0;
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, size - at), at);
      if (bytesRead === 0) break;
      sum = crc32(chunk.subarray(0, bytesRead), sum);
      at += bytesRead;
    }
    const checksum = `crc32:${sum.toString(16).padStart(8, '0')}`;
    for (let at = from; at < size; ) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, size - at), at);
      const body = Buffer.from(chunk.subarray(0, bytesRead));
      const answer = await client.patchTrace(job, { start: at, body, debug: false });
      if (answer.kind === 'accepted') at += bytesRead;
      else if (answer.kind === 'range' && answer.offset !== undefined && answer.offset !== at) at = answer.offset;
      else return { checksum, sent: answer.kind === 'abort' || answer.kind === 'notFound' ? 'gone' : 'failed' };
    }
    return { checksum, sent: 'all' };
  } finally {
    await file.close();
  }
}
