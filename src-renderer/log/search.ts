import {
  countAtMost,
  createMatcher,
  type FoundMatches,
  type Matcher,
  type Query,
} from '../../src-shared/trace/index.ts';
import type { LogSource } from './log-source.ts';

/** Lines with matches that can be stepped through and shown alone; the count goes on beyond. */
const mostLines = 1_000_000;

/** What is found so far. Grows while the log is read and while it grows. */
export interface SearchResult {
  readonly query: Query;
  readonly matcher: Matcher | undefined;
  /** Lines that hold matches, in order, and how many matches stand before each. */
  readonly lines: readonly number[];
  readonly before: readonly number[];
  readonly total: number;
  /** Matches in `lines`: fewer than `total` when there are more lines than are kept. */
  readonly known: number;
  /** All of the log was looked at. */
  readonly done: boolean;
  readonly problem?: string;
}

export interface Search {
  readonly result: SearchResult;
  /** Looks at what came in since. */
  more(): void;
  stop(): void;
}

export function startSearch(source: LogSource, query: Query, onChange: (result: SearchResult) => void): Search {
  const lines: number[] = [];
  const before: number[] = [];
  let total = 0;
  let known = 0;
  let nextBlock = 0;
  let lookedAt = 0;
  let matcher: Matcher | undefined;
  let stopped = false;
  let running = false;
  let problem: string | undefined;
  let result: SearchResult = { query, matcher, lines, before, total, known, done: false };
  /** What came last: the end of it is found anew when the log has grown. */
  let recent: readonly (readonly [line: number, count: number])[] = [];

  const tell = (done: boolean): void => {
    result = { query, matcher, lines, before, total, known, done, ...(problem !== undefined ? { problem } : {}) };
    if (!stopped) onChange(result);
  };
  const take = (page: FoundMatches): void => {
    for (const [line, count] of recent) if (line >= page.fromLine) total -= count;
    while ((lines.at(-1) ?? -1) >= page.fromLine) {
      lines.pop();
      known = before.pop() ?? 0;
    }
    recent = page.lines.map((line, index) => [line, page.counts[index] ?? 0] as const);
    for (const [line, count] of recent) {
      if (lines.length < mostLines) {
        lines.push(line);
        before.push(total);
        known = total + count;
      }
      total += count;
    }
    nextBlock = page.nextBlock;
    lookedAt = page.size;
  };
  const run = async (): Promise<void> => {
    if (running || stopped || problem !== undefined) return;
    running = true;
    try {
      // An expression that is none is told here; the engine is asked for sound ones only.
      matcher ??= await createMatcher(query);
      while (!stopped && lookedAt < source.size) {
        const page = await source.search(query, nextBlock);
        if (stopped) return;
        const before = lookedAt;
        take(page);
        // The log may have grown meanwhile; one that has become shorter (it was removed) is not asked for for ever.
        if (page.done && lookedAt <= before) break;
        tell(page.done);
      }
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    } finally {
      running = false;
      tell(true);
    }
  };
  void run();
  return {
    get result() {
      return result;
    },
    more: () => void run(),
    stop() {
      stopped = true;
    },
  };
}

/** The line and the place in it of match `number` (from 0). */
export function matchAt(
  { lines, before, known }: SearchResult,
  number: number,
): { line: number; nth: number } | undefined {
  const at = upTo(before, number) - 1;
  const line = lines[at];
  return line === undefined || number >= known ? undefined : { line, nth: number - (before[at] as number) };
}

/** The first match at or behind a line; the very first when there is none, -1 without any. */
export function firstMatchFrom({ lines, before, total }: SearchResult, line: number): number {
  const at = upTo(lines, line - 1);
  return before[at] ?? (total > 0 ? 0 : -1);
}

/** How many matches stand in the lines from `from` (included) to `to` (excluded). */
export function matchesBetween(result: SearchResult | undefined, from: number, to: number): number {
  if (result === undefined) return 0;
  const { lines, before, known } = result;
  const matchesBefore = (line: number): number => before[upTo(lines, line - 1)] ?? known;
  return matchesBefore(to) - matchesBefore(from);
}

const upTo = (values: readonly number[], limit: number): number =>
  countAtMost(values.length, limit, (at) => values[at] as number);
