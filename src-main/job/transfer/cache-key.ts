import { createHash } from 'node:crypto';
import { posix } from 'node:path';

/** A cache key as people see it, as files are named by it, and under the other naming scheme (spec/job-lifecycle.md 8.1). */
export interface CacheKey {
  readonly shown: string;
  readonly name: string;
  readonly alternate: string;
  /** Said before the cache is looked at, in yellow. */
  readonly remark?: string;
}

/** Without a name when nothing is left of the key; then with a remark unless there was nothing to begin with. */
export function cacheKey(raw: string, hashed: boolean): CacheKey | { readonly name: ''; readonly remark?: string } {
  if (raw === '') return { name: '' };
  const clean = sanitizeKey(raw);
  const hash = createHash('sha256').update(raw).digest('hex');
  if (hashed) return { shown: raw, name: hash, alternate: clean };
  if (clean === '') return { name: '', remark: `cache key "${raw}" could not be sanitized` };
  const remark = clean === raw ? {} : { remark: `cache key "${raw}" sanitized to "${clean}"` };
  return { shown: clean, name: clean, alternate: hash, ...remark };
}

/** `%2f`, `%2e` and `\` decoded, `..` held under a virtual root, white space cut from the end of the last segments. */
export function sanitizeKey(raw: string): string {
  const decoded = raw.replace(/%2f/gi, '/').replace(/%2e/gi, '.').replaceAll('\\', '/');
  const segments = posix
    .normalize(`/${decoded}`)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..');
  for (let last = segments.pop(); last !== undefined; last = segments.pop()) {
    const trimmed = last.trimEnd();
    // What is cut may leave a name that means something else.
    if (trimmed === '' || trimmed === '.' || trimmed === '..') continue;
    segments.push(trimmed);
    break;
  }
  return segments.join('/');
}

/** The key of a cache without `key`: job name and ref. */
export const defaultKey = (jobName: string, ref: string): string => posix.join(jobName, ref);

/** Whether CACHE_FALLBACK_KEY may be used: caches of protected branches are not for everybody. */
export const isProtectedKey = (key: string): boolean => /-protected$/.test(key.replace(/[.\s]+$/, ''));
