import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Header } from 'tar-stream';
import { HarrierError } from '../../src-shared/errors.ts';
import { createSweep } from '../base/memory.ts';
import { createCrcJoin } from './crc.ts';
import { header as gzipHeader, gzipLevel, refuseOthers, trailer } from './gzip-writer.ts';
import { safePath } from './names.ts';
import type { Pool } from './pool.ts';
import { zlibLevels } from './squeeze.ts';
import { metaOf, tarEntries } from './tar-io.ts';
import type { Archiver, SelectedEntry } from './types.ts';
import { ownBuffer, type PackSource, pieceBytes, type ZipStep, zipSteps } from './zip-writer.ts';
import { createZstdCompress } from './zstd.ts';

type FromTarOptions = Parameters<Archiver['fromTar']>[0];
const batchEntries = 256;

/** Repacks a tar as it comes. Memory: a few pieces. */
export async function fromTar(pool: Pool, options: FromTarOptions): Promise<void> {
  const { format, tar, output, signal } = options;
  if (format === 'tarzstd')
    return await pipeline(tar, createZstdCompress(zlibLevels[options.level]), output, { signal });
  const blocks = createBlocks();
  const bytes =
    format === 'zip' || format === 'zipzstd'
      ? zipSteps(pool, stepsOf(options, blocks), {
          folder: '',
          level: zlibLevels[options.level],
          zstd: format === 'zipzstd',
          signal,
          onSpare: blocks.give,
        })
      : format === 'gzip'
        ? gzipTar(pool, options, blocks)
        : rawTar(options);
  await pipeline(Readable.from(bytes, { objectMode: false }), output as Writable, { signal });
}

/** Small files gather in batches, large ones go piece by piece. Hard links come at the end, their content asked for. */
async function* stepsOf(options: FromTarOptions, blocks: Blocks): AsyncGenerator<ZipStep> {
  const sweep = createSweep();
  let batch: PackSource[] = [];
  let block = blocks.take();
  let bytes = 0;
  const linked: { entry: SelectedEntry; target: string }[] = [];
  for await (const { header, body } of counted(options)) {
    const entry = entryOf(header);
    if (header.type === 'link') {
      linked.push({ entry, target: safePath(header.linkname ?? '') });
      body.resume();
      continue;
    }
    const large = entry.sizeBytes > pieceBytes;
    if (batch.length > 0 && (large || bytes + entry.sizeBytes > pieceBytes || batch.length >= batchEntries)) {
      yield { kind: 'batch', entries: batch, block };
      sweep({ entries: batch.length });
      batch = [];
      block = blocks.take();
      bytes = 0;
    }
    if (entry.path === '') body.resume();
    else if (large) yield* largeSteps(entry, body, blocks);
    else if (header.type === 'symlink') {
      batch.push({ data: Buffer.from(header.linkname ?? ''), ...entry });
      body.resume();
    } else {
      const end = await fill(block, bytes, body);
      batch.push({ data: block.subarray(bytes, end), ...entry });
      bytes = end;
    }
  }
  if (batch.length > 0) yield { kind: 'batch', entries: batch, block };
  for (const { entry, target } of linked) {
    const body = await options.readLinked?.(target);
    if (!body) throw new HarrierError('ARCHIVE_SOURCE', `cannot read ${entry.path}: it is a hard link to ${target}`);
    // Its size is not in the tar: always in pieces, which need none.
    yield* largeSteps({ ...entry, sizeBytes: 0 }, body, blocks);
  }
}

async function* largeSteps(
  entry: SelectedEntry,
  body: AsyncIterable<Uint8Array>,
  blocks: Blocks,
): AsyncGenerator<ZipStep> {
  yield { kind: 'start', entry };
  let offset = 0;
  for await (const data of inPieces(body, blocks)) {
    yield { kind: 'piece', entry, offset, length: data.length, data };
    offset += data.length;
  }
  yield { kind: 'end', entry };
}

async function* gzipTar(pool: Pool, options: FromTarOptions, blocks: Blocks): AsyncGenerator<Uint8Array> {
  const joinCrc = createCrcJoin();
  for await (const { header, body } of counted(options)) {
    const entry = entryOf(header);
    refuseOthers([entry]);
    yield gzipHeader(entry);
    let crc = 0;
    let sizeBytes = 0;
    for await (const data of inPieces(body, blocks)) {
      const input = { path: '', offset: 0, length: 0, level: gzipLevel, zstd: false, data };
      const piece = await pool.run('piece', input, { transfer: ownBuffer(data) });
      if (piece.spare) blocks.give(piece.spare);
      crc = joinCrc(crc, piece.crc, piece.sizeBytes);
      sizeBytes += piece.sizeBytes;
      yield piece.bytes;
    }
    yield trailer(crc, sizeBytes);
  }
}

async function* rawTar(options: FromTarOptions): AsyncGenerator<Uint8Array> {
  let files = 0;
  for await (const { header, body } of counted(options)) {
    refuseOthers([entryOf(header)]);
    if (++files > 1) throw new HarrierError('INPUT_INVALID', 'only one file can be sent as raw');
    yield* body;
  }
}

/** The entries, and at the end whether all of them came. */
async function* counted({ tar, expected }: FromTarOptions) {
  let found = 0;
  for await (const entry of tarEntries(tar)) {
    found++;
    yield entry;
  }
  if (expected !== undefined && found < expected)
    throw new HarrierError('ARCHIVE_SOURCE', `${expected - found} of ${expected} files could not be read`);
}

function entryOf(header: Header): SelectedEntry {
  const path = safePath(header.name);
  const kind = header.type === 'directory' ? 'directory' : header.type === 'symlink' ? 'symlink' : 'file';
  if (kind === 'file' && header.type !== 'file' && header.type !== 'contiguous-file' && header.type !== 'link')
    throw new HarrierError('ARCHIVE_SOURCE', `cannot read ${path}: it is a ${header.type ?? 'strange thing'}`);
  return { path, kind, sizeBytes: kind === 'file' ? (header.size ?? 0) : 0, ...metaOf(header) };
}

/** Copies the whole body to `at`; answers where it ends. */
async function fill(block: Buffer, at: number, body: AsyncIterable<Uint8Array>): Promise<number> {
  let end = at;
  for await (const piece of body) {
    block.set(piece, end);
    end += piece.length;
  }
  return end;
}

/** Each piece begins a block of its own. */
async function* inPieces(body: AsyncIterable<Uint8Array>, blocks: Blocks): AsyncGenerator<Buffer> {
  let block = blocks.take();
  let filled = 0;
  for await (const bytes of body)
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + pieceBytes - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < pieceBytes) continue;
      yield block;
      block = blocks.take();
      filled = 0;
    }
  if (filled > 0) yield block.subarray(0, filled);
}

/**
 * Buffers of one piece each that go to a thread and come back with its answer: a stream of any length uses a handful,
 * where fresh ones would lie about until a collection.
 */
interface Blocks {
  take(): Buffer;
  give(block: Uint8Array): void;
}
function createBlocks(): Blocks {
  const free: Buffer[] = [];
  return {
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes),
    give: ({ buffer }) => void free.push(Buffer.from(buffer)),
  };
}
