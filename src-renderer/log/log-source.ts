import type { Client } from '../../src-shared/ipc.ts';
import {
  createLogIndex,
  type FoundMatches,
  type LogIndex,
  type LogLine,
  parseBlock,
  type Query,
} from '../../src-shared/trace/index.ts';
import { type Trouble, troubleOf } from '../app/wire-failure.ts';
import { decodeUtf8 } from './decode.ts';

const chunkBytes = 256 * 1024;
/** What is kept of the bytes (12 MB) and of the parsed lines; the rest is read again when it comes into view. */
const mostChunks = 48;
const mostBlocks = 64;
/** The first read is small, so that the first lines are there at once. */
const firstReadBytes = 64 * 1024;
const readBytes = 1024 * 1024;
/** More than this is indexed by the engine, which has the file; the rest comes through here as it grows. */
const mostIndexedHereBytes = 4 * 1024 * 1024;
/**
 * Events tell of growth ten times a second; while bytes keep coming we look more often, so that a line is seen sooner. So
 * many looks in a row may find nothing (output comes in bursts) before we wait for an event again.
 */
const lookAgainMs = 30;
const mostIdleLooks = 4;

/**
 * One job's log: read as it grows and indexed while it passes; of a long one the engine makes the index. Only a part is
 * kept: memory is bounded by the two caches and the index, whatever the log's size.
 */
export interface LogSource {
  readonly index: LogIndex;
  /** Goes up when anything changed. */
  readonly version: number;
  /** Bytes that the engine has; `index.size` of them were read. */
  readonly size: number;
  readonly trouble: Trouble | undefined;
  /** When bytes last came in while we watched, in ms. */
  readonly lastOutputMs: number | undefined;
  /** Reads and listens as long as there is a listener. */
  subscribe(listener: () => void): () => void;
  /** A line that is at hand; otherwise it is fetched and a new version follows. */
  line(index: number): LogLine | undefined;
  /** The bytes of a range as a binary string. */
  read(start: number, end: number): Promise<string>;
  /** Matches from a block on, found by the engine. */
  search(query: Query, fromBlock: number): Promise<FoundMatches>;
  /** Looks for bytes that no event told of (a job that ended before we listened). */
  refresh(): void;
}

