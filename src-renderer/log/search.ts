import { blockTexts } from '../../src-shared/trace/index.ts';
import { decodeUtf8 } from './decode.ts';
import type { LogSource } from './log-source.ts';
import { createMatcher, type Matcher, type Query } from './matcher.ts';

/** Bytes looked at between two breaths; the window stays quick meanwhile. */
const stepBytes = 256 * 1024;
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
  let matcher: Matcher | undefined;
  let stopped = false;
  let running = false;
  let problem: string | undefined;
  /** Results of the last block, which is looked at again when it grew. */
  let lastBlock: { at: number; end: number; lines: number; total: number } | undefined;
  let result: SearchResult = { query, matcher, lines, before, total, done: false };

  const tell = (done: boolean): void => {
    result = { query, matcher, lines, before, total, done, ...(problem !== undefined ? { problem } : {}) };
    if (!stopped) onChange(result);
  };
  const look = async (at: number): Promise<void> => {
    const { blocks } = source.index;
    const block = blocks[at];
    if (block === undefined || matcher === undefined) return;
    const end = blocks[at + 1]?.resume.offset ?? source.index.size;
    if (lastBlock?.at === at) {
      if (lastBlock.end === end) return;
      lines.length = lastBlock.lines;
      before.length = lastBlock.lines;
      total = lastBlock.total;
    }
    lastBlock = { at, end, lines: lines.length, total };
    const texts = blockTexts(block, await source.read(block.resume.offset, end), decodeUtf8);
    for (const [offset, text] of texts.entries()) {
      const found = matcher.find(text).length;
      if (found === 0) continue;
      if (lines.length < mostLines) {
        lines.push(block.firstLine + offset);
        before.push(total);
      }
      total += found;
    }
  };
  const run = async (): Promise<void> => {
    if (running || stopped) return;
    running = true;
    try {
      matcher ??= await createMatcher(query);
      let bytes = 0;
      while (!stopped && nextBlock < source.index.blocks.length) {
        const size = source.index.blocks[nextBlock]?.resume.offset ?? 0;
        await look(nextBlock);
        const following = source.index.blocks[nextBlock + 1];
        if (following === undefined) break;
        nextBlock++;
        bytes += following.resume.offset - size;
        if (bytes < stepBytes) continue;
        bytes = 0;
        tell(false);
        await breath();
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

const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

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
