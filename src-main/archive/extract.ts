import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { damaged } from './failures.ts';
import type { Pool } from './pool.ts';
import { unpackTarZstd } from './tar-unpack.ts';
import type { ArchiveLimits, ExtractOptions } from './types.ts';
import { newShared, requestStop, type Stopover, type UnpackOrder, type UnpackReport } from './unpack-tasks.ts';

/** So few entries are unpacked at once in the calling thread. */
const hereEntries = 64;
const hereBytes = 256 * 1024;
const shareBytes = 16 * 1024 * 1024;

/** Unpacks below `folder`, by its magic. With `staging`: all or nothing. Answers the number of entries. */
export async function extract(pool: Pool, limits: ArchiveLimits, options: ExtractOptions): Promise<number> {
  options.signal?.throwIfAborted();
  const format = await formatOf(options.archive);
  if (format === 'gzip') throw damaged('"gzip" format: unsupported archive format');
  const outsideLinks = options.outsideLinks ?? 'refuse';
  await mkdir(options.folder, { recursive: true });
  const stopover = options.staging === undefined ? undefined : stopoverIn(options.staging);
  try {
    if (stopover !== undefined)
      for (const folder of [stopover.fresh, stopover.old]) await mkdir(folder, { recursive: true, mode: 0o700 });
    if (format === 'tarzstd') return await unpackTarZstd({ ...options, outsideLinks, limits, stopover });
    return await runOrder(pool, options.signal, {
      archive: options.archive,
      folder: stopover?.fresh ?? options.folder,
      outsideLinks,
      limits,
      write: true,
      shared: newShared(),
      ...(stopover === undefined ? {} : { move: { to: options.folder, old: stopover.old } }),
    });
  } finally {
    if (stopover !== undefined) await removeAll(pool, stopover);
  }
}

const stopoverIn = (staging: string): Stopover => {
  const folder = join(staging, `harrier-${randomBytes(6).toString('hex')}`);
  return { folder, fresh: join(folder, 'new'), old: join(folder, 'old') };
};

/** The files by several threads; the empty folders at the end. */
async function removeAll(pool: Pool, { folder, old }: Stopover): Promise<void> {
  if ((await readdir(old).catch(() => [])).length > 0) {
    const shared = newShared();
    await Promise.allSettled(
      Array.from({ length: pool.width }, () => pool.run('removeShare', { folder: old, shared })),
    );
  }
  await rm(folder, { recursive: true, force: true });
}

/** Reads everything, writes nothing. */
export const verify = (
  pool: Pool,
  limits: ArchiveLimits,
  options: { readonly archive: string; readonly signal?: AbortSignal | undefined },
): Promise<number> =>
  runOrder(pool, options.signal, {
    archive: options.archive,
    folder: '',
    outsideLinks: 'keep',
    limits,
    write: false,
    shared: newShared(),
  });

async function runOrder(pool: Pool, signal: AbortSignal | undefined, order: UnpackOrder): Promise<number> {
  const stop = () => requestStop(order.shared);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const small = await isSmallFile(order.archive);
    const report = await pool.run('unpackPrepare', order, { here: small });
    const here = small && report.count <= hereEntries && report.totalBytes <= hereBytes;
    const shares = here ? 1 : sharesFor(order, report, pool.width);
    const results = await Promise.allSettled(
      Array.from({ length: shares }, () => pool.run('unpackShare', order, { here })),
    );
    signal?.throwIfAborted();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    if (order.write) await pool.run('unpackFinish', order, { here });
    return report.count;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Files are made faster by several threads; what is only read and checked is done by one before another has started. */
function sharesFor({ write }: UnpackOrder, { groups, totalBytes }: UnpackReport, width: number): number {
  const worthwhile = write ? groups : Math.min(groups, totalBytes / shareBytes);
  return Math.max(1, Math.min(width, Math.ceil(worthwhile)));
}

async function isSmallFile(path: string): Promise<boolean> {
  const file = await openOrRefuse(path);
  try {
    return (await file.stat()).size <= hereBytes / 4;
  } finally {
    await file.close();
  }
}

/** By the first bytes, as the official runner tells them (spec/job-lifecycle.md 7.2). */
export async function formatOf(path: string): Promise<'zip' | 'gzip' | 'tarzstd'> {
  const file = await openOrRefuse(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead >= 4 && buffer.readUInt32BE(0) === 0x28b5_2ffd) return 'tarzstd';
    if (bytesRead >= 2 && buffer.readUInt16BE(0) === 0x1f8b) return 'gzip';
    return 'zip';
  } finally {
    await file.close();
  }
}

async function openOrRefuse(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw damaged(`the archive ${path} cannot be opened`, error);
  }
}
