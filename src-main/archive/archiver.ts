import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HarrierError } from '../../src-shared/errors.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { extract, verify } from './extract.ts';
import { codeOf, targetError } from './failures.ts';
import { fromTar } from './from-tar.ts';
import { gzipFiles, refuseOthers } from './gzip-writer.ts';
import { defaultLimits } from './limits.ts';
import { createPool, type Pool } from './pool.ts';
import { selectFrom } from './select.ts';
import { zlibLevels } from './squeeze.ts';
import { packTar } from './tar-files.ts';
import { toTar } from './to-tar.ts';
import { BudgetExceeded, listedTree, localTree } from './tree.ts';
import type { ArchiveLimits, Archiver, Selection, SelectOptions } from './types.ts';
import { zipFiles } from './zip-writer.ts';
import { createZstdCompress, hasZstd } from './zstd.ts';

export interface ArchiverOptions {
  readonly clock?: Clock;
  readonly threads?: number;
  /** The bundled worker; see PoolOptions. */
  readonly workerPath?: string;
  readonly idleMs?: number;
  readonly limits?: Partial<ArchiveLimits>;
}

type WriteOptions = Parameters<Archiver['stream']>[0];
/** A selection that needs no more calls than this is made in the calling thread (a few milliseconds). */
const hereCalls = 500;

export function createArchiver(options: ArchiverOptions = {}): Archiver {
  const pool = createPool({ ...options, clock: options.clock ?? systemClock });
  const limits = { ...defaultLimits, ...options.limits };
  return {
    select: (selectOptions) => select(pool, { mostEntries: limits.maxEntries, ...selectOptions }),
    selectFrom: (list, selectOptions) =>
      selectFrom(listedTree(list), { mostEntries: limits.maxEntries, ...selectOptions }),
    write: (writeOptions) => write(pool, writeOptions),
    stream: (writeOptions) => Readable.from(bytesOf(pool, writeOptions), { objectMode: false, highWaterMark: 1 }),
    extract: async (extractOptions) => ({ entries: await extract(pool, limits, extractOptions) }),
    verify: async (verifyOptions) => ({ entries: await verify(pool, limits, verifyOptions) }),
    list: (listOptions) => pool.run('list', listOptions),
    fromTar: (tarOptions) => fromTar(pool, tarOptions),
    toTar: (tarOptions) => toTar({ outsideLinks: 'refuse', ...tarOptions, limits }),
    close: () => pool.close(),
  };
}

async function select(pool: Pool, options: SelectOptions): Promise<Selection> {
  try {
    return selectFrom(localTree(options.folder, hereCalls), options);
  } catch (error) {
    if (error instanceof BudgetExceeded) return await pool.run('select', options);
    throw error;
  }
}

function bytesOf(pool: Pool, options: WriteOptions): AsyncIterable<Uint8Array> {
  const { format, folder, signal } = options;
  const { entries } = options.selection;
  const level = zlibLevels[options.level];
  switch (format) {
    case 'zip':
      return zipFiles(pool, entries, { folder, level, zstd: false, signal });
    case 'zipzstd':
      requireZstd();
      return zipFiles(pool, entries, { folder, level, zstd: true, signal });
    case 'gzip':
      return gzipFiles(pool, entries, { folder, signal });
    case 'raw':
      return rawBytes(options);
    case 'tarzstd':
      requireZstd();
      return packTar(folder, entries, createZstdCompress(level), signal);
  }
}

async function write(pool: Pool, options: WriteOptions & { readonly output: string }) {
  let sizeBytes = 0;
  async function* counted() {
    for await (const bytes of bytesOf(pool, options)) {
      sizeBytes += bytes.length;
      yield bytes;
    }
  }
  try {
    await pipeline(
      Readable.from(counted(), { objectMode: false, highWaterMark: 1 }),
      createWriteStream(options.output, { mode: 0o600, highWaterMark: 4 * 1024 * 1024 }),
      { signal: options.signal },
    );
  } catch (error) {
    await rm(options.output, { force: true });
    if (options.signal?.aborted) throw options.signal.reason;
    throw codeOf(error)?.startsWith('E') && !(error instanceof HarrierError)
      ? targetError(options.output, error)
      : error;
  }
  return { sizeBytes };
}

function rawBytes(options: WriteOptions): AsyncIterable<Uint8Array> {
  const [only, ...others] = options.selection.entries;
  if (!only || others.length > 0) throw new HarrierError('INPUT_INVALID', 'only one file can be sent as raw');
  refuseOthers([only]);
  return createReadStream(`${options.folder}/${only.path}`, { highWaterMark: 256 * 1024, signal: options.signal });
}

function requireZstd(): void {
  if (!hasZstd)
    throw new HarrierError('NOT_SUPPORTED', 'zstd archives need Node 22.15 or newer (the desktop app has it)');
}
