import { HarrierError } from '../../src-shared/errors.ts';
import { expiryOf, registrationError } from '../app/registration.ts';
import { createRunnerClient } from '../app/runner-client.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { editConfig, setRunnerKeys } from '../config/index.ts';
import { configPathOf, logOf } from './context.ts';
import type { Parsed } from './flags.ts';
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
  const { runner, index } = each;
  const client = createRunnerClient(runner, path, { clock: systemClock, log });
  try {
    const answer = personalToken
      ? await client.resetTokenWithPersonalToken(runner.id ?? 0, personalToken)
      : await client.resetToken(runner.token ?? '');
    if (!answer.ok) {
      log.error(
        `Resetting runner token... failed: ${registrationError(answer, runner.url ?? '').message}`,
        fieldsOf(each),
      );
      return false;
    }
    await editConfig(
      path,
      setRunnerKeys(index, {
        token: answer.token,
        token_obtained_at: new Date(Math.floor(systemClock.now() / 1000) * 1000),
        token_expires_at: expiryOf(answer.expiresAt),
      }),
    );
    log.info('Resetting runner token... succeeded', fieldsOf(each));
    return true;
  } finally {
    await client.close();
  }
}
