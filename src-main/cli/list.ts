import type { Parsed } from '../base/flags.ts';
import { configPathOf, logOf } from './context.ts';
import { chooseRunners, tokenTail } from './runners.ts';

/** `harrier list`: one line an entry, as the official runner logs it; of tokens the last characters only. */
export async function list(input: Parsed): Promise<number> {
  const log = logOf(input);
  const path = configPathOf(input);
  log.info('Listing configured runners', { ConfigFile: path });
  for (const { runner } of await chooseRunners(path, input, 'all'))
    log.info(runner.name ?? '', {
      Executor: runner.executor ?? '',
      Token: tokenTail(runner.token),
      URL: runner.url ?? '',
    });
  return 0;
}
