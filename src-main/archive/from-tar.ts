import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Header } from 'tar-stream';
import { HarrierError } from '../../src-shared/errors.ts';
import { createCrcJoin } from './crc.ts';
import { header as gzipHeader, gzipLevel, refuseOthers, trailer } from './gzip-writer.ts';
import { safePath } from './names.ts';
import type { Pool } from './pool.ts';
import { zlibLevels } from './squeeze.ts';
import { metaOf, tarEntries } from './tar-io.ts';
import type { Archiver, SelectedEntry } from './types.ts';
import { type PackSource, pieceBytes, type ZipStep, zipSteps } from './zip-writer.ts';
import { createZstdCompress } from './zstd.ts';

type FromTarOptions = Parameters<Archiver['fromTar']>[0];
const batchEntries = 256;

/** Repacks a tar as it comes. Memory: a few pieces. */
export async function fromTar(pool: Pool, options: FromTarOptions): Promise<void> {
  const { format, tar, output, signal } = options;
  if (format === 'tarzstd')
    return await pipeline(tar, createZstdCompress(zlibLevels[options.level]), output, { signal });
  const bytes =
    format === 'zip' || format === 'zipzstd'
      ? zipSteps(pool, stepsOf(options), {
          folder: '',
          level: zlibLevels[options.level],
          zstd: format === 'zipzstd',
          signal,
        })
      : format === 'gzip'
        ? gzipTar(pool, options)
        : rawTar(options);
  await pipeline(Readable.from(bytes, { objectMode: false }), output as Writable, { signal });
}

/** Small files gather in batches, large ones go piece by piece. Hard links come at the end, their content asked for. */
async function* stepsOf(options: FromTarOptions): AsyncGenerator<ZipStep> {
  let batch: PackSource[] = [];
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
      yield { kind: 'batch', entries: batch };
      batch = [];
      bytes = 0;
    }
    if (entry.path === '') body.resume();
    else if (large) yield* largeSteps(entry, body);
    else {
      batch.push({
        ...entry,
        data: header.type === 'symlink' ? Buffer.from(header.linkname ?? '') : await readAll(body),
      });
      bytes += entry.sizeBytes;
    }
  }
  if (batch.length > 0) yield { kind: 'batch', entries: batch };
  for (const { entry, target } of linked) {
    const body = await options.readLinked?.(target);
    if (!body) throw new HarrierError('ARCHIVE_SOURCE', `cannot read ${entry.path}: it is a hard link to ${target}`);
    // Its size is not in the tar: always in pieces, which need none.
    yield* largeSteps({ ...entry, sizeBytes: 0 }, body);
  }
}

async function* largeSteps(entry: SelectedEntry, body: AsyncIterable<Uint8Array>): AsyncGenerator<ZipStep> {
  yield { kind: 'start', entry };
  let offset = 0;
  for await (const data of inPieces(body)) {
    yield { kind: 'piece', entry, offset, length: data.length, data };
    offset += data.length;
  }
  yield { kind: 'end', entry };
}

async function* gzipTar(pool: Pool, options: FromTarOptions): AsyncGenerator<Uint8Array> {
  const joinCrc = createCrcJoin();
  for await (const { header, body } of counted(options)) {
    const entry = entryOf(header);
    refuseOthers([entry]);
    yield gzipHeader(entry);
    let crc = 0;
    let sizeBytes = 0;
    for await (const data of inPieces(body)) {
      const piece = await pool.run('piece', { path: '', offset: 0, length: 0, level: gzipLevel, zstd: false, data });
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

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* inPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(pieces);
}
