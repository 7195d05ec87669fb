import { HarrierError } from '../../../../src-shared/errors.ts';
import { compileGlob } from '../../../archive/index.ts';
import type { BuildLog } from '../../../base/build-log.ts';

/**
 * Refuses an image that is on no allow list (spec/executors.md 2.8). An empty list allows all, `own` (the default of the
 * config) is always allowed. One try: another one could not end differently.
 */
export function checkAllowed(
  image: string,
  {
    kind,
    patterns,
    own,
    log,
  }: { kind: 'images' | 'services'; patterns: readonly string[]; own?: string; log: BuildLog },
): void {
  if (patterns.length === 0 || image === own || patterns.some((pattern) => compileGlob(pattern)?.matches(image)))
    return;
  const what = kind === 'images' ? 'image' : 'service';
  log.plain('');
  log.error(`The "${image}" image is not present on list of allowed ${kind}:`);
  for (const pattern of patterns) log.plain(`- ${pattern}`);
  log.plain('');
  log.plain(
    `Please check runner's allowed_${kind} configuration: https://docs.gitlab.com/runner/configuration/advanced-configuration/`,
  );
  throw new HarrierError('EXECUTOR_PREPARE', `disallowed ${what}`);
}
