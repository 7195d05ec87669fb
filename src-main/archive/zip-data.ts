import { readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { damaged } from './failures.ts';
import { quoted } from './names.ts';
import { methods, signatures } from './zip-format.ts';
import { type ReadEntry, readExactly } from './zip-read.ts';
import { createZstdDecompress, zstdDecompress } from './zstd.ts';

/** Where the data begins inside of bytes that start with the local record. */
export function dataStart(local: Buffer, entry: ReadEntry): number {
  if (local.length < 30 || local.readUInt32LE(0) !== signatures.local || local.readUInt16LE(26) !== entry.nameBytes)
    throw damaged(`the archive has a broken entry: ${quoted(entry.path)}`);
  return 30 + entry.nameBytes + local.readUInt16LE(28);
}

/** The whole content of a small entry, checked. */
export function unpackWhole(packed: Buffer, entry: ReadEntry): Buffer {
  const data = entry.method === methods.store ? packed : decompress(packed, entry);
  if (data.length !== entry.sizeBytes || crc32(data) !== entry.crc)
    throw damaged(`the archive is damaged at ${quoted(entry.path)}`);
  return data;
}

function decompress(packed: Buffer, entry: ReadEntry): Buffer {
  try {
    // One byte more than announced, so that longer data shows; never more, whatever the data would become.
    const maxOutputLength = entry.sizeBytes + 1;
    if (entry.method === methods.zstd) return zstdDecompress(packed, maxOutputLength);
    return inflateRawSync(packed, { maxOutputLength, chunkSize: chunkSizeFor(entry.sizeBytes) });
  } catch (error) {
    if (error instanceof Error && error.name === 'HarrierError') throw error;
    throw damaged(`the archive is damaged at ${quoted(entry.path)}`, error);
  }
}
const chunkSizeFor = (bytes: number): number => Math.max(64, Math.min(bytes + 1, 1024 * 1024));

/** The content in pieces, checked at the end: throws before the last piece could be taken for a whole file. */
export async function* unpackPieces(file: number, entry: ReadEntry): AsyncGenerator<Buffer> {
  const start = entry.offset + dataStart(readExactly(file, entry.offset, 30), entry);
  const packed = Readable.from(readPieces(file, start, entry.packedBytes), {
    objectMode: false,
    highWaterMark: pieceBytes,
  });
  const unpacked: AsyncIterable<Buffer> =
    entry.method === methods.store
      ? packed
      : packed.pipe(
          entry.method === methods.zstd ? createZstdDecompress() : createInflateRaw({ chunkSize: pieceBytes }),
        );
  packed.on('error', (error) => unpacked !== packed && 'destroy' in unpacked && (unpacked as Readable).destroy(error));
  let crc = 0;
  let sizeBytes = 0;
  try {
    for await (const piece of unpacked) {
      crc = crc32(piece, crc);
      sizeBytes += piece.length;
      if (sizeBytes > entry.sizeBytes) break;
      yield piece;
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'HarrierError') throw error;
    throw damaged(`the archive is damaged at ${quoted(entry.path)}`, error);
  } finally {
    packed.destroy();
  }
  if (sizeBytes !== entry.sizeBytes || crc !== entry.crc)
    throw damaged(`the archive is damaged at ${quoted(entry.path)}`);
}

const pieceBytes = 512 * 1024;

function* readPieces(file: number, start: number, length: number): Generator<Buffer> {
  for (let done = 0; done < length; ) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, length - done));
    const read = readSync(file, piece, 0, piece.length, start + done);
    if (read === 0) throw damaged('the archive ends too early');
    done += read;
    yield piece.subarray(0, read);
  }
}
