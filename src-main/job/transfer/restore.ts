import { rm, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { messageOf } from '../../../src-shared/errors.ts';
import type { JobCache } from '../../../src-shared/payload.ts';
import { type Area, createArea } from './area.ts';
import type { CacheKey } from './cache-key.ts';
import { entriesDigest, writeMetadata } from './cache-metadata.ts';
import { openShared, type SharedCache } from './cache-remote.ts';
import { allows, archivePath, fallbackKeys, isCache, primaryKey } from './caches.ts';
import { expandOrKeep } from './levels.ts';
import { helperLine, notice, plain, printPlatform, yellow } from './lines.ts';
import { outsideLinksFor } from './settings.ts';
import type { TransferContext } from './types.ts';

/** The whole stage (spec/job-lifecycle.md 8.4). A cache that cannot be had never fails the job. */
export async function restoreCache(context: TransferContext): Promise<void> {
  const area = createArea(context);
  const shared = await openShared(context);
  for (const cache of context.payload.cache.filter(isCache)) {
    const key = primaryKey(context, cache);
    if (!key) {
      context.print(notice('Skipping cache extraction due to empty cache key'));
      continue;
    }
    if (!allows(context, cache, 'pull')) {
      context.print(notice(`Not downloading cache ${key.shown} due to policy`));
      continue;
    }
    if (await restoreOne(context, area, shared, cache, key)) continue;
    for (const other of fallbackKeys(context, cache)) if (await restoreOne(context, area, shared, cache, other)) break;
  }
}

async function restoreOne(
  context: TransferContext,
  area: Area,
  shared: SharedCache | undefined,
  cache: JobCache,
  key: CacheKey,
): Promise<boolean> {
  context.print(notice(`Checking cache for ${key.shown}...`));
  printPlatform(context);
  try {
    if (await fetchAndUnpack(context, area, shared, key)) {
      context.print(notice('Successfully extracted cache'));
      return true;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    context.printHelper(helperLine('fatal', messageOf(error)));
  }
  context.print(yellow('Failed to extract cache'));
  if (context.flag('FF_CLEAN_UP_FAILED_CACHE_EXTRACT')) await removePaths(context, area, cache);
  return false;
}

/** False: there is no such cache. */
async function fetchAndUnpack(
  context: TransferContext,
  area: Area,
  shared: SharedCache | undefined,
  key: CacheKey,
): Promise<boolean> {
  const path = archivePath(context, key.name);
  if (!shared) {
    context.printHelper(
      helperLine(
        'info',
        'No URL provided, cache will not be downloaded from shared cache server. Instead a local version of cache will be extracted.',
      ),
    );
  } else if (!(await load(context, area, shared, key, path))) return false;
  const found = await firstThere(area, [path, ...(key.alternate === '' ? [] : [archivePath(context, key.alternate)])]);
  if (found === undefined) {
    context.printHelper(helperLine('warning', 'Cache file does not exist'));
    return false;
  }
  const archive = await area.cache.fetch(found);
  try {
    await area.unpack(archive.path, { outsideLinks: outsideLinksFor(context.runner, 'keep') });
    context.onDetail('cache', key.shown);
    context.onDetail('cacheRestoredBytes', String((await stat(archive.path)).size));
    return true;
  } finally {
    await archive.remove();
  }
}

async function firstThere(area: Area, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if ((await area.cache.mtimeMs(path)) !== undefined) return path;
  return undefined;
}

/** Brings the shared cache to its place on this side, unless what is here is as new. */
async function load(
  context: TransferContext,
  area: Area,
  shared: SharedCache,
  key: CacheKey,
  path: string,
): Promise<boolean> {
  context.printHelper(helperLine('info', 'Using presigned URL for cache download'));
  const draft = await area.cache.draft(path);
  try {
    const loaded = await shared.download(key, draft, await area.cache.mtimeMs(path));
    if (loaded.kind === 'missing') {
      context.printHelper(helperLine('warning', 'file does not exist'));
      return false;
    }
    if (loaded.kind === 'current') {
      context.printHelper(helperLine('info', `${posix.basename(path)} is up to date`));
      return true;
    }
    const entries = entriesDigest(await context.archiver.list({ archive: draft }));
    await area.cache.commit(draft, path, loaded.modifiedMs);
    await writeMetadata(area, path, { cachekey: loaded.metadata['cachekey'] ?? key.shown, entries });
    return true;
  } finally {
    await rm(draft, { force: true });
  }
}

/** What a broken cache may have left; nothing with wildcards, nothing outside of the project. */
async function removePaths(context: TransferContext, area: Area, cache: JobCache): Promise<void> {
  for (const pattern of cache.paths) {
    const path = posix.normalize(expandOrKeep(context, pattern, 'path')).replace(/\/+$/, '');
    if (/[*?[{]/.test(path) || path.startsWith('/') || path === '.' || path === '..' || path.startsWith('../'))
      continue;
    context.print(plain(`Removing ${pattern}`));
    await area.removeInProject(path);
  }
}
