import { createSweep } from '../base/memory.ts';
import { createCrcJoin } from './crc.ts';
import { inOrder } from './order.ts';
import { numbersPerEntry, type PackedBatch, type PackedPiece } from './pack-tasks.ts';
import type { Pool } from './pool.ts';
import { lastBlock } from './squeeze.ts';
import type { SelectedEntry } from './types.ts';
import {
  centralRecord,
  descriptor,
  endRecords,
  localRecord,
  type Method,
  max32,
  methods,
  type ZipEntry,
  zipMode,
  zipName,
} from './zip-format.ts';

/** Files up to this size are packed whole, many in one task; larger ones in pieces of this size, in parallel. */
export const pieceBytes = 512 * 1024;
const batchEntries = 256;
/** What is so small is packed at once in the calling thread: starting a thread would take longer. */
const hereEntries = 64;
const hereBytes = 256 * 1024;

export type PackSource = SelectedEntry & { readonly data?: Uint8Array };
export interface ZipOptions {
  readonly folder: string;
  readonly level: number;
  readonly zstd: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Gets the blocks of `ZipStep` back. */
  readonly onSpare?: (block: Uint8Array) => void;
}
/** `block` and `data` are buffers of their own: they change threads instead of being copied. */
export type ZipStep =
  | { readonly kind: 'batch'; readonly entries: readonly PackSource[]; readonly block?: Buffer }
  | { readonly kind: 'start'; readonly entry: SelectedEntry }
  | {
      readonly kind: 'piece';
      readonly entry: SelectedEntry;
      readonly offset: number;
      readonly length: number;
      readonly data?: Buffer;
    }
  | { readonly kind: 'end'; readonly entry: SelectedEntry };

/** The bytes of a zip with these files, in this order. Memory: a few pieces, whatever the size of the tree. */
export async function* zipFiles(
  pool: Pool,
  entries: readonly SelectedEntry[],
  options: ZipOptions,
): AsyncGenerator<Uint8Array> {
  yield* zipSteps(pool, planSteps(entries), { ...options, here: isSmall(entries) });
}

/** Whether packing takes less than handing it to a thread would. */
export const isSmall = (entries: readonly SelectedEntry[]): boolean =>
  entries.length <= hereEntries && entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) <= hereBytes;

export function* planSteps(entries: Iterable<SelectedEntry>): Generator<ZipStep> {
  let batch: SelectedEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const large = entry.kind === 'file' && entry.sizeBytes > pieceBytes;
    if (batch.length > 0 && (large || batch.length >= batchEntries || bytes + entry.sizeBytes > pieceBytes)) {
      yield { kind: 'batch', entries: batch };
      batch = [];
      bytes = 0;
    }
    if (large) yield* planLarge(entry);
    else {
      batch.push(entry);
      bytes += entry.sizeBytes;
    }
  }
  if (batch.length > 0) yield { kind: 'batch', entries: batch };
}

function* planLarge(entry: SelectedEntry): Generator<ZipStep> {
  yield { kind: 'start', entry };
  for (let offset = 0; offset < entry.sizeBytes; offset += pieceBytes)
    yield { kind: 'piece', entry, offset, length: Math.min(pieceBytes, entry.sizeBytes - offset) };
  yield { kind: 'end', entry };
}

/** Packs in parallel and joins in order. */
export async function* zipSteps(
  pool: Pool,
  steps: Iterable<ZipStep> | AsyncIterable<ZipStep>,
  options: ZipOptions & { readonly here?: boolean },
): AsyncGenerator<Uint8Array> {
  const sweep = createSweep();
  const writer = createJoiner(options.zstd ? methods.zstd : methods.deflate);
  const work = (step: ZipStep): Promise<PackedBatch | PackedPiece | undefined> => {
    options.signal?.throwIfAborted();
    return runStep(pool, step, options);
  };
  for await (const { item, result } of inOrder(steps, pool.width * 2 + 1, work)) {
    options.signal?.throwIfAborted();
    yield* writer.add(item, result);
    if (result === undefined) continue;
    if (result.spare) options.onSpare?.(result.spare);
    sweep({ bytes: result.bytes.length });
  }
  yield* writer.end();
}

