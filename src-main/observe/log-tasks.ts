import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import {
  blockTexts,
  createLogIndex,
  createLogSearch,
  type FoundMatches,
  type LogIndex,
  type LogIndexState,
  type Query,
} from '../../src-shared/trace/index.ts';

/** What is asked of the reader of logs: about the first `size` bytes of the file `path`. */
export interface LogTasks {
  /** The index as far as it was made in a short time, with the blocks from `fromBlock` on. */
  index: { in: { path: string; size: number; fromBlock: number }; out: LogIndexState };
  /** Matches from block `fromBlock` on, as far as was looked in a short time. */
  search: { in: { path: string; size: number; fromBlock: number; query: Query }; out: FoundMatches };
  /** Writes the log as a person reads it to the file `target` (0600). */
  text: { in: { path: string; size: number; target: string }; out: null };
}
/** Bytes as a binary string (one character a byte), fewer at the end. */
export interface OpenLog {
  read(start: number, length: number): Promise<string>;
  close(): Promise<void>;
}
export type LogTask = keyof LogTasks;

const pieceBytes = 1024 * 1024;
/** A viewer wants to see how far it is. */
const spendMs = 200;
/** Logs somebody may still look at. */
const mostKept = 4;

/** Indexes and searches logs; keeps the index of the last few. Errors: those of reading the file, and of the expression. */
export function createLogTasks(openLog: (path: string) => Promise<OpenLog> = openFile): {
  readonly [Task in LogTask]: (input: LogTasks[Task]['in']) => Promise<LogTasks[Task]['out']>;
} {
  const kept = new Map<string, LogIndex>();

  const withLog = async <Result>(path: string, work: (log: OpenLog) => Promise<Result>): Promise<Result> => {
    const log = await openLog(path);
    try {
      return await work(log);
    } finally {
      await log.close();
    }
  };

  const indexOf = (path: string): LogIndex => {
    const index = kept.get(path) ?? createLogIndex();
    kept.delete(path);
    kept.set(path, index);
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
    return index;
  };
  /** Reads on until all is indexed or the time is over. */
  const advance = async (log: OpenLog, index: LogIndex, size: number, untilMs: number): Promise<void> => {
    while (index.size < size && performance.now() < untilMs) {
      const text = await log.read(index.size, Math.min(pieceBytes, size - index.size));
      if (text === '') return;
      index.push(text);
    }
  };
  return {
    index: ({ path, size, fromBlock }) =>
      withLog(path, async (log) => {
        const index = indexOf(path);
        await advance(log, index, size, performance.now() + spendMs);
        return index.state(fromBlock);
      }),
    search: ({ path, size, fromBlock, query }) =>
      withLog(path, async (log) => {
        const untilMs = performance.now() + spendMs;
        const search = await createLogSearch(query, decode);
        const index = indexOf(path);
        await advance(log, index, size, untilMs);
        const { blocks } = index;
        // The last block may still lack lines.
        const complete = index.size >= size;
        const end = complete ? blocks.length : blocks.length - 1;
        const endOf = (block: number): number => blocks[block + 1]?.resume.offset ?? index.size;
        const lines: number[] = [];
        const counts: number[] = [];
        let next = fromBlock;
        let text = '';
        let textAt = 0;
        for (; next < end && (next === fromBlock || performance.now() < untilMs); next += 1) {
          const block = blocks[next];
          if (block === undefined) break;
          const { offset } = block.resume;
          const length = endOf(next) - offset;
          if (offset + length > textAt + text.length) {
            text = await log.read(offset, Math.max(length, Math.min(pieceBytes, index.size - offset)));
            textAt = offset;
          }
          const page = search.look(block, text.slice(offset - textAt, offset - textAt + length));
          lines.push(...page.lines);
          counts.push(...page.counts);
        }
        const done = complete && next >= end;
        return {
          lines,
          counts,
          fromLine: blocks[fromBlock]?.firstLine ?? index.lines,
          nextBlock: done ? Math.max(0, blocks.length - 1) : next,
          size: next === 0 ? 0 : endOf(next - 1),
          done,
        };
      }),
    text: ({ path, size, target }) =>
      withLog(path, async (log) => {
        const index = indexOf(path);
        await advance(log, index, size, Number.POSITIVE_INFINITY);
        const file = await open(target, 'w', 0o600);
        try {
          for (const [at, block] of index.blocks.entries()) {
            const { offset } = block.resume;
            const end = index.blocks[at + 1]?.resume.offset ?? index.size;
            const lines = blockTexts(block, await log.read(offset, end - offset), decode);
            await file.write(lines.map((line) => `${line}\n`).join(''));
          }
        } finally {
          await file.close();
        }
        return null;
      }),
  };
}

/** A log that is not there is an empty one. */
const openFile = async (path: string): Promise<OpenLog> => {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return open(devNull, 'r');
    throw error;
  });
  return {
    async read(start, length) {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(buffer, 0, length, start);
      return buffer.toString('latin1', 0, bytesRead);
    },
    close: () => file.close(),
  };
};

const decode = (binary: string): string => Buffer.from(binary, 'latin1').toString('utf8');
