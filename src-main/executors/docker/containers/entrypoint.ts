import type { PrepareRequest } from '../../types.ts';
import type { DockerSettings } from '../settings.ts';

/** The job's entrypoint in place of the image's; undefined: the image's own. `['']` takes it away. */
export const chosenEntrypoint = (
  { job, log }: Pick<PrepareRequest, 'job' | 'log'>,
  settings: DockerSettings,
): readonly string[] | undefined => {
  const asked = job.image?.entrypoint ?? [];
  if (asked.length === 0) return undefined;
  if (!settings.disable_entrypoint_overwrite) return asked;
  log.warning('Entrypoint override disabled');
  return undefined;
};
