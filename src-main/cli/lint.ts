import { checkConfig } from '../../src-shared/config/check.ts';
import type { ConfigProblem } from '../../src-shared/config/problem.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import type { Parsed } from '../base/flags.ts';
import { readConfigText } from '../config/index.ts';
import { configPathOf, logOf } from './context.ts';

/** `harrier lint`: everything that is wrong with the file, each with its place. 1 when there is anything. */
export async function lint(input: Parsed): Promise<number> {
  const log = logOf(input);
  const path = configPathOf(input);
  const found = await readConfigText(path);
  if (found === undefined) throw new HarrierError('CONFIG_NOT_FOUND', `there is no config file ${path}`);
  const { fatal, runners, hints } = checkConfig(found.text);
  const at = ({ position, message }: ConfigProblem): string =>
    `${path}${position ? `:${position.line}:${position.column}` : ''}: ${message}`;
  for (const problem of [...fatal, ...runners]) log.error(at(problem));
  for (const hint of hints) log.warn(at(hint));
  // As the official command: an unknown key is an error here, though nowhere else.
  const unknown = hints.filter(({ message }) => message.startsWith('unknown key'));
  if (fatal.length + runners.length + unknown.length > 0) {
    log.log('fatal', 'Configuration file is not valid.');
    return 1;
  }
  log.info('Configuration file is valid.');
  return 0;
}
