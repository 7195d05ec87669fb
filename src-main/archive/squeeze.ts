import { constants, deflateRawSync } from 'node:zlib';
import type { CompressionLevel } from './types.ts';

/** zlib levels of ARTIFACT_COMPRESSION_LEVEL; 0 stores. */
export const zlibLevels: Readonly<Record<CompressionLevel, number>> = {
  fastest: 0,
  fast: 1,
  default: 5,
  slow: 7,
  slowest: 9,
};
/** Files up to this length gain nothing from deflate that its own overhead does not eat. */
const tooSmallBytes = 64;
const sampleFromBytes = 64 * 1024;
const sampleBytes = 8 * 1024;
const blockBytes = 0xffff;

/** Deflates a whole small file; undefined when storing it is as good. */
export function squeezeWhole(data: Buffer, level: number): Buffer | undefined {
  if (level === 0 || data.length <= tooSmallBytes || looksPacked(data)) return undefined;
  const packed = deflateRawSync(data, { level, chunkSize: Math.max(1024, Math.min(data.length, 256 * 1024)) });
  return packed.length < data.length ? packed : undefined;
}

/**
 * One piece of a longer deflate stream: complete blocks, none of them the last, aligned to a byte, so that pieces made
 * apart can stand behind each other. What does not compress becomes stored blocks, which costs next to nothing.
 * The answer is a buffer of its own.
 */
export function squeezePiece(data: Buffer, level: number): Buffer<ArrayBuffer> {
  if (level > 0 && !looksPacked(data)) {
    const packed = deflateRawSync(data, { level, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 64 * 1024 });
    if (packed.length < data.length) return ownCopy(packed);
  }
  const out = Buffer.allocUnsafeSlow(data.length + 5 * Math.ceil(data.length / blockBytes));
  let end = 0;
  for (let from = 0; from < data.length; from += blockBytes) {
    const block = data.subarray(from, from + blockBytes);
    out[end] = 0;
    out.writeUInt16LE(block.length, end + 1);
    out.writeUInt16LE(~block.length & 0xffff, end + 3);
    end += 5 + block.copy(out, end + 5);
  }
  return out;
}

/** Not a part of a shared pool, so that it can change threads. */
export function ownCopy(data: Buffer): Buffer<ArrayBuffer> {
  const out = Buffer.allocUnsafeSlow(data.length);
  data.copy(out);
  return out;
}

/** Ends a stream of pieces: an empty last block. */
export const lastBlock = Buffer.from([3, 0]);

/** Looks at four places instead of at everything: random or packed data shows itself anywhere. */
function looksPacked(data: Buffer): boolean {
  if (data.length < sampleFromBytes) return false;
  const step = Math.floor((data.length - sampleBytes) / 3);
  for (let place = 0; place < 4; place++) {
    const sample = data.subarray(place * step, place * step + sampleBytes);
    if (deflateRawSync(sample, { level: 1, chunkSize: sampleBytes + 1024 }).length < sampleBytes * 0.97) return false;
  }
  return true;
}
