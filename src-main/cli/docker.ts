import { isPruned, type PruneChoice } from '../../src-shared/docker/pruned.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import type { CallOutput, DockerItem } from '../../src-shared/ipc.ts';
import { createDockerEngines } from '../app/docker-engines.ts';
import { systemClock } from '../base/clock.ts';
import type { Parsed } from '../base/flags.ts';
import { loadConfig, readSystemId } from '../config/index.ts';
import { configPathOf, logOf } from './context.ts';
import { advice, dockerTable, size, sumOf } from './docker-table.ts';
import { createPrompt } from './prompt.ts';

/** `harrier docker list|prune`: what Harrier has made on its container engines, and the removal of it. */
export async function docker(input: Parsed): Promise<number> {
  const [verb, ...more] = input.rest;
  if ((verb !== 'list' && verb !== 'prune') || more.length > 0)
    throw new HarrierError('INPUT_INVALID', `harrier docker takes "list" or "prune", found "${input.rest.join(' ')}"`);
  logOf(input);
  const path = configPathOf(input);
  const engines = createDockerEngines({
    runners: await runnersOf(path),
    env: process.env,
    clock: systemClock,
    systemId: input.boolean('all') ? undefined : await readSystemId(path),
    runningJobs: () => [],
  });
  const { groups } = await engines.survey();
  const picked = groups.map(({ tries }) => tries.find((each) => each.picked));
  const addresses = [...new Set(picked.flatMap((each) => (each === undefined ? [] : [each.address])))];
  if (addresses.length === 0)
    throw new HarrierError('EXECUTOR_PREPARE', `no container engine answers. Tried: ${describe(groups)}`);
  const chosen = { caches: input.boolean('caches') === true, kept: input.boolean('kept') === true };
  const found = await Promise.all(
    addresses.map(async (address) => ({ address, ...(await engines.contents(address)) })),
  );
  if (verb === 'list' && input.boolean('json'))
    return say(`${JSON.stringify({ engines: groups, contents: found }, null, 2)}\n`);
  for (const { address, items } of found) say(dockerTable(address, picked, items));
  const everything = found.flatMap(({ items }) => items);
  if (verb === 'list') return say(advice(everything));
  const wanted = found.map(({ address, items }) => ({
    address,
    items: items.filter((each) => isPruned(each, chosen)),
  }));
  const all = wanted.flatMap(({ items }) => items);
  if (all.length === 0) return say(`Nothing to remove. ${advice(everything)}`);
  if (!input.boolean('force') && !(await confirmed(all))) return say('Nothing was removed.\n');
  return remove(engines, wanted, chosen);
}

const runnersOf = async (path: string) => {
  try {
    const { config } = await loadConfig(path, process.env);
    return () => config.runners ?? [];
  } catch (error) {
    // Without a file there may still be leftovers of one that was there.
    if (error instanceof HarrierError && error.code === 'CONFIG_NOT_FOUND') return () => [];
    throw error;
  }
};

const confirmed = async (items: readonly DockerItem[]): Promise<boolean> => {
  const prompt = createPrompt({ unattended: false });
  try {
    const answer = await prompt.ask({ text: `Remove ${sumOf(items)}? (y/N)`, flag: '--force', standard: 'n' });
    return /^y(?:es)?$/i.test(answer);
  } finally {
    prompt.close();
  }
};

const remove = async (
  engines: ReturnType<typeof createDockerEngines>,
  wanted: readonly { readonly address: string; readonly items: readonly DockerItem[] }[],
  chosen: PruneChoice,
): Promise<number> => {
  let code = 0;
  for (const { address, items } of wanted) {
    if (items.length === 0) continue;
    const { removed, freedBytes, failed } = await engines.prune(address, chosen);
    say(`${address}: removed ${removed}${freedBytes > 0 ? ` (${size(freedBytes)})` : ''}\n`);
    for (const { name, message } of failed) process.stderr.write(`${name}: ${message}\n`);
    if (failed.length > 0) code = 1;
  }
  return code;
};

const describe = (groups: CallOutput<'docker.engines'>['groups']): string =>
  groups
    .flatMap(({ tries }) => tries.map(({ source, address, reason }) => `${source} (${address}): ${reason ?? ''}`))
    .join('; ');

const say = (text: string): number => {
  process.stdout.write(text);
  return 0;
};
