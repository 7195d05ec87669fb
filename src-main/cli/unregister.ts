import { isAuthenticationToken } from '../app/registration.ts';
import { createRunnerClient } from '../app/runner-client.ts';
import { systemClock } from '../base/clock.ts';
import type { Parsed } from '../base/flags.ts';
import type { Logger } from '../base/logger.ts';
import { editConfig, readSystemId } from '../config/index.ts';
import { configPathOf, logOf } from './context.ts';
import { removeChosen } from './remove.ts';
import { type Chosen, chooseRunners, fieldsOf } from './runners.ts';

/**
 * `harrier unregister`: what GitLab took away leaves the file, the rest stays and is told. Of a `glrt-` runner only this
 * machine is taken away.
 */
export async function unregister(input: Parsed): Promise<number> {
  const log = logOf(input);
  const path = configPathOf(input);
  const all = input.boolean('all-runners') === true;
  const chosen = await chooseRunners(path, input, all ? 'all' : 'refuse');
  const systemId = await readSystemId(path);
  const gone: Chosen[] = [];
  for (const each of chosen) if (await take(each, path, systemId, log)) gone.push(each);
  if (gone.length > 0) {
    await editConfig(path, removeChosen(gone));
    log.info('Updated', { ConfigFile: path, removed: gone.length });
  }
  return gone.length === chosen.length ? 0 : 1;
}

async function take(each: Chosen, path: string, systemId: string, log: Logger): Promise<boolean> {
  const client = createRunnerClient(each.runner, path, each.config, { clock: systemClock, log });
  try {
    const token = each.runner.token ?? '';
    const byMachine = isAuthenticationToken(token);
    const what = byMachine ? 'Unregistering runner manager from GitLab' : 'Unregistering runner from GitLab';
    const answer = byMachine ? await client.unregisterManager(token, systemId) : await client.unregisterRunner(token);
    if (answer.ok) log.info(`${what} succeeded`, fieldsOf(each));
    else log.error(`${what} failed; the entry stays in the file`, { ...fieldsOf(each), status: answer.message });
    return answer.ok;
  } finally {
    await client.close();
  }
}