export function createLogSource(client: Client, job: string, now: () => number = Date.now): LogSource {
  let index = createLogIndex();
  const listeners = new Set<() => void>();
  const chunks = new Map<number, string>();
  const loading = new Map<number, Promise<string>>();
  const blocks = new Map<number, { readonly end: number; readonly lines: readonly LogLine[] }>();
  let version = 0;
  let size = 0;
  let trouble: Trouble | undefined;
  let lastOutputMs: number | undefined;
  let pumping = false;
  let asked = false;
  let closed = false;
  let soon: ReturnType<typeof setTimeout> | undefined;
  /** As many as there may be until something comes that was not there from the start. */
  let idleLooks = mostIdleLooks;

  const changed = (): void => {
    version++;
    for (const listener of listeners) listener();
  };
  const fetchRange = async (start: number, length: number): Promise<string> => {
    const answer = await client.call('trace.read', { job, start, length });
    if (answer.size > size) size = answer.size;
    return atob(answer.data);
  };
  /** Keeps bytes that were read in order; the last chunk grows. */
  const keep = (start: number, bytes: string): void => {
    for (let at = 0; at < bytes.length; ) {
      const number = Math.floor((start + at) / chunkBytes);
      const within = start + at - number * chunkBytes;
      const piece = bytes.slice(at, at + chunkBytes - within);
      const before = chunks.get(number) ?? '';
      chunks.delete(number);
      if (before.length === within) chunks.set(number, before + piece);
      at += piece.length;
    }
    trim(chunks, mostChunks);
  };

  /** Takes the engine's index while it is far ahead. Answers false when it is of no use. */
  const catchUp = async (): Promise<boolean> => {
    const state = await client.call('trace.index', { job, fromBlock: index.blocks.length });
    if (closed || state.size <= index.size) return false;
    index = createLogIndex(state, index.blocks);
    changed();
    return true;
  };

  /** Reads on until all that is known of is read; asks once more at the end, since it may have grown meanwhile. */
  const pump = async (): Promise<void> => {
    if (pumping || closed) return;
    pumping = true;
    try {
      do {
        asked = false;
        let bytes = '';
        const before = index.size;
        /** The range behind the one that is being indexed, already on its way. */
        let ahead: Promise<string> | undefined;
        do {
          while (index.size > 0 && ahead === undefined && size - index.size > mostIndexedHereBytes)
            if (!(await catchUp())) break;
          if (closed) return;
          const start = index.size;
          bytes = await (ahead ?? fetchRange(start, start === 0 ? firstReadBytes : readBytes));
          if (closed) return;
          const left = size - start - bytes.length;
          ahead = left > 0 && left <= mostIndexedHereBytes ? fetchRange(start + bytes.length, readBytes) : undefined;
          ahead?.catch(() => {});
          if (bytes.length > 0) {
            keep(start, bytes);
            index.push(bytes);
            lastOutputMs = now();
          }
          if (bytes.length > 0 || trouble !== undefined || version === 0) {
            trouble = undefined;
            changed();
          }
        } while (bytes.length > 0 && index.size < size);
        clearTimeout(soon);
        if (before > 0) idleLooks = index.size > before ? 0 : idleLooks + 1;
        if (idleLooks < mostIdleLooks) soon = setTimeout(refresh, lookAgainMs);
      } while (asked);
    } catch (error) {
      trouble = troubleOf(error);
      changed();
    } finally {
      pumping = false;
    }
  };
  const refresh = (): void => {
    asked = true;
    void pump();
  };

  const chunkAt = (number: number): string | undefined => {
    const bytes = chunks.get(number);
    const wanted = Math.min(chunkBytes, index.size - number * chunkBytes);
    if (bytes === undefined || bytes.length < wanted) return undefined;
    chunks.delete(number);
    chunks.set(number, bytes);
    return bytes;
  };
  const loadChunk = (number: number): Promise<string> => {
    const at = loading.get(number);
    if (at !== undefined) return at;
    const made = fetchRange(number * chunkBytes, chunkBytes)
      .then((bytes) => {
        chunks.set(number, bytes);
        trim(chunks, mostChunks);
        return bytes;
      })
      .finally(() => loading.delete(number));
    loading.set(number, made);
    return made;
  };
  const numbersOf = (start: number, end: number): number[] => {
    const first = Math.floor(start / chunkBytes);
    const last = Math.floor(Math.max(start, end - 1) / chunkBytes);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  };
  const cut = (parts: readonly string[], start: number, end: number): string => {
    const base = Math.floor(start / chunkBytes) * chunkBytes;
    return parts.join('').slice(start - base, end - base);
  };

  /** Listens and reads while somebody looks; begins again where it stopped. */
  let ends: (() => void)[] = [];
  const begin = (): void => {
    closed = false;
    ends = [
      client.on('trace.grown', (grown) => {
        if (grown.job === job && grown.size > index.size) refresh();
      }),
      client.onConnection((connected) => {
        if (connected) refresh();
      }),
    ];
    refresh();
  };
  const end = (): void => {
    closed = true;
    clearTimeout(soon);
    for (const stop of ends) stop();
    ends = [];
  };

  return {
    get index() {
      return index;
    },
    get version() {
      return version;
    },
    get size() {
      return size;
    },
    get trouble() {
      return trouble;
    },
    get lastOutputMs() {
      return lastOutputMs;
    },
    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) begin();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) end();
      };
    },
    line(number) {
      const at = index.blockOf(number);
      const block = index.blocks[at];
      if (block === undefined) return undefined;
      const end = index.blocks[at + 1]?.resume.offset ?? index.size;
      const cached = blocks.get(at);
      if (cached?.end === end) return cached.lines[number - block.firstLine];
      const numbers = numbersOf(block.resume.offset, end);
      const parts = numbers.map(chunkAt);
      if (parts.every((part) => part !== undefined)) {
        const lines = parseBlock(block, cut(parts, block.resume.offset, end), decodeUtf8);
        blocks.delete(at);
        blocks.set(at, { end, lines });
        trim(blocks, mostBlocks);
        return lines[number - block.firstLine];
      }
      void Promise.all(numbers.map((each) => (chunkAt(each) === undefined ? loadChunk(each) : undefined))).then(
        () => changed(),
        () => {},
      );
      return cached?.lines[number - block.firstLine];
    },
    async read(start, end) {
      const numbers = numbersOf(start, end);
      return cut(await Promise.all(numbers.map((each) => chunkAt(each) ?? loadChunk(each))), start, end);
    },
    search: (query, fromBlock) => client.call('trace.search', { job, fromBlock, query }),
    refresh,
  };
}

/** Drops what was used longest ago; a Map keeps the order of use. */
function trim(map: Map<number, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
