import { createMatcher, type FoundMatches, type Matcher, type Query } from '../../src-shared/trace/index.ts';
import type { LogSource } from './log-source.ts';

/** Lines with matches that are remembered; the count goes on beyond. */
const mostLines = 200_000;

/** What is found so far. Grows while the log is read and while it grows. */
export interface SearchResult {
  readonly query: Query;
  readonly matcher: Matcher | undefined;
  /** Lines that hold matches, in order, and how many matches stand before each. */
  readonly lines: readonly number[];
  readonly before: readonly number[];
  readonly total: number;
  /** Share of the log that was looked at. */
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
  let nextBlock = 0;
  let lookedAt = 0;
  let matcher: Matcher | undefined;
  let stopped = false;
  let running = false;
  let problem: string | undefined;
  let result: SearchResult = { query, matcher, lines, before, total, done: false };
  /** What came last: the end of it is found anew when the log has grown. */
  let recent: readonly (readonly [line: number, count: number])[] = [];

  const tell = (done: boolean): void => {
    result = { query, matcher, lines, before, total, done, ...(problem !== undefined ? { problem } : {}) };
    if (!stopped) onChange(result);
  };
  const take = (page: FoundMatches): void => {
    for (const [line, count] of recent) if (line >= page.fromLine) total -= count;
    while ((lines.at(-1) ?? -1) >= page.fromLine) {
      lines.pop();
      before.pop();
    }
    recent = page.lines.map((line, index) => [line, page.counts[index] ?? 0] as const);
    for (const [line, count] of recent) {
      if (lines.length < mostLines) {
        lines.push(line);
        before.push(total);
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
        take(page);
        if (page.done) break;
        tell(false);
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
export function matchAt({ lines, before }: SearchResult, number: number): { line: number; nth: number } | undefined {
  let low = 0;
  let high = before.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((before[middle] as number) <= number) low = middle + 1;
    else high = middle;
  }
  const line = lines[low - 1];
  return line === undefined ? undefined : { line, nth: number - (before[low - 1] as number) };
}

/** The first match at or behind a line. */
export function firstMatchFrom({ lines, before, total }: SearchResult, line: number): number {
  const at = lines.findIndex((each) => each >= line);
  return at === -1 ? (total > 0 ? 0 : -1) : (before[at] as number);
}
