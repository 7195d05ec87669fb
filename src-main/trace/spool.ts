import { writeSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';

/** Above this many bytes that the disk has not taken yet, writers are asked to wait. */
const highWaterBytes = 4 * 1024 * 1024;
/** Enough for the lines that say why the rest of a log is missing. */
const lastWordsBytes = 16 * 1024;
/** A few lines are copied into the page cache faster than a thread of the pool could be told to do it. */
const smallBytes = 16 * 1024;

/**
 * One append-only file that is read while it grows. Memory is bounded by the high-water mark. When the disk refuses
 * bytes, what follows is dropped, until `lastWords` is called: a few lines are then kept in memory behind the file.
 */
export interface Spool {
  readonly size: number;
  checksum(): string;
  /** Takes ownership of the bytes. A promise means: wait. */
  append(data: Buffer): Promise<void> | undefined;
  read(start: number, length: number): Promise<Buffer>;
  onGrow(listener: (size: number) => void): () => void;
  flush(): Promise<void>;
  lastWords(): void;
  close(): Promise<void>;
  remove(): Promise<void>;
}

export async function openSpool(path: string, onFailure: (error: HarrierError) => void = () => {}): Promise<Spool> {
  const file: FileHandle = await open(path, 'wx+', 0o600);
  const listeners = new Set<(size: number) => void>();
  let queue: Buffer[] = [];
  let queuedBytes = 0;
  let size = 0;
  let sum = 0;
  /** Bytes that follow the file. */
  let words: Buffer | undefined;
  let failure: HarrierError | undefined;
  let writing: Promise<void> | undefined;
  let closed = false;
  let open_ = true;

  const grow = (data: Buffer): void => {
    sum = crc32(data, sum);
    size += data.length;
    for (const listener of listeners) listener(size);
  };
  const drain = async (): Promise<void> => {
    while (queue.length > 0 && failure === undefined) {
      const batch = queue;
      queue = [];
      queuedBytes = 0;
      const data = batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch);
      try {
        for (let at = 0; at < data.length; )
          at +=
            data.length <= smallBytes
              ? writeSync(file.fd, data, at, data.length - at, size + at)
              : (await file.write(data, at, data.length - at, size + at)).bytesWritten;
      } catch (error) {
        failure = new HarrierError('SPOOL_FAILED', `the log could not be kept: ${messageOf(error)}`, { cause: error });
        // What was written of this batch does not count; a later start must not find it.
        await file.truncate(size).catch(() => {});
        onFailure(failure);
        break;
      }
      grow(data);
    }
    queue = [];
    queuedBytes = 0;
    writing = undefined;
  };

  return {
    get size() {
      return size;
    },
    checksum: () => `crc32:${sum.toString(16).padStart(8, '0')}`,
    append(data) {
      if (words !== undefined && words.length + data.length <= lastWordsBytes) {
        words = Buffer.concat([words, data]);
        grow(data);
      }
      if (closed || failure !== undefined || data.length === 0) return undefined;
      queue.push(data);
      queuedBytes += data.length;
      // Begun in a later turn, so that the many small writes of one turn become one.
      writing ??= Promise.resolve().then(drain);
      return queuedBytes > highWaterBytes ? writing : undefined;
    },
    async read(start, length) {
      const inFile = size - (words?.length ?? 0);
      if (words !== undefined && start >= inFile) return words.subarray(start - inFile, start - inFile + length);
      if (!open_) {
        const reopened = await open(path, 'r');
        try {
          return await readFrom(reopened, start, Math.min(length, inFile - start));
        } finally {
          await reopened.close();
        }
      }
      return readFrom(file, start, Math.min(length, inFile - start));
    },
    onGrow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async flush() {
      while (writing !== undefined) await writing;
      if (failure !== undefined) throw failure;
    },
    lastWords() {
      if (failure !== undefined) words ??= Buffer.alloc(0);
    },
    async close() {
      if (closed) return;
      closed = true;
      while (writing !== undefined) await writing;
      open_ = false;
      await file.close();
    },
    async remove() {
      await rm(path, { force: true });
    },
  };
}

async function readFrom(file: FileHandle, start: number, length: number): Promise<Buffer> {
  if (length <= 0) return Buffer.alloc(0);
  const buffer = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await file.read(buffer, got, length - got, start + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return buffer.subarray(0, got);
}
