import { HarrierError } from '../../src-shared/errors.ts';
import { renewToken } from '../app/renew-token.ts';
import type { Parsed } from '../base/flags.ts';
import type { Logger } from '../base/logger.ts';
import { configPathOf, logOf } from './context.ts';
import { type Chosen, chooseRunners, fieldsOf } from './runners.ts';

/**
 * `harrier reset-token`: a new authentication token from GitLab into the file. Each one is saved before the next is
 * asked for, since the old token is dead from that moment.
 */
export async function resetToken(input: Parsed): Promise<number> {
  const log = logOf(input);
  const path = configPathOf(input);
  const id = input.integer('id');
  const all = input.boolean('all-runners') === true || id !== undefined;
  const chosen = (await chooseRunners(path, input, all ? 'all' : 'refuse')).filter(
    ({ runner }) => id === undefined || runner.id === id,
  );
  if (chosen.length === 0) throw new HarrierError('RUNNER_UNKNOWN', `no such runner in ${path}`);
  let failed = 0;
  for (const each of chosen) if (!(await renew(each, path, input.text('pat'), log))) failed += 1;
  return failed === 0 ? 0 : 1;
}

async function renew(each: Chosen, path: string, personalToken: string | undefined, log: Logger): Promise<boolean> {
  try {
    await renewToken(each, path, personalToken, log);
  } catch (error) {
    // A file that cannot be written concerns every runner; what GitLab refuses concerns this one.
    if (!(error instanceof HarrierError) || error.code.startsWith('CONFIG_')) throw error;
    log.error(`Resetting runner token... failed: ${error.message}`, fieldsOf(each));
    return false;
  }
  log.info('Resetting runner token... succeeded', fieldsOf(each));
  return true;
}
