import type { Clock } from '../../base/clock.ts';
import type { KeptEnvironment, PrepareRequest } from '../types.ts';
import { harrierLabel, jobKey, labelPrefix, projectFolderKey, volumesKey } from './containers/labels.ts';
import { type Engine, endpointText, type Listed } from './engine/types.ts';
import { isKept, keptUntilMs } from './kept-name.ts';
import { removeJob } from './recover.ts';
import { openTerminal } from './terminal.ts';

/** What `close` has kept of this system's jobs on this engine; those whose time is over have ended at 0. */
export async function listKept(
  engine: Engine,
  { systemId, shortToken }: Pick<PrepareRequest, 'systemId' | 'shortToken'>,
): Promise<KeptEnvironment[]> {
  const found = await keptContainers(engine, systemId);
  return found
    .filter(({ labels }) => labels[`${labelPrefix}runner.id`] === shortToken)
    .map((container) => ({
      id: container.labels[jobKey] ?? container.id,
      jobId: Number(container.labels[`${labelPrefix}job.id`] ?? 0),
      place: `container ${container.name} on ${endpointText(engine.endpoint)}`,
      untilMs: container.state === 'running' ? (keptUntilMs(container) ?? 0) : 0,
      terminal: (size) =>
        openTerminal(engine, container.id, { ...size, workingDir: container.labels[projectFolderKey] }),
      remove: () => removeJob(engine, container.labels[jobKey]),
    }));
}

/**
 * Which of a slot's sets of builds and cache volumes is free: the first one that no kept container looks at, so that the
 * next job does not change what a person is looking at.
 */
export async function freeVolumes(
  engine: Engine,
  { runner, systemId, clock }: { runner: PrepareRequest['runner']; systemId: string; clock: Clock },
  base: string,
): Promise<string> {
  if (!runner.harrier?.keep_failed) return base;
  const kept = (await keptContainers(engine, systemId)).filter((each) => isKept(each, clock.now()));
  const taken = new Set(kept.map(({ labels }) => labels[volumesKey]));
  let name = base;
  for (let number = 1; taken.has(name); number += 1) name = `${base}-${number}`;
  return name;
}

const keptContainers = async (engine: Engine, systemId: string): Promise<Listed[]> => {
  const ours = [harrierLabel, `${labelPrefix}runner.system_id=${systemId}`, `${labelPrefix}type=build`];
  return (await engine.list('container', ours)).filter((each) => keptUntilMs(each) !== undefined);
};
