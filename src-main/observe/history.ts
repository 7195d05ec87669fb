import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { type JobView, jobViewSchema } from '../../src-shared/ipc.ts';
import { writeFileAtomic } from '../base/files.ts';

/**
 * Jobs that have ended, newest first, over restarts: one line each in `history.ndjson` (0600), the log of each as
 * `trace.log` in its own folder. The oldest go, folder and all, beyond `keepJobs` jobs or `keepBytes` of logs.
 */
export interface History {
  readonly jobs: readonly JobView[];
  add(view: JobView, folder: string): void;
  /** The folder that holds the log of this job. */
  folderOf(key: string): string | undefined;
  /** Whether this folder is that of a job here. */
  keepsFolder(folder: string): boolean;
  /** Settles when everything so far is written. */
  flush(): Promise<void>;
}

const lineSchema = v.object({ folder: v.string(), view: jobViewSchema });
type Line = v.InferOutput<typeof lineSchema>;

export async function openHistory(
  path: string,
  { keepJobs = 2000, keepBytes = 1024 ** 3, onProblem = (_error: unknown) => {} } = {},
): Promise<History> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  let lines = await readLines(path);
  let views: readonly JobView[] = lines.map(({ view }) => view);
  let writing: Promise<void> = Promise.resolve();
  let waiting: string[] = [];

  const write = (work: () => Promise<void>): void => {
    writing = writing.then(work).catch(onProblem);
  };
  const trim = (): void => {
    let bytes = 0;
    const kept = lines.filter(({ view }, index) => {
      bytes += view.traceBytes;
      return index === 0 || (index < keepJobs && bytes <= keepBytes);
    });
    // Rewriting for every job that goes would be a file a job: a tenth more may stay for a while.
    if (lines.length - kept.length <= keepJobs / 10 && bytes <= keepBytes * 1.1) return;
    const gone = lines.slice(kept.length);
    lines = kept;
    write(async () => {
      await writeFileAtomic(path, kept.map(textOf).reverse().join(''));
      for (const { folder } of gone) await rm(folder, { recursive: true, force: true });
    });
  };
  trim();

  return {
    get jobs() {
      return views;
    },
    add(view, folder) {
      const line = { folder, view };
      // A job that GitLab hands out again (same id) replaces its older row.
      lines = [line, ...lines.filter((other) => other.view.key !== view.key)];
      waiting.push(textOf(line));
      write(async () => {
        const text = waiting.join('');
        waiting = [];
        if (text !== '') await appendFile(path, text, { mode: 0o600 });
      });
      trim();
      views = lines.map((each) => each.view);
    },
    folderOf: (key) => lines.find(({ view }) => view.key === key)?.folder,
    keepsFolder: (folder) => lines.some((line) => line.folder === folder),
    flush: () => writing,
  };
}

/** Newest first; a line that cannot be read (older version, torn write) is passed over. */
async function readLines(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const found = new Map<string, Line>();
  for (const raw of text.split('\n')) {
    if (raw === '') continue;
    try {
      const parsed = v.safeParse(lineSchema, JSON.parse(raw));
      if (!parsed.success) continue;
      found.delete(parsed.output.view.key);
      found.set(parsed.output.view.key, parsed.output);
    } catch {}
  }
  return [...found.values()].reverse();
}

const textOf = (line: Line): string => `${JSON.stringify(line)}\n`;

/** The name of the log inside a job's folder. */
export const traceFileOf = (folder: string): string => join(folder, 'trace.log');
