import type { Health } from '../../src-shared/health.ts';
import type { EngineSnapshot } from '../../src-shared/ipc.ts';
import type { EngineView } from '../engine/index.ts';
import type { ExecutorTrouble } from './executor-probe.ts';

/** What an engine and its config come to. A pause or a drain that somebody wanted is no problem. */
export function healthOf(
  { runners, disk, links, executors }: EngineView,
  configProblem: EngineSnapshot['configProblem'],
  troubles: readonly ExecutorTrouble[] = [],
): Health {
  const ill = runners.filter(({ state }) => state === 'unhealthy');
  const problems = [
    ...(configProblem !== undefined ? [configProblem.message] : []),
    ...(disk?.problem !== undefined ? [disk.problem] : []),
    // Where the disk is the reason, it was told once for all.
    ...ill
      .filter(({ reason }) => reason === undefined || reason !== disk?.problem)
      .map(({ name, reason }) => `${name}: ${reason ?? 'unhealthy'}`),
    ...troubles.map(({ runner, text }) => `${runner}: ${text}`),
  ];
  return {
    problems,
    ...(disk !== undefined ? { disk: { freeBytes: disk.freeBytes, floorBytes: disk.floorBytes } } : {}),
    links: [...links],
    executors: executors.map((executor) => {
      const trouble = troubles.find((each) => each.executor === executor.name)?.text;
      return trouble === undefined ? executor : { ...executor, trouble };
    }),
  };
}
