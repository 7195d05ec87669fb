import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { type JobView, jobViewSchema } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import { writeFileAtomic } from '../base/files.ts';

/** What ended jobs may take: those beyond go, the oldest first, folder and all. */
export interface HistoryLimits {
  readonly count: number;
  /** 0: without limit. */
  readonly ageMs: number;
  /** Of their logs. */
  readonly bytes: number;
}
export interface HistoryOptions {
  readonly clock: Clock;
  readonly limits: () => HistoryLimits;
  /** A folder that somebody still needs stays, and its job with it. */
  readonly isNeeded: (folder: string) => boolean;
  readonly onProblem: (error: unknown) => void;
  /** Jobs went by their age, without anything else happening. */
  readonly onChange: () => void;
}

/**
 * Jobs that have ended, newest first, over restarts: one line each in `history.ndjson` (0600), the log of each as
 * `trace.log` in its own folder.
 */
export interface History {
  readonly jobs: readonly JobView[];
  /** Bytes of all logs. */
  readonly bytes: number;
  add(view: JobView, folder: string): void;
  /** Applies the limits as they are now. */
  trim(): void;
  /** The folder that holds the log of this job. */
  folderOf(key: string): string | undefined;
  /** Whether this folder is that of a job here. */
  keepsFolder(folder: string): boolean;
  /** Settles when everything so far is written. */
  flush(): Promise<void>;
  /** Ends the look at ages, and flushes. */
  close(): Promise<void>;
}

const lineSchema = v.union([
  v.object({ folder: v.string(), view: jobViewSchema }),
  /** The job with this key has gone. */
  v.object({ gone: v.string() }),
]);
type Line = Exclude<v.InferOutput<typeof lineSchema>, { gone: string }>;

const lookEveryMs = 3_600_000;
/** Lines that say nothing any more, after which the file is written anew. */
const mostIdleLines = 500;

export async function openHistory(path: string, options: HistoryOptions): Promise<History> {
  const { clock, limits, isNeeded, onProblem } = options;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const found = await readLines(path);
  let { lines, idle } = found;
  let views: readonly JobView[] = lines.map(({ view }) => view);
  let writing: Promise<void> = Promise.resolve();
  let waiting = found.isTorn ? '\n' : '';
  let cancelLook = (): void => {};

  const write = (work: () => Promise<void>): void => {
    writing = writing.then(work).catch(onProblem);
  };
  const append = (line: object): void => {
    waiting += `${JSON.stringify(line)}\n`;
    write(async () => {
      const text = waiting;
      waiting = '';
      if (text !== '') await appendFile(path, text, { mode: 0o600 });
    });
  };
  const compact = (): void => {
    if (idle < mostIdleLines) return;
    idle = 0;
    write(async () => {
      waiting = '';
      await writeFileAtomic(
        path,
        lines
          .map((line) => `${JSON.stringify(line)}\n`)
          .reverse()
          .join(''),
      );
    });
  };
  const trim = (): void => {
    const { count, ageMs, bytes } = limits();
    const oldestMs = ageMs > 0 ? clock.now() - ageMs : 0;
    let sum = 0;
    const kept = lines.filter(({ view, folder }, index) => {
      sum += view.traceBytes;
      const fits = index < count && (view.endedMs ?? view.startedMs) >= oldestMs;
      // The newest stays whatever its size: a person wants to see what has just failed.
      return (fits && (sum <= bytes || index === 0)) || isNeeded(folder);
    });
    if (kept.length === lines.length) return;
    const stay = new Set(kept);
    for (const { folder, view } of lines.filter((line) => !stay.has(line))) {
      append({ gone: view.key });
      idle += 2;
      write(() => rm(folder, { recursive: true, force: true }));
    }
    lines = kept;
    views = kept.map(({ view }) => view);
    compact();
  };
  const look = (): void => {
    const before = lines;
    trim();
    if (before !== lines) options.onChange();
    cancelLook = clock.after(lookEveryMs, look, { unref: true });
  };
  look();

  return {
    get jobs() {
      return views;
    },
    get bytes() {
      return lines.reduce((sum, { view }) => sum + view.traceBytes, 0);
    },
    add(view, folder) {
      // A job that GitLab hands out again (same id) replaces its older row.
      const others = lines.filter((other) => other.view.key !== view.key);
      idle += lines.length - others.length;
      lines = [{ folder, view }, ...others];
      views = lines.map((each) => each.view);
      append({ folder, view });
      trim();
    },
    trim,
    folderOf: (key) => lines.find(({ view }) => view.key === key)?.folder,
    keepsFolder: (folder) => lines.some((line) => line.folder === folder),
    flush: () => writing,
    async close() {
      cancelLook();
      await writing;
    },
  };
}

/** Newest first, and how many lines say nothing any more; one that cannot be read (older version, torn write) is one of them. */
async function readLines(path: string): Promise<{ lines: Line[]; idle: number; isTorn: boolean }> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const found = new Map<string, Line>();
  const raw = text.split('\n').filter((line) => line !== '');
  for (const each of raw) {
    const line = parsed(each);
    if (line === undefined) continue;
    found.delete('gone' in line ? line.gone : line.view.key);
    if ('view' in line) found.set(line.view.key, line);
  }
  const isTorn = text !== '' && !text.endsWith('\n');
  return { lines: [...found.values()].reverse(), idle: raw.length - found.size, isTorn };
}

function parsed(text: string): v.InferOutput<typeof lineSchema> | undefined {
  try {
    const line = v.safeParse(lineSchema, JSON.parse(text));
    return line.success ? line.output : undefined;
  } catch {
    return undefined;
  }
}

/** The name of the log inside a job's folder. */
export const traceFileOf = (folder: string): string => join(folder, 'trace.log');
