import { HarrierError } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import { holdUntilFile } from '../posix/keeper.ts';
import type { KeptEnvironment, PrepareRequest } from '../types.ts';
import { harrierLabel, jobKey, labelPrefix, projectFolderKey, volumesKey } from './containers/labels.ts';
import { type Engine, endpointText, type Listed } from './engine/types.ts';
import { runExec } from './files/exec.ts';
import { isKept, keptName, keptUntilMs } from './kept-name.ts';
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
      sizeBytes: () => bytesOf(engine, container.labels[jobKey]),
      // PowerShell sleeps to the end it was given.
      ...(engine.info.osType === 'windows' ? {} : { extend: (untilMs) => extend(engine, container, untilMs) }),
    }));
}

/** The container looks into a file when its time is over; its name tells the end to whoever lists it. */
async function extend(engine: Engine, { id, name }: Listed, untilMs: number): Promise<void> {
  const write = `echo ${Math.ceil(untilMs / 1000)} >${holdUntilFile}`;
  const { code, stderr } = await runExec(engine, id, ['sh', '-c', write]);
  if (code !== 0) throw new HarrierError('INPUT_INVALID', `the container ${name} cannot be kept longer: ${stderr}`);
  await engine.renameContainer(id, keptName(name, untilMs));
}

/** What goes when it is removed; volumes that later jobs use again stay. */
async function bytesOf(engine: Engine, job: string | undefined): Promise<number | undefined> {
  if (!job) return undefined;
  const label = `${jobKey}=${job}`;
  const found = await Promise.all(
    (['container', 'volume'] as const).map((kind) => engine.list(kind, [label], { sizes: true })),
  );
  return found
    .flat()
    .filter(({ labels }) => labels[`${labelPrefix}reusable`] !== 'true')
    .reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
}

/**
 * Which of a slot's sets of builds and cache volumes is free: the first one that no kept container looks at, so that the
 * next job does not change what a person is looking at.
 */
export async function freeVolumes(
  engine: Engine,
  { systemId, clock }: { systemId: string; clock: Clock },
  base: string,
): Promise<string> {
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
