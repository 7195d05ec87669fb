import type { BuildLog } from '../../base/build-log.ts';
import { JobFailure } from '../types.ts';

/**
 * The machine that is copied for a job: `image:` of the job where `allowed_images` (Go regular expressions, not
 * anchored) lets it, else the configured one (spec/executors.md 4.3).
 */
export function chooseBase(
  image: string,
  { base, allowed, log }: { readonly base: string; readonly allowed: readonly string[]; readonly log: BuildLog },
): string {
  const patterns = allowed.map(compile);
  if (image === '' || image === base) return base;
  if (patterns.length === 0) {
    log.warning(`No allowed_images configuration found for "${image}", using image "${base}"`);
    return base;
  }
  if (patterns.some((pattern) => pattern.test(image))) return image;
  log.plain('');
  log.error(`The "${image}" image is not present on list of allowed images:`);
  for (const pattern of allowed) log.plain(`- ${pattern}`);
  log.plain('');
  throw new JobFailure('runner_system_failure', 'invalid image');
}

/** Go allows flags at the beginning of a pattern. */
const compile = (text: string): RegExp => {
  const [, flags = '', pattern = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(text) ?? [];
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    throw new JobFailure('runner_configuration_error', `invalid regexp pattern in allowed_images parameter: ${text}`, {
      cause: error,
    });
  }
};
