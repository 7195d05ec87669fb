import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { jobViewSchema, keptViewSchema } from '../../src-shared/ipc.ts';
import { syncDirectory } from '../base/files.ts';
import { parseJson } from '../base/json.ts';

/**
 * What must survive a crash, as one append-only file of JSON lines (0600): a job is written down before it is
 * acknowledged, its handles before they are used, its result before the first final update. Lines that are appended
 * in the same turn share one fdatasync. At start the file is read, broken lines are set aside in `journal.bad`, and
 * what ended is dropped.
 */
export interface Journal {
  /** Entries that have not ended, as the last run left them. */
  readonly open: readonly JournalEntry[];
  /** Whether this is the folder of a job that is open now. */
  holds(folder: string): boolean;
  /** Settles when the line is on the disk. */
  append(line: JournalLine): Promise<void>;
  close(): Promise<void>;
}

const handleSchema = v.object({
  kind: v.string(),
  id: v.string(),
  proof: v.optional(v.string()),
  details: v.optional(v.record(v.string(), v.string())),
});
const resultSchema = v.object({
  state: v.picklist(['success', 'failed']),
  failureReason: v.optional(v.string()),
  exitCode: v.optional(v.number()),
  message: v.string(),
});
/** What a person wants to read of a job whose environment is kept. */
const keptJobSchema = v.pick(keptViewSchema, ['key', 'id', 'name', 'project', 'executor', 'runnerName']);
export type KeptJob = v.InferOutput<typeof keptJobSchema>;
const lineSchema = v.variant('kind', [
  v.object({
    kind: v.literal('taken'),
    key: v.string(),
    id: v.number(),
    /** The job's own token; the runner's never stands here. */
    token: v.string(),
    runner: v.string(),
    url: v.string(),
    executor: v.string(),
    folder: v.string(),
    deadlineMs: v.number(),
    /** What a person sees of the job; for the history, should another start have to finish it. */
    view: v.optional(jobViewSchema),
  }),
  v.object({ kind: v.literal('handle'), key: v.string(), handle: handleSchema }),
  v.object({ kind: v.literal('acknowledged'), key: v.string(), offset: v.number() }),
  v.object({ kind: v.literal('result'), key: v.string(), result: resultSchema }),
  /** GitLab has answered the final update; what is left is to be removed. */
  v.object({ kind: v.literal('told'), key: v.string(), delivery: v.picklist(['reported', 'dropped']) }),
  /** GitLab knows the result; the environment is kept for a look. */
  v.object({ kind: v.literal('kept'), key: v.string(), job: keptJobSchema }),
  v.object({ kind: v.literal('ended'), key: v.string() }),
]);
export type JournalLine = v.InferOutput<typeof lineSchema>;
export type TakenLine = Extract<JournalLine, { kind: 'taken' }>;
export interface JournalEntry extends Omit<TakenLine, 'kind'> {
  readonly handles: readonly v.InferOutput<typeof handleSchema>[];
  readonly acknowledged: number;
  readonly result?: v.InferOutput<typeof resultSchema>;
  readonly told?: 'reported' | 'dropped';
  readonly kept?: KeptJob;
}

/** Rewritten when it has grown past this; a line is some 300 bytes. */
const compactAtBytes = 4 * 1024 * 1024;

export async function openJournal(path: string): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { entries, bad } = await readJournal(path);
  if (bad.length > 0)
    await writeFile(join(dirname(path), 'journal.bad'), `${bad.join('\n')}\n`, { flag: 'a', mode: 0o600 });
  const live = new Map(entries);
  let file = await rewrite(path, live);
  let size = 0;
  /** A write that failed may have left half a line: the next one puts a whole file in its place. */
  let torn = false;
  let waiting: { text: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;

  const write = async (text: string): Promise<void> => {
    const data = Buffer.from(text);
    await file.writeFile(data);
    await file.datasync();
    size += data.length;
  };
  /** What is open now, lines that could not be written included. */
  const startAnew = async (): Promise<void> => {
    const old = file;
    file = await rewrite(path, live);
    await old.close();
    torn = false;
    size = 0;
  };
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        if (torn) await startAnew();
        else await write(batch.map(({ text }) => text).join(''));
        for (const { done } of batch) done();
        if (size > compactAtBytes) await startAnew();
      } catch (error) {
        torn = true;
        for (const { failed } of batch) failed(error);
      }
    }
    writing = undefined;
  };

  return {
    open: [...entries.values()],
    holds: (folder) => [...live.values()].some((entry) => entry.folder === folder),
    append(line) {
      apply(live, line);
      return new Promise((done, failed) => {
        waiting.push({ text: `${JSON.stringify(line)}\n`, done, failed });
        writing ??= Promise.resolve().then(flush);
      });
    },
    async close() {
      await writing;
      if (torn) await startAnew().catch(() => {});
      await file.close().catch(() => {});
    },
  };
}

function apply(entries: Map<string, JournalEntry>, line: JournalLine): void {
  if (line.kind === 'taken') {
    const { kind: _, ...entry } = line;
    entries.set(line.key, { ...entry, handles: [], acknowledged: 0 });
    return;
  }
  const entry = entries.get(line.key);
  if (entry === undefined) return;
  if (line.kind === 'ended') entries.delete(line.key);
  else if (line.kind === 'handle') entries.set(line.key, { ...entry, handles: [...entry.handles, line.handle] });
  else if (line.kind === 'acknowledged') entries.set(line.key, { ...entry, acknowledged: line.offset });
  else if (line.kind === 'told') entries.set(line.key, { ...entry, told: line.delivery });
  else if (line.kind === 'kept') entries.set(line.key, { ...entry, kept: line.job });
  else entries.set(line.key, { ...entry, result: line.result });
}

async function readJournal(path: string): Promise<{ entries: Map<string, JournalEntry>; bad: string[] }> {
  const entries = new Map<string, JournalEntry>();
  const bad: string[] = [];
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const parsed = v.safeParse(lineSchema, parseJson(line));
    if (parsed.success) apply(entries, parsed.output);
    else bad.push(line);
  }
  return { entries, bad };
}

/** The open entries as a fresh file, in place of the old one in one step. */
async function rewrite(path: string, entries: ReadonlyMap<string, JournalEntry>) {
  const lines: JournalLine[] = [...entries.values()].flatMap(
    ({ handles, acknowledged, result, told, kept, ...taken }) => [
      { kind: 'taken' as const, ...taken },
      ...handles.map((handle) => ({ kind: 'handle' as const, key: taken.key, handle })),
      ...(acknowledged > 0 ? [{ kind: 'acknowledged' as const, key: taken.key, offset: acknowledged }] : []),
      ...(result ? [{ kind: 'result' as const, key: taken.key, result }] : []),
      ...(told ? [{ kind: 'told' as const, key: taken.key, delivery: told }] : []),
      ...(kept ? [{ kind: 'kept' as const, key: taken.key, job: kept }] : []),
    ],
  );
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  await file.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await file.sync();
  await rename(temporary, path);
  await syncDirectory(dirname(path));
  return file;
}
