import { closeSync, constants, openSync, readlinkSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { sourceError } from './failures.ts';
import { ownCopy, squeezePiece, squeezeWhole } from './squeeze.ts';
import type { SelectedEntry } from './types.ts';
import { localRecordBound, methods, writeLocalRecord, zipMode, zipName } from './zip-format.ts';
import { zstdCompress } from './zstd.ts';

/** Small things packed in one go. `data` instead of a path: bytes that came through a tar, in `block`. */
export interface PackBatch {
  readonly folder: string;
  readonly level: number;
  readonly zstd: boolean;
  readonly entries: readonly (SelectedEntry & { readonly data?: Uint8Array })[];
  readonly block?: Uint8Array;
}
/** `numbers`: crc, packed size, size, offset in `bytes`, method; five for each entry. */
export interface PackedBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The block that came in, to be used again. */
  readonly spare: Uint8Array | undefined;
}
export const numbersPerEntry = 5;

/** A piece of a large file. `data` instead of a path, as above. */
export interface PackPiece {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly level: number;
  readonly zstd: boolean;
  readonly data?: Uint8Array;
}
export interface PackedPiece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly crc: number;
  /** Less than asked for when the file has become shorter. */
  readonly sizeBytes: number;
  /** The `data` that came in, to be used again. */
  readonly spare: Uint8Array | undefined;
}

export function packBatch(batch: PackBatch): PackedBatch {
  const names = batch.entries.map((entry) => zipName(entry.path, entry.kind));
  let bound = 0;
  for (const [index, entry] of batch.entries.entries())
    bound += localRecordBound(names[index]!.length) + (entry.kind === 'symlink' ? 4096 + 64 : entry.sizeBytes);
  let out = Buffer.allocUnsafeSlow(bound);
  const numbers = new Float64Array(numbersPerEntry * batch.entries.length);
  let end = 0;
  for (const [index, entry] of batch.entries.entries()) {
    const data = readSmall(batch.folder, entry);
    const packed = entry.kind === 'file' ? squeezeSmall(data, batch) : undefined;
    const body = packed ?? data;
    const needed = end + localRecordBound(names[index]!.length) + body.length;
    // A link or inline data may be longer than announced.
    if (needed > out.length) out = grown(out, end, needed + bound);
    const method = packed ? (batch.zstd ? methods.zstd : methods.deflate) : methods.store;
    const crc = crc32(data);
    const start = end;
    end = writeLocalRecord(out, end, {
      name: names[index]!,
      mode: zipMode(entry.kind, entry.mode),
      mtimeMs: entry.mtimeMs,
      uid: entry.uid,
      gid: entry.gid,
      method,
      streamed: false,
      wide: false,
      crc,
      packedBytes: body.length,
      sizeBytes: data.length,
    });
    end += body.copy(out, end);
    numbers.set([crc, body.length, data.length, start, method], numbersPerEntry * index);
  }
  // A buffer that is mostly empty is not worth sending.
  const bytes = end < bound / 2 ? ownCopy(out.subarray(0, end)) : out.subarray(0, end);
  return { bytes, numbers, spare: batch.block };
}

export function packPiece(piece: PackPiece): PackedPiece {
  const data = piece.data ? bufferOf(piece.data) : readPart(piece.path, piece.offset, piece.length);
  // Frames of zstd may stand behind each other like the pieces of deflate.
  const bytes = piece.zstd ? ownCopy(zstdCompress(data, piece.level)) : squeezePiece(data, piece.level);
  return { bytes, crc: crc32(data), sizeBytes: data.length, spare: piece.data };
}

function grown(out: Buffer, end: number, bytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(bytes);
  out.copy(larger, 0, 0, end);
  return larger;
}

function squeezeSmall(data: Buffer, batch: PackBatch): Buffer | undefined {
  if (!batch.zstd) return squeezeWhole(data, batch.level);
  const packed = zstdCompress(data, batch.level);
  return packed.length < data.length ? packed : undefined;
}

const empty = Buffer.alloc(0);

function readSmall(folder: string, entry: PackBatch['entries'][number]): Buffer {
  if (entry.data) return bufferOf(entry.data);
  if (entry.kind === 'directory') return empty;
  const path = `${folder}/${entry.path}`;
  if (entry.kind === 'file') return readPart(path, 0, entry.sizeBytes);
  try {
    return readlinkSync(path, { encoding: 'buffer' });
  } catch (error) {
    throw sourceError(entry.path, error);
  }
}

// What was chosen as a file is read as one: a link that took its place is not followed.
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/**
 * At most `length` bytes from `offset`; a file that grew is cut, one that shrank gives less. The bytes hold until the
 * next call.
 */
function readPart(path: string, offset: number, length: number): Buffer {
  try {
    const file = openSync(path, readFlags);
    try {
      if (length === 0) return empty;
      const data = scratchFor(length);
      let filled = 0;
      while (filled < length) {
        const read = readSync(file, data, filled, length - filled, offset + filled);
        if (read === 0) break;
        filled += read;
      }
      return data.subarray(0, filled);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw sourceError(path, error);
  }
}

// One buffer for all reads of this thread: tasks are synchronous and copy what they keep, so memory stays flat.
let scratch = Buffer.alloc(0);

function scratchFor(length: number): Buffer {
  if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(Math.max(length, 64 * 1024));
  return scratch;
}

const bufferOf = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
