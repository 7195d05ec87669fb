import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../../src-shared/errors.ts';
import type { JobCache } from '../../../src-shared/payload.ts';
import { hasZstd } from '../../archive/index.ts';
import type { ArchiveFormat, Selection } from '../../archive/types.ts';
import { type Area, createArea } from './area.ts';
import type { CacheKey } from './cache-key.ts';
import { entriesDigest, readMetadata, writeMetadata } from './cache-metadata.ts';
import { openShared, type SharedCache } from './cache-remote.ts';
import { allows, archivePath, isCache, metadataPath, primaryKey } from './caches.ts';
import { compressionLevel } from './levels.ts';
import { helperLine, notice, printPlatform, yellow } from './lines.ts';
import { fitsOutcome, selectFiles } from './select.ts';
import type { TransferContext } from './types.ts';

/** Caches that want to be kept at this end of the job. */
export const cachesFor = (caches: readonly JobCache[], outcome: 'success' | 'failure'): JobCache[] =>
  caches.filter((cache) => isCache(cache) && fitsOutcome(cache.when, outcome));

/** The whole stage (spec/job-lifecycle.md 8.5). A cache that cannot be made never fails the job. */
export async function archiveCache(context: TransferContext, outcome: 'success' | 'failure'): Promise<void> {
  const area = createArea(context);
  let shared: SharedCache | undefined;
  let opened = false;
  for (const cache of cachesFor(context.payload.cache, outcome)) {
    const key = primaryKey(context, cache);
    if (!key) {
      context.print(notice('Skipping cache archiving due to empty cache key'));
      continue;
    }
    if (!allows(context, cache, 'push')) {
      context.print(notice(`Not uploading cache ${key.shown} due to policy`));
      continue;
    }
    if (!opened) shared = await openShared(context);
    opened = true;
    await saveOne(context, area, shared, cache, key);
  }
}

async function saveOne(
  context: TransferContext,
  area: Area,
  shared: SharedCache | undefined,
  cache: JobCache,
  key: CacheKey,
): Promise<void> {
  context.print(notice(`Creating cache ${key.shown}...`));
  printPlatform(context);
  try {
    const selection = await selectFiles(context, area, cache);
    if (selection.entries.length === 0) context.printHelper(helperLine('warning', 'No files to cache.'));
    else await store(context, area, shared, key, selection);
    context.print(notice('Created cache'));
  } catch (error) {
    context.signal.throwIfAborted();
    context.printHelper(helperLine('fatal', messageOf(error)));
    context.print(yellow('Failed to create cache'));
  }
}

async function store(
  context: TransferContext,
  area: Area,
  shared: SharedCache | undefined,
  key: CacheKey,
  selection: Selection,
): Promise<void> {
  const path = archivePath(context, key.name);
  await takeAlternate(context, area, key, path);
  const fresh = await isFresh(area, path, selection);
  if (fresh) {
    if (!shared) return context.printHelper(helperLine('info', 'Archive is up to date!'));
    if (await shared.exists(key))
      return context.printHelper(helperLine('info', 'Primary cache already exists remotely, skipping upload'));
    context.printHelper(helperLine('info', 'Primary cache does not exist remotely, uploading existing archive'));
    return await share(context, area, shared, key, path);
  }
  const draft = await area.cache.draft(path);
  try {
    await pack(context, area, selection, draft);
    const { size } = await stat(draft);
    context.onDetail('cacheBytes', String(size));
    // Uploaded from where it was made; elsewhere it would have to come back first.
    const send = async () => {
      if (shared) await shareFile(context, shared, key, draft, size);
      else
        context.printHelper(
          helperLine(
            'info',
            'No URL provided, cache will not be uploaded to shared cache server. Cache will be stored only locally.',
          ),
        );
    };
    let failure: unknown;
    await send().catch((error: unknown) => {
      failure = error;
    });
    context.signal.throwIfAborted();
    await area.cache.commit(draft, path);
    await writeMetadata(area, path, { cachekey: key.shown, entries: entriesDigest(selection.entries) });
    if (failure !== undefined) throw failure;
  } finally {
    await rm(draft, { force: true });
  }
}

async function pack(context: TransferContext, area: Area, selection: Selection, draft: string): Promise<void> {
  const level = compressionLevel(context, 'CACHE_COMPRESSION_LEVEL');
  const output = createWriteStream(draft, { mode: 0o600, highWaterMark: 4 * 1024 * 1024 });
  await pipeline(area.pack(cacheFormat(context), selection, level), output, { signal: context.signal });
}

/** CACHE_COMPRESSION_FORMAT; anything unknown is zip, and so is what this Node cannot make. */
function cacheFormat(context: TransferContext): ArchiveFormat {
  const wanted = (context.variable('CACHE_COMPRESSION_FORMAT') ?? '').toLowerCase();
  if (wanted !== 'tarzstd' && wanted !== 'zipzstd') return 'zip';
  if (hasZstd) return wanted;
  context.printHelper(
    helperLine('warning', `compression format "${wanted}" needs Node 22.15 or newer, falling back to zip`),
  );
  return 'zip';
}

/** Nothing changed: no entry is newer than the archive, and none came or went. */
async function isFresh(area: Area, path: string, selection: Selection): Promise<boolean> {
  const archivedMs = await area.cache.mtimeMs(path);
  if (archivedMs === undefined || selection.entries.some(({ mtimeMs }) => mtimeMs > archivedMs)) return false;
  return (await readMetadata(area, path))['entries'] === entriesDigest(selection.entries);
}

/** The archive of the other naming scheme (FF_HASH_CACHE_KEYS switched since) moves to its new place. */
async function takeAlternate(context: TransferContext, area: Area, key: CacheKey, path: string): Promise<void> {
  if (key.alternate === '' || (await area.cache.mtimeMs(path)) !== undefined) return;
  const other = archivePath(context, key.alternate);
  if ((await area.cache.mtimeMs(other)) === undefined) return;
  await area.cache.move(other, path);
  await area.cache.move(metadataPath(other), metadataPath(path)).catch(() => {});
}

async function share(
  context: TransferContext,
  area: Area,
  shared: SharedCache,
  key: CacheKey,
  path: string,
): Promise<void> {
  const archive = await area.cache.fetch(path);
  try {
    await shareFile(context, shared, key, archive.path, (await stat(archive.path)).size);
  } finally {
    await archive.remove();
  }
}

async function shareFile(
  context: TransferContext,
  shared: SharedCache,
  key: CacheKey,
  file: string,
  size: number,
): Promise<void> {
  if (shared.maxBytes > 0 && size > shared.maxBytes)
    return context.printHelper(
      helperLine(
        'info',
        `Cache archive size (${size}) is too big (Limit is set to ${shared.maxBytes}). Cache will be stored only locally.`,
      ),
    );
  context.printHelper(helperLine('info', 'Using presigned URL for cache upload'));
  await shared.upload(key, file);
}
