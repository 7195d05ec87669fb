import { dataStart } from './zip-data.ts';
import { type ReadEntry, readExactly } from './zip-read.ts';

/** Larger files are unpacked as a stream, so that memory stays flat. */
const streamFromBytes = 4 * 1024 * 1024;

/** The file of a group (`planUnpack`) that is too large to be unpacked as a whole; such a file is a group by itself. */
export function streamedEntry(group: readonly ReadEntry[]): ReadEntry | undefined {
  const [only, ...others] = group;
  if (only === undefined || others.length > 0) return undefined;
  return Math.max(only.sizeBytes, only.packedBytes) > streamFromBytes ? only : undefined;
}

/** Neighbours in the archive are read in one go. */
export function groupReader(file: number, group: readonly ReadEntry[]): (entry: ReadEntry) => Buffer {
  const start = group[0]!.offset;
  const last = group.at(-1)!;
  const spanBytes = last.offset + last.nameBytes + last.packedBytes + 30 - start;
  const span = spanBytes <= 4 * streamFromBytes ? readExactly(file, start, spanBytes) : undefined;
  return (entry) => {
    if (span) {
      const local = span.subarray(entry.offset - start);
      const from = dataStart(local, entry);
      if (from + entry.packedBytes <= local.length) return local.subarray(from, from + entry.packedBytes);
    }
    const from = entry.offset + dataStart(readExactly(file, entry.offset, 30), entry);
    return readExactly(file, from, entry.packedBytes);
  };
}
