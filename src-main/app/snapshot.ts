import type { EngineSnapshot, JobView, KeptView, PipelineView, TerminalView } from '../../src-shared/ipc.ts';
import type { RunnerServerView } from '../../src-shared/runner-calls.ts';
import { version } from '../base/version.ts';
import type { EngineView } from '../engine/index.ts';
import type { ExecutorTrouble } from './executor-probe.ts';
import { healthOf } from './health.ts';

export interface SnapshotParts {
  /** The engine of config.toml. */
  readonly main: EngineView;
  /** The engine of the embedded coordinator, once a local pipeline was run. */
  readonly local: EngineView | undefined;
  readonly history: readonly JobView[];
  readonly pipelines: readonly PipelineView[];
  readonly terminals: readonly TerminalView[];
  readonly kept: readonly KeptView[];
  /** What GitLab is known to hold of a runner. */
  readonly facts: (runner: string) => RunnerServerView | undefined;
  readonly configPath: string | undefined;
  readonly configProblem: EngineSnapshot['configProblem'];
  readonly configRevision: string;
  readonly notices: EngineSnapshot['notices'];
  readonly host: EngineSnapshot['host'];
  readonly executorTroubles: readonly ExecutorTrouble[];
  readonly power: NonNullable<EngineSnapshot['power']>;
}

/** All that a window shows, from its sources. Jobs at work stand before those that ended. */
export function buildSnapshot(parts: SnapshotParts): EngineSnapshot {
  const live = [...parts.main.jobs, ...(parts.local?.jobs ?? [])].sort((a, b) => b.startedMs - a.startedMs);
  const keys = new Set(live.map(({ key }) => key));
  const state =
    parts.main.state !== 'draining' && (parts.local?.jobs.length ?? 0) > 0 ? ('busy' as const) : parts.main.state;
  return {
    version,
    state,
    stateText: textOf(state, live.length, parts),
    ...(parts.configPath !== undefined ? { configPath: parts.configPath } : {}),
    configRevision: parts.configRevision,
    ...(parts.configProblem ? { configProblem: parts.configProblem } : {}),
    power: parts.power,
    concurrent: parts.main.concurrent + (parts.local?.concurrent ?? 0),
    running: live.length,
    health: healthOf(parts.main, parts.configProblem, parts.executorTroubles),
    runners: [
      ...parts.main.runners.map((runner) => {
        const server = parts.facts(runner.key);
        return server === undefined ? runner : { ...runner, server };
      }),
      ...(parts.local?.runners ?? []),
    ],
    jobs: live.length === 0 ? [...parts.history] : [...live, ...parts.history.filter(({ key }) => !keys.has(key))],
    pipelines: [...parts.pipelines],
    terminals: [...parts.terminals],
    kept: [...parts.kept],
    notices: [...parts.notices],
    host: parts.host,
  };
}

const textOf = (state: EngineSnapshot['state'], running: number, { main }: SnapshotParts): string => {
  const jobs = running === 1 ? '1 job' : `${running} jobs`;
  switch (state) {
    case 'stopped':
      return 'Stopped';
    case 'idle':
      return main.runners.length === 0 ? 'No runner yet' : 'Idle, waiting for jobs';
    case 'busy':
      return `Busy, ${jobs}`;
    case 'draining':
      return running === 0 ? 'Stopping' : `Finishing ${jobs}, then stops`;
    case 'paused':
      return pausedText(main.runners);
    case 'trouble': {
      const ill = main.runners.filter((runner) => runner.state === 'unhealthy');
      const [first] = ill;
      const reason = first === undefined ? '' : [first.name, first.reason].filter(Boolean).join(', ');
      return ill.length === 1 ? `Trouble: ${reason}` : `Trouble with ${ill.length} runners: ${reason}`;
    }
  }
};

/** Until when, if that is one time for all. */
function pausedText(runners: EngineView['runners']): string {
  const [first] = runners;
  if (first?.pausedUntilPluggedIn && runners.every(({ pausedUntilPluggedIn }) => pausedUntilPluggedIn))
    return 'Paused until plugged in';
  const until = first?.pausedUntilMs;
  if (until === undefined || runners.some(({ pausedUntilMs }) => pausedUntilMs !== until)) return 'Paused';
  const time = new Date(until);
  return `Paused until ${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
}
