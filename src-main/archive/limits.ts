import { getHeapStatistics } from 'node:v8';
import { HarrierError } from '../../src-shared/errors.ts';
import type { ArchiveLimits } from './types.ts';

/** What an entry costs while its archive is made or unpacked: some 450 bytes (measured), and as many to spare. */
const entryBytes = 1000;

/** Far above what a build makes, far below what fills a disk from a few kilobytes, or the memory of this process. */
export const defaultLimits: ArchiveLimits = {
  maxEntries: Math.min(5_000_000, Math.floor(getHeapStatistics().heap_size_limit / entryBytes)),
  maxTotalBytes: 1024 ** 4,
  maxRatio: 400,
  ratioFreeBytes: 2 * 1024 ** 3,
};

/** Throws ARCHIVE_LIMIT. `packedBytes` is the size of the archive file. */
export function checkLimits(
  limits: ArchiveLimits,
  found: { readonly entries: number; readonly totalBytes: number; readonly packedBytes: number },
): void {
  const { entries, totalBytes, packedBytes } = found;
  if (entries > limits.maxEntries)
    throw new HarrierError('ARCHIVE_LIMIT', `the archive has ${entries} entries, the limit is ${limits.maxEntries}`);
  if (totalBytes > limits.maxTotalBytes)
    throw new HarrierError(
      'ARCHIVE_LIMIT',
      `the archive would unpack to ${totalBytes} bytes, the limit is ${limits.maxTotalBytes}`,
    );
  if (totalBytes > limits.ratioFreeBytes && totalBytes > packedBytes * limits.maxRatio)
    throw new HarrierError(
      'ARCHIVE_LIMIT',
      `the archive of ${packedBytes} bytes would unpack to ${totalBytes} bytes, more than ${limits.maxRatio} times its size`,
    );
}
