import type { Readable } from 'node:stream';
import { type Extract, type Header, extract as untar } from 'tar-stream';
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
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** The streams of tar-stream say nothing about their chunks; these are always bytes. */
export async function* bytesIn(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
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
