import type { PrepareRequest } from '../../types.ts';
import { configurationError, type DockerSettings } from '../settings.ts';

/** Who runs the build container: the config's user, else the job's, as far as it is allowed. Undefined: the image's. */
export function chooseUser(
  { job }: Pick<PrepareRequest, 'job'>,
  settings: DockerSettings,
  expand: (text: string) => string,
): string | undefined {
  const asked = job.image?.executor_opts?.docker?.user;
  const user = settings.user || (asked === null || asked === undefined ? '' : expand(String(asked)));
  if (user === '') return undefined;
  const allowed = settings.allowed_users.length > 0 ? settings.allowed_users : settings.user ? [settings.user] : [];
  if (allowed.length > 0 && !allowed.includes(user))
    throw configurationError(`user "${user}" is not an allowed user: [${allowed.join(' ')}]`);
  return user;
}
