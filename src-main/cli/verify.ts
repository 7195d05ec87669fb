import { createRunnerClient, runnerInfoOf } from '../app/runner-client.ts';
import { systemClock } from '../base/clock.ts';
import type { Parsed } from '../base/flags.ts';
import type { Logger } from '../base/logger.ts';
import { editConfig, readSystemId } from '../config/index.ts';
import { configPathOf, logOf } from './context.ts';
import { removeChosen } from './remove.ts';
import { type Chosen, chooseRunners, fieldsOf } from './runners.ts';

/** `harrier verify`: 1 when GitLab refuses a runner, unless `--delete` took it out of the file. */
export async function verify(input: Parsed): Promise<number> {
  const log = logOf(input);
  const path = configPathOf(input);
  const chosen = await chooseRunners(path, input, 'all');
  const systemId = await readSystemId(path);
  const dead: Chosen[] = [];
  for (const each of chosen) if (!(await isKnown(each, path, systemId, log))) dead.push(each);
  if (dead.length === 0) return 0;
  if (input.boolean('delete') !== true) {
    log.log('fatal', 'Failed to verify runners');
    return 1;
  }
  await editConfig(path, removeChosen(dead));
  log.info('Updated', { ConfigFile: path, removed: dead.length });
  return 0;
}

/** False only for a clear refusal: a server that is away proves nothing. */
async function isKnown(each: Chosen, path: string, systemId: string, log: Logger): Promise<boolean> {
  const { runner, config } = each;
  const client = createRunnerClient(runner, path, config, { clock: systemClock, log });
  try {
    const answer = await client.verifyRunner({ token: runner.token ?? '', systemId, info: runnerInfoOf(runner) });
    if (answer.ok) {
      log.info('Verifying runner... is valid', fieldsOf(each));
      return true;
    }
    const refused = answer.kind === 'refused';
    log.error(refused ? 'Verifying runner... is removed' : 'Verifying runner... failed', {
      ...fieldsOf(each),
      status: answer.message,
    });
    return !refused;
  } finally {
    await client.close();
  }
}
