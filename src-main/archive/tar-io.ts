import type { Readable } from 'node:stream';
import { type Extract, type Header, type Pack, extract as untar } from 'tar-stream';
import { asError } from '../../src-shared/errors.ts';
import { damaged } from './failures.ts';

/** Content of one tar entry. It must be read, or passed over with `resume`, before the next entry comes. */
export interface TarBody extends AsyncIterable<Uint8Array> {
  resume(): void;
}

/** Entries of a tar stream, one at a time. Damage: ARCHIVE_INVALID. */
export async function* tarEntries(tar: Readable): AsyncGenerator<{ header: Header; body: TarBody }> {
  const parser = untar();
  const fed = feed(tar, parser);
  try {
    for await (const body of parser) yield { header: body.header, body: bodyOf(body) };
  } catch (error) {
    if (error instanceof Error && /tar header|unexpected end/i.test(error.message))
      throw damaged('the tar stream is damaged', error);
    throw error;
  } finally {
    parser.destroy();
    tar.destroy();
    await fed;
  }
}

/** Never throws: what goes wrong with the source ends the parser with that error. */
async function feed(tar: Readable, parser: Extract): Promise<void> {
  try {
    for await (const chunk of tar) {
      if (parser.destroyed) return;
      if (!parser.write(chunk)) await drained(parser);
    }
    parser.end(undefined);
  } catch (error) {
    parser.destroy(asError(error));
  }
}

/** The streams of tar-stream say nothing about their chunks; these are always bytes. */
export async function* bytesIn(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
}

export type TarHeader = Partial<Header> & Pick<Header, 'name'>;
export type TarContent = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Adds one entry and waits until the reader has taken it: entries that are added faster queue up, content and all.
 * Throws when the reader has gone away.
 */
export async function addEntry(tar: Pack, header: TarHeader, body?: TarContent): Promise<void> {
  let settle: (error: Error | null | undefined) => void = () => {};
  const taken = new Promise<void>((resolve, reject) => {
    settle = (error) => (error ? reject(error) : resolve());
  });
  taken.catch(() => {});
  if (body === undefined || header.size === 0) {
    if (body !== undefined) for await (const _ of body); // still checked
    tar.entry(header.type === 'file' ? { ...header, size: 0 } : header, '', settle);
    return await taken;
  }
  const entry = tar.entry(header, settle);
  // A reader that went away ends the entry with an error; without a listener it would be an unhandled one.
  entry.on('error', settle);
  for await (const piece of body) {
    if (tar.destroyed) return await taken;
    if (!entry.write(piece)) await drained(entry);
  }
  entry.end(undefined);
  await taken;
}

const blockBytes = 64 * 1024;

/** The bytes of a tar in blocks of 64 KiB: headers and paddings by themselves cost as much as a block does. */
export async function* inBlocks(tar: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for await (const chunk of bytesIn(tar)) {
    if (filled > 0 && filled + chunk.length > blockBytes) {
      yield block.subarray(0, filled);
      block = Buffer.allocUnsafe(blockBytes);
      filled = 0;
    }
    if (chunk.length >= blockBytes) yield chunk;
    else {
      block.set(chunk, filled);
      filled += chunk.length;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

const bodyOf = (source: AsyncIterable<unknown> & { resume(): unknown }): TarBody => ({
  [Symbol.asyncIterator]: () => bytesIn(source),
  resume: () => void source.resume(),
});

interface StreamEnd {
  readonly destroyed: boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Until a streamx stream takes more, or is gone. */
export function drained(stream: StreamEnd): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    if (stream.destroyed) return resolve();
    stream.on('drain', done);
    stream.on('close', done);
  });
}

export const metaOf = (header: Header) => ({
  mode: header.mode ?? 0o644,
  mtimeMs: header.mtime?.getTime() ?? 0,
  uid: header.uid,
  gid: header.gid,
});
