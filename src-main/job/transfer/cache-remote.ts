import { messageOf } from '../../../src-shared/errors.ts';
import type { CacheKey } from './cache-key.ts';
import { numberOf } from './levels.ts';
import { helperLine } from './lines.ts';
import {
  type Downloaded,
  download,
  modifiedAt,
  PassingFailure,
  shownUrl,
  type TransferTimes,
  upload,
} from './remote/http.ts';
import { objectName, openRemote } from './remote/index.ts';
import { cacheSettings } from './settings.ts';
import type { TransferContext } from './types.ts';

/** The shared cache as the stages use it; undefined when there is none. */
export interface SharedCache {
  download(key: CacheKey, target: string, haveMs: number | undefined): Promise<Downloaded>;
  exists(key: CacheKey): Promise<boolean>;
  upload(key: CacheKey, source: string): Promise<void>;
  readonly maxBytes: number;
}

const tries = 3;
const waitMs = 1000;

/** Configuration that cannot work is said in the application log; the job goes on with the local cache. */
export async function openShared(context: TransferContext): Promise<SharedCache | undefined> {
  const settings = cacheSettings(context.runner);
  if (!settings) return undefined;
  const timeoutSeconds = context.payload.runner_info.timeout;
  try {
    const remote = await openRemote(settings, {
      now: () => context.clock.now(),
      env: process.env,
      expiresSeconds: timeoutSeconds > 0 ? timeoutSeconds : 7200,
      signal: context.signal,
    });
    if (!remote) return undefined;
    const hashed = context.flag('FF_HASH_CACHE_KEYS');
    const objectOf = (name: string, isHash: boolean) =>
      objectName(settings, {
        shortToken: context.shortToken,
        projectId: context.payload.job_info.project_id,
        key: name,
        hashed: isHash,
      });
    const times: TransferTimes = {
      signal: context.signal,
      timeoutMs: numberOf(context, 'CACHE_REQUEST_TIMEOUT', 10) * 60_000,
    };
    const shared: SharedCache = {
      maxBytes: settings.MaxUploadedArchiveSize,
      async download(key, target, haveMs) {
        const load = async (name: string, isHash: boolean) => {
          const signed = await remote.sign('GET', objectOf(name, isHash));
          const begin = (etag: string | undefined) =>
            context.printHelper(helperLine('info', `Downloading cache from ${shownUrl(signed.url)}`, { etag }));
          return await download(signed, target, { ...times, haveMs, begin });
        };
        const found = await retried(context, () => load(key.name, hashed));
        // Made under the other naming scheme (FF_HASH_CACHE_KEYS switched since).
        if (found.kind !== 'missing' || key.alternate === '') return found;
        return await retried(context, () => load(key.alternate, !hashed));
      },
      exists: async (key) =>
        (await retried(context, async () =>
          modifiedAt(await remote.sign('HEAD', objectOf(key.name, hashed)), times),
        )) !== undefined,
      upload: (key, source) =>
        retried(context, async () => {
          const facts = { cacheKey: key.shown, maxBytes: settings.MaxUploadedArchiveSize };
          const signed = await remote.signUpload(objectOf(key.name, hashed), facts);
          context.printHelper(helperLine('info', `Uploading cache.zip to ${shownUrl(signed.url)}`));
          await upload(signed, source, times);
        }),
    };
    return shared;
  } catch (error) {
    context.log.error('the shared cache cannot be used', { error: messageOf(error) });
    return undefined;
  }
}

async function retried<Result>(context: TransferContext, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof PassingFailure) || attempt >= tries) throw error;
      context.printHelper(helperLine('warning', 'Retrying...', { error: error.message }));
      await context.clock.sleep(waitMs, context.signal);
    }
  }
}
