import { resolve } from 'node:path';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { isAuthenticationToken } from '../app/registration.ts';
import { createRunnerClient, runnerInfoOf } from '../app/runner-client.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { editConfig, loadConfig, readSystemId, removeRunner } from '../config/index.ts';

export interface RunnersOptions {
  readonly config: string;
  readonly name?: string;
  readonly url?: string;
  readonly token?: string;
  readonly delete?: boolean;
  readonly allRunners?: boolean;
}
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const tailOf = (runner: RunnerConfig): string => `…${(runner.token ?? '').slice(-4)}`;

/** `harrier list`: tokens are shown by their last characters only. */
export async function list(options: RunnersOptions): Promise<number> {
  const { chosen } = await choose(options, true);
  for (const { runner } of chosen)
    process.stdout.write(
      `${runner.name ?? ''}  executor=${runner.executor ?? ''} token=${tailOf(runner)} url=${runner.url ?? ''}\n`,
    );
  return 0;
}

/** `harrier verify`: 1 when GitLab does not know a runner, unless `--delete` removed it. */
export async function verify(options: RunnersOptions): Promise<number> {
  const { path, chosen } = await choose(options, true);
  const systemId = await readSystemId(path);
  const dead: number[] = [];
  for (const { runner, index } of chosen) {
    const client = createRunnerClient(runner, path, { clock: systemClock, log: silentLogger });
    const answer = await client.verifyRunner({ token: runner.token ?? '', systemId, info: runnerInfoOf(runner) });
    await client.close();
    say(`${runner.name ?? ''} (${runner.url ?? ''}): ${answer.ok ? 'is valid' : answer.message}`);
    // Only a clear refusal counts: a server that is away proves nothing.
    if (!answer.ok && answer.kind === 'refused') dead.push(index);
  }
  if (dead.length === 0) return 0;
  if (!options.delete) {
    say('Failed to verify runners; `--delete` removes them from the file');
    return 1;
  }
  for (const index of dead.reverse()) await editConfig(path, removeRunner(index));
  say(`${dead.length} removed from ${path}`);
  return 0;
}

/** `harrier unregister`: what GitLab took away leaves the file, the rest stays and is told. */
export async function unregister(options: RunnersOptions): Promise<number> {
  const { path, chosen } = await choose(options, options.allRunners === true);
  const systemId = await readSystemId(path);
  const gone: number[] = [];
  for (const { runner, index } of chosen) {
    const client = createRunnerClient(runner, path, { clock: systemClock, log: silentLogger });
    const token = runner.token ?? '';
    const answer = isAuthenticationToken(token)
      ? await client.unregisterManager(token, systemId)
      : await client.unregisterRunner(token);
    await client.close();
    say(`${runner.name ?? ''} (${runner.url ?? ''}): ${answer.ok ? 'unregistered' : answer.message}`);
    if (answer.ok) gone.push(index);
  }
  for (const index of gone.reverse()) await editConfig(path, removeRunner(index));
  return gone.length === chosen.length ? 0 : 1;
}

async function choose(options: RunnersOptions, allWhenOpen: boolean) {
  const path = resolve(options.config);
  const { config } = await loadConfig(path, process.env);
  const asked = options.name !== undefined || options.url !== undefined || options.token !== undefined;
  if (!asked && !allWhenOpen)
    throw new HarrierError('INPUT_INVALID', 'say which runner: --name, --url and --token, or --all-runners');
  const chosen = (config.runners ?? [])
    .map((runner, index) => ({ runner, index }))
    .filter(
      ({ runner }) =>
        (options.name === undefined || runner.name === options.name) &&
        (options.url === undefined || runner.url?.replace(/\/+$/, '') === options.url.replace(/\/+$/, '')) &&
        (options.token === undefined || runner.token === options.token),
    );
  if (asked && chosen.length === 0) throw new HarrierError('RUNNER_UNKNOWN', `no such runner in ${path}`);
  return { path, chosen };
}