async function runStep(pool: Pool, step: ZipStep, options: ZipOptions & { readonly here?: boolean }) {
  const { folder, level, zstd } = options;
  const here = options.here ?? false;
  if (step.kind === 'batch') {
    const { entries, block } = step;
    const input = { folder, level, zstd, entries, ...(block ? { block } : {}) };
    return await pool.run('batch', input, { here, transfer: ownBuffer(block) });
  }
  if (step.kind !== 'piece') return undefined;
  const { offset, length, data } = step;
  const input = { path: `${folder}/${step.entry.path}`, offset, length, level, zstd, ...(data ? { data } : {}) };
  return await pool.run('piece', input, { here, transfer: ownBuffer(data) });
}

/** What changes threads of a buffer that shares its memory with no other. */
export const ownBuffer = (block: Buffer | undefined): ArrayBuffer[] =>
  block?.buffer instanceof ArrayBuffer ? [block.buffer] : [];

/** Keeps the offset, the central directory and the entry that is being written. */
function createJoiner(method: Method) {
  const directory: Buffer[] = [];
  const joinCrc = createCrcJoin();
  let offset = 0;
  let open: { start: number; crc: number; packedBytes: number; sizeBytes: number } | undefined;

  const entryOf = (
    entry: SelectedEntry,
    values: Pick<ZipEntry, 'method' | 'streamed' | 'wide' | 'crc' | 'packedBytes' | 'sizeBytes'>,
  ): ZipEntry => ({
    name: zipName(entry.path, entry.kind),
    mode: zipMode(entry.kind, entry.mode),
    mtimeMs: entry.mtimeMs,
    uid: entry.uid,
    gid: entry.gid,
    ...values,
  });
  const streamed = (entry: SelectedEntry): ZipEntry =>
    entryOf(entry, {
      method,
      streamed: true,
      // Deflate can add a little, so what is near the border already counts as wide.
      wide: entry.sizeBytes > max32 - 64 * 1024 * 1024,
      crc: open?.crc ?? 0,
      packedBytes: open?.packedBytes ?? 0,
      sizeBytes: open?.sizeBytes ?? 0,
    });
  const emit = (bytes: Uint8Array): Uint8Array => {
    offset += bytes.length;
    return bytes;
  };

  return {
    *add(step: ZipStep, result: PackedBatch | PackedPiece | undefined): Generator<Uint8Array> {
      if (step.kind === 'batch' && result && 'numbers' in result) {
        for (const [index, entry] of step.entries.entries()) {
          const [crc, packedBytes, sizeBytes, at, used] = result.numbers.subarray(index * numbersPerEntry);
          const known = entryOf(entry, {
            method: used === methods.store ? methods.store : method,
            streamed: false,
            wide: false,
            crc: crc!,
            packedBytes: packedBytes!,
            sizeBytes: sizeBytes!,
          });
          directory.push(centralRecord(known, offset + at!));
        }
        yield emit(result.bytes);
      } else if (step.kind === 'start') {
        open = { start: offset, crc: 0, packedBytes: 0, sizeBytes: 0 };
        yield emit(localRecord(streamed(step.entry)));
      } else if (step.kind === 'piece' && open && result && 'crc' in result) {
        open.crc = joinCrc(open.crc, result.crc, result.sizeBytes);
        open.packedBytes += result.bytes.length;
        open.sizeBytes += result.sizeBytes;
        yield emit(result.bytes);
      } else if (step.kind === 'end' && open) {
        if (method === methods.deflate) {
          open.packedBytes += lastBlock.length;
          yield emit(lastBlock);
        }
        const done = streamed(step.entry);
        directory.push(centralRecord(done, open.start));
        yield emit(descriptor(done));
        open = undefined;
      }
    },
    *end(): Generator<Uint8Array> {
      const start = offset;
      for (let from = 0; from < directory.length; from += 4096)
        yield emit(Buffer.concat(directory.slice(from, from + 4096)));
      yield emit(endRecords(directory.length, offset - start, start));
    },
  };
}
