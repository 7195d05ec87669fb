import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { editConfig, setRunnerKeys } from '../config/index.ts';
import type { SharedSettings } from './connection.ts';
import { expiryOf, registrationError } from './registration.ts';
import { createRunnerClient } from './runner-client.ts';

/**
 * A new authentication token from GitLab into the file; answers it. The old one is dead from that moment, so the folder
 * is looked at first. A personal token helps where the runner's own has expired.
 */
export async function renewToken(
  { runner, index, config }: { readonly runner: RunnerConfig; readonly index: number; readonly config: SharedSettings },
  path: string,
  personalToken: string | undefined,
  log: Logger,
): Promise<string> {
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw new HarrierError('CONFIG_WRITE_FAILED', `${dirname(path)} is not writable, so no new token is asked for`, {
      cause: error,
    });
  });
  const client = createRunnerClient(runner, path, config, { clock: systemClock, log });
  try {
    const answer = personalToken
      ? await client.resetTokenWithPersonalToken(runner.id ?? 0, personalToken)
      : await client.resetToken(runner.token ?? '');
    if (!answer.ok) throw registrationError(answer, runner.url ?? '', personalToken ? 'personal' : 'runner');
    await editConfig(
      path,
      setRunnerKeys(index, {
        token: answer.token,
        token_obtained_at: new Date(Math.floor(systemClock.now() / 1000) * 1000),
        token_expires_at: expiryOf(answer.expiresAt),
      }),
    );
    return answer.token;
  } finally {
    await client.close();
  }
}
