import { HarrierError } from '../../src-shared/errors.ts';
import { isTable } from '../../src-shared/toml/values.ts';
import type { Prompt } from './prompt.ts';

/** The executor and what it needs: asked for, or taken from flags, variables and template. */
export async function askExecutor(options: {
  readonly given: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly prompt: Prompt;
  /** Executors that work here, and all that the official runner has. */
  readonly supported: readonly string[];
  readonly known: readonly string[];
}): Promise<{ executor: string; settings: Readonly<Record<string, unknown>> }> {
  const { settings, prompt, supported, known, given } = options;
  if (given !== undefined && known.includes(given) && !supported.includes(given))
    throw new HarrierError(
      'EXECUTOR_UNSUPPORTED',
      `the executor ${given} is not there yet (there are: ${supported.join(', ')})`,
    );
  const executor = await prompt.ask({
    text: `Enter an executor: ${supported.join(', ')}`,
    flag: '--executor',
    given,
    check: (answer) =>
      supported.includes(answer) ? undefined : `"${answer}" is no executor (there are: ${supported.join(', ')})`,
  });
  if (executor !== 'docker' && executor !== 'docker-windows') return { executor, settings };
  const docker = isTable(settings['docker']) ? settings['docker'] : {};
  const image = await prompt.ask({
    text: 'Enter the default Docker image (for example, ruby:3.3)',
    flag: '--docker-image',
    given: typeof docker['image'] === 'string' ? docker['image'] : undefined,
  });
  return { executor, settings: { ...settings, docker: { ...docker, image } } };
}
