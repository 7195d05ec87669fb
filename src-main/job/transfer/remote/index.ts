import { HarrierError } from '../../../../src-shared/errors.ts';
import type { CacheSettings } from '../settings.ts';
import type { RemoteCache, RemoteDeps } from './types.ts';

/** The adapter of `[runners.cache]`, loaded only when it is used; undefined: caches stay on this machine. */
export async function openRemote(
  settings: CacheSettings | undefined,
  deps: RemoteDeps,
): Promise<RemoteCache | undefined> {
  if (!settings || settings.Type === '') return undefined;
  switch (settings.Type.toLowerCase()) {
    case 's3':
      return (await import('./s3.ts')).createS3(required(settings.s3, 's3'), deps);
    case 'gcs':
      return (await import('./gcs.ts')).createGcs(required(settings.gcs, 'gcs'), deps);
    case 'azure':
      return (await import('./azure.ts')).createAzure(required(settings.azure, 'azure'), deps);
    default:
      throw new HarrierError('CACHE_UNAVAILABLE', `factory for cache adapter "${settings.Type}" was not registered`);
  }
}

function required<Section>(section: Section | null | undefined, name: string): Section {
  if (section) return section;
  throw new HarrierError(
    'CACHE_UNAVAILABLE',
    `[runners.cache] has Type "${name}", but [runners.cache.${name}] is missing`,
  );
}

/** `[<Path>/][runner/<short token>/]project/<id>/<key>`; hashed keys below their first two digits (spec/job-lifecycle.md 8.6). */
export function objectName(
  settings: CacheSettings,
  place: { readonly shortToken: string; readonly projectId: number; readonly key: string; readonly hashed: boolean },
): string {
  const key = place.hashed ? `${place.key.slice(0, 2)}/${place.key}` : place.key;
  return [
    settings.Path.replace(/^\/+|\/+$/g, ''),
    settings.Shared ? '' : `runner/${place.shortToken}`,
    `project/${place.projectId}`,
    key,
  ]
    .filter((part) => part !== '')
    .join('/');
}
