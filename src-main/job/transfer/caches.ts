import type { JobCache } from '../../../src-shared/payload.ts';
import { JobFailure } from '../../executors/types.ts';
import { type CacheKey, cacheKey, defaultKey, isProtectedKey } from './cache-key.ts';
import { yellow } from './lines.ts';
import type { TransferContext } from './types.ts';

/** A cache without files to keep is no cache. */
export const isCache = ({ paths, untracked }: JobCache): boolean => paths.length > 0 || untracked;

/** The key of a cache; says what was made of it. Undefined: nothing is left of it. */
export function primaryKey(context: TransferContext, cache: JobCache): CacheKey | undefined {
  const { job_info, git_info } = context.payload;
  const raw = cache.key === '' ? defaultKey(job_info.name, git_info.ref) : context.expand(cache.key);
  return sayKey(context, raw);
}

/** What is tried when the primary key has nothing: `fallback_keys`, then CACHE_FALLBACK_KEY. */
export function fallbackKeys(context: TransferContext, cache: JobCache): CacheKey[] {
  const keys = cache.fallback_keys.map((key) => context.expand(key));
  const last = context.variable('CACHE_FALLBACK_KEY') ?? '';
  if (last !== '') {
    if (isProtectedKey(last)) context.print(yellow(`CACHE_FALLBACK_KEY "${last}" not allowed to end in "-protected"`));
    else keys.push(last);
  }
  return keys.flatMap((key) => {
    const found = key === '' ? undefined : sayKey(context, key);
    return found ? [found] : [];
  });
}

function sayKey(context: TransferContext, raw: string): CacheKey | undefined {
  const found = cacheKey(raw, context.flag('FF_HASH_CACHE_KEYS'));
  if (found.remark !== undefined) context.print(yellow(found.remark));
  return 'shown' in found ? found : undefined;
}

/** Whether the policy (variables allowed) lets this cache go that way. An unknown one fails the stage. */
export function allows(context: TransferContext, cache: JobCache, way: 'pull' | 'push', shownKey: string): boolean {
  const policy = context.expand(cache.policy);
  if (policy === '' || policy === 'pull-push') return true;
  if (policy === 'pull' || policy === 'push') return policy === way;
  throw new JobFailure('runner_system_failure', `unknown cache policy ${policy} for ${shownKey}`);
}

/** Where the archive of a key lies in the cache directory of the project. */
export const archivePath = (context: TransferContext, name: string): string =>
  `${context.directories.cache}/${name}/cache.zip`;
export const metadataPath = (archive: string): string => archive.replace(/[^/]*$/, 'metadata.json');
