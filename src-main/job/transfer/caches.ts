import type { JobCache, JobPayload } from '../../../src-shared/payload.ts';
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

const policies: readonly string[] = ['', 'pull-push', 'pull', 'push'];

/** Throws for the first policy (variables allowed) that nobody knows. */
export function refuseUnknownPolicies(
  { cache, job_info, git_info }: JobPayload,
  { expand, flag }: Pick<TransferContext, 'expand' | 'flag'>,
): void {
  for (const { key, policy } of cache.filter(isCache)) {
    const raw = key === '' ? defaultKey(job_info.name, git_info.ref) : expand(key);
    const found = cacheKey(raw, flag('FF_HASH_CACHE_KEYS'));
    if ('shown' in found && !policies.includes(expand(policy)))
      throw new JobFailure('runner_system_failure', `unknown cache policy ${expand(policy)} for ${found.shown}`);
  }
}

/** Whether the policy lets this cache go that way. */
export function allows(context: TransferContext, cache: JobCache, way: 'pull' | 'push'): boolean {
  const policy = context.expand(cache.policy);
  return policy === '' || policy === 'pull-push' || policy === way;
}

/** Where the archive of a key lies in the cache directory of the project. */
export const archivePath = (context: TransferContext, name: string): string =>
  `${context.directories.cache}/${name}/cache.zip`;
export const metadataPath = (archive: string): string => archive.replace(/[^/]*$/, 'metadata.json');
