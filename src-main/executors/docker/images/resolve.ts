import { isImageId, parseReference, withDefaultTag } from '../../../../src-shared/docker/reference.ts';
import { HarrierError, messageOf } from '../../../../src-shared/errors.ts';
import type { BuildLog } from '../../../base/build-log.ts';
import type { Clock } from '../../../base/clock.ts';
import { JobFailure } from '../../types.ts';
import { type Engine, EngineError, type ImageFacts } from '../engine/types.ts';
import { configurationError, type DockerSettings } from '../settings.ts';
import { pullFailureReason } from './classify.ts';
import type { FindCredentials } from './credentials/find.ts';
import { choosePolicies, listed } from './policy.ts';
import { createProgress } from './progress.ts';

export interface ImageDeps {
  readonly engine: Engine;
  readonly settings: DockerSettings;
  readonly log: BuildLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly credentials: FindCredentials;
  readonly onDetail?: ((key: string, value: string) => void) | undefined;
}
export interface WantedImage {
  readonly name: string;
  readonly policies?: readonly string[];
  readonly platform?: string;
}
export interface ResolvedImage extends ImageFacts {
  readonly name: string;
  /** What a container is created from: the digest of the registry, else the id. */
  readonly reference: string;
}

const pulls = 3;
const shortestPauseMs = 2000;

/** Finds or pulls images and says so in the log. An image that was used in this job before is not asked for again. */
export function createImages(deps: ImageDeps): (wanted: WantedImage) => Promise<ResolvedImage> {
  const used = new Map<string, ResolvedImage>();
  return async (wanted) => {
    const key = `${wanted.name}\n${wanted.platform ?? ''}`;
    const image = used.get(key) ?? (await resolve(deps, wanted));
    used.set(key, image);
    sayUsing(deps.log, image);
    return image;
  };
}

export const sayUsing = (log: BuildLog, image: ResolvedImage): void => {
  const digest = image.digests[0];
  log.plain(
    `Using docker image ${image.id} for ${image.name}${digest === undefined ? '' : ` with digest ${digest}`} ...`,
  );
};

async function resolve(deps: ImageDeps, wanted: WantedImage): Promise<ResolvedImage> {
  const { engine, settings, log } = deps;
  const { name } = wanted;
  if (!isImageId(name) && parseReference(name) === undefined)
    throw configurationError(`invalid reference format: "${name}" is not a name of an image`);
  const { effective, narrowed } = choosePolicies(name, wanted.policies ?? [], settings);
  if (narrowed) log.plain(`Using effective pull policy of ${listed(effective)} for container ${name}`);
  let last: unknown;
  for (const [index, policy] of effective.entries()) {
    if (index > 0) log.plain(`Attempt #${index + 1}: Trying "${policy}" pull policy`);
    try {
      const present = policy === 'always' && !isImageId(name) ? undefined : await engine.inspectImage(name);
      if (present !== undefined && fits(present, wanted.platform)) {
        if (policy === 'if-not-present' && !isImageId(name))
          log.plain('Using locally found image version due to "if-not-present" pull policy');
        return resolved(name, present);
      }
      if (policy === 'never' || isImageId(name)) throw new Error(`Error response from daemon: No such image: ${name}`);
      return await pull(deps, wanted);
    } catch (error) {
      if (deps.signal.aborted || error instanceof HarrierError) throw error;
      if (error instanceof EngineError && error.status === undefined) throw error;
      log.warning(`Failed to pull image with policy "${policy}": ${messageOf(error)}`);
      last = error;
    }
  }
  const message = `failed to pull image "${name}" with specified policies ${listed(effective)}: ${messageOf(last)}`;
  throw new JobFailure(pullFailureReason(messageOf(last)), message, { cause: last });
}

async function pull(deps: ImageDeps, { name, platform }: WantedImage): Promise<ResolvedImage> {
  const { engine, log, clock, signal } = deps;
  const found = await deps.credentials(name);
  if (found !== undefined) log.plain(`Authenticating with credentials from ${found.source}`);
  const whole = platform === undefined || platform.includes('/') ? platform : `linux/${platform}`;
  for (let attempt = 1; ; attempt += 1) {
    log.plain(`Pulling docker image ${name}${whole === undefined ? '' : ` for platform ${whole}`} ...`);
    try {
      await engine.pullImage(withDefaultTag(name), {
        ...(whole === undefined ? {} : { platform: whole }),
        ...(found === undefined ? {} : { auth: found.auth }),
        signal,
        onProgress: createProgress({ log, clock, onDetail: deps.onDetail }),
      });
      break;
    } catch (error) {
      const passing = pullFailureReason(messageOf(error)) === 'runner_external_dependency_failure';
      if (signal.aborted || !passing || attempt >= pulls) throw error;
      log.warning(`Failed to pull image "${name}" (attempt #${attempt}), retrying: ${messageOf(error)}`);
      await clock.sleep(shortestPauseMs * 2 ** (attempt - 1), signal);
    }
  }
  deps.onDetail?.('pull', '');
  const image = await engine.inspectImage(name);
  if (image === undefined) throw new Error(`Error response from daemon: No such image: ${name}`);
  return resolved(name, image);
}

const resolved = (name: string, image: ImageFacts): ResolvedImage => ({
  ...image,
  name,
  reference: image.digests[0] ?? image.id,
});

/** A local image of another platform is as good as none. */
const fits = (image: ImageFacts, platform: string | undefined): boolean => {
  if (platform === undefined || platform === '') return true;
  const [os, architecture] = platform.includes('/') ? platform.split('/') : ['linux', platform];
  return image.os === os && image.architecture === architecture;
};
