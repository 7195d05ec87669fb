import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { messageOf } from '../../src-shared/errors.ts';
import type { CoordinatorClient } from '../gitlab/types.ts';
import type { ExecutorHandle, JobOutcome, JobResult } from '../job/types.ts';
import { endView } from './job-view.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { Kept } from './kept.ts';
import type { EngineDeps } from './types.ts';
import { again, deliveryOf, type Telling, untilTold } from './until-told.ts';

const chunkBytes = 1024 * 1024;
/** So often a server may say in one round that it wants to go on elsewhere. */
const mostRanges = 10;

/** The jobs of an earlier run that are being finished. */
export interface Recovery {
  /** This job is among them. */
  has(key: string): boolean;
  /** Leaves the rest to the next start. Settles when nothing is written any more. */
  stop(): Promise<void>;
}

/**
 * Finishes what an earlier Harrier left behind when it ended without a word: kills what is certainly ours, sends the
 * rest of each log, says in it what happened, and reports the journaled result or `runner_system_failure`. Retried
 * with back-off until GitLab itself has given the job up.
 */
export function recoverJobs(
  deps: EngineDeps,
  journal: Journal,
  kept: Kept,
  entryOf: (runnerKey: string) => { readonly runner: RunnerConfig } | undefined,
): Recovery {
  const abort = new AbortController();
  const left = new Set(journal.open.map(({ key }) => key));
  const recover = async (entry: JournalEntry): Promise<void> => {
    const configured = entryOf(entry.runner)?.runner;
    await recoverJob(deps, journal, kept, entry, { configured, signal: abort.signal }).catch((error) =>
      deps.log.error('A job of an earlier run could not be finished', { job: entry.id, error: messageOf(error) }),
    );
    if (!abort.signal.aborted) left.delete(entry.key);
  };
  const done = Promise.all(journal.open.map(recover));
  return {
    has: (key) => left.has(key),
    async stop() {
      abort.abort();
      await done;
    },
  };
}

async function recoverJob(
  deps: EngineDeps,
  journal: Journal,
  kept: Kept,
  entry: JournalEntry,
  { configured, signal }: { configured: RunnerConfig | undefined; signal: AbortSignal },
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
  if (entry.told !== undefined && entry.result !== undefined) {
    await forget();
    return handOver(deps, { ...entry, result: entry.result }, entry.told);
  }
  const spool = join(entry.folder, 'trace.log');
  let result = entry.result;
  if (result === undefined) {
    result = interrupted;
    // A full disk must not keep the answer back.
    await appendNotice(spool).catch((error) => log.error('The log could not be kept', { error: messageOf(error) }));
    // Before the first final update: should this start end early too, the next one says the same.
    await journal
      .append({ kind: 'result', key: entry.key, result })
      .catch((error) => log.error('journal', { error: messageOf(error) }));
  }
  const known: Known = { ...entry, result };
  const client = deps.createClient(runner);
  try {
    const { clock } = deps;
    // The embedded coordinator ended with the earlier run: nobody is left who could be told later.
    const deadlineMs = deps.local ? clock.now() : entry.deadlineMs;
    const told = await untilTold(() => tellEnd(client, deps, runner, known, spool), { clock, deadlineMs, signal });
    if (told === 'late' && signal.aborted) return;
    await forget();
    await handOver(deps, known, deliveryOf[told]);
    log.info('Finished a job that an earlier run had left', { result: result.state, told });
  } finally {
    await client.close();
  }
}

/** The history gets the job with its log, as it would have at an ordinary end. */
async function handOver(
  deps: EngineDeps,
  { view, result, folder }: Known,
  delivery: JobOutcome['delivery'],
): Promise<void> {
  if (deps.onJobEnded === undefined || view === undefined) return rm(folder, { recursive: true, force: true });
  const outcome = { ...(result as JobResult), delivery, traceBytes: await sizeOf(join(folder, 'trace.log')) };
  deps.onJobEnded({ view: endView(view, outcome, deps.clock.now()), outcome, folder });
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

type Known = JournalEntry & { readonly result: NonNullable<JournalEntry['result']> };
const interrupted = {
  state: 'failed',
  failureReason: 'runner_system_failure',
  message: 'Job failed (system failure): Harrier ended while this job was running; its processes were removed',
} as const;
const notice = `\n\x1b[31;1mERROR: ${interrupted.message}\x1b[0;m\n`;

/** Says in the log what happened: once, also when an earlier start was ended right after it had said so. */
async function appendNotice(spool: string): Promise<void> {
  const file = await open(spool, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const end = Buffer.alloc(Math.min(size, Buffer.byteLength(notice)));
    await file.read(end, 0, end.length, size - end.length);
    if (end.toString() !== notice) await file.appendFile(notice);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function tellEnd(
  client: CoordinatorClient,
  deps: EngineDeps,
  runner: RunnerConfig,
  entry: Known,
  spool: string,
): Promise<Telling> {
  const job = { id: entry.id, token: entry.token };
  const size = await sizeOf(spool);
  const { checksum, sent } = await sendRest(client, job, spool, { from: entry.acknowledged, size });
  if (sent !== 'told') return sent;
  const { state, failureReason, exitCode } = entry.result;
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
  if (answer.kind === 'ok') return 'told';
  return answer.kind === 'abort' || answer.kind === 'notFound' ? 'gone' : again(answer);
}

/** Sends the spool from `from` on (or from where the server says), and answers the checksum of all of it. */
async function sendRest(
  client: CoordinatorClient,
  job: { id: number; token: string },
  spool: string,
  { from, size }: { from: number; size: number },
): Promise<{ checksum: string; sent: Telling }> {
  if (size === 0) return { checksum: '', sent: 'told' };
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
    let ranges = 0;
    for (let at = from; at < size; ) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, size - at), at);
      const body = Buffer.from(chunk.subarray(0, bytesRead));
      const answer = await client.patchTrace(job, { start: at, body, debug: false });
      if (answer.kind === 'accepted') at += bytesRead;
      else if (answer.kind === 'range' && answer.offset !== undefined && answer.offset !== at && ranges < mostRanges) {
        ranges += 1;
        at = answer.offset;
      } else return { checksum, sent: answer.kind === 'abort' || answer.kind === 'notFound' ? 'gone' : again(answer) };
    }
    return { checksum, sent: 'told' };
  } finally {
    await file.close();
  }
}
