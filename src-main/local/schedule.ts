import type { JobState } from '../../src-shared/ipc.ts';
import type { CompiledJob } from './compile/model.ts';

/** What a job of a pipeline is in; `created` waits for others, `ready` waits for a runner. */
export type RunState = 'created' | 'manual' | 'ready' | 'running' | 'success' | 'failed' | 'canceled' | 'skipped';

export interface JobRun {
  readonly job: CompiledJob;
  state: RunState;
  /** Failed, but its failure is allowed. */
  allowed: boolean;
}

const ended = (state: RunState): boolean => ['success', 'failed', 'canceled', 'skipped'].includes(state);

type Composite = 'success' | 'failed' | 'skipped' | 'canceled' | 'waiting';

/** The one status of a set of jobs that others wait for (local-pipelines facts, section 6.1). */
export function composite(runs: readonly JobRun[], isNeeds: boolean): Composite {
  if (runs.length === 0) return 'success';
  const optionalManual = (run: JobRun): boolean => run.state === 'manual' && run.job.allowFailure;
  const fine = (run: JobRun): boolean =>
    run.state === 'success' || (run.allowed && ['failed', 'canceled'].includes(run.state));
  if (isNeeds && runs.some((run) => run.state === 'skipped' || optionalManual(run))) return 'skipped';
  if (runs.some((run) => !ended(run.state) && !optionalManual(run))) return 'waiting';
  if (runs.every((run) => run.state === 'skipped' || optionalManual(run))) return 'skipped';
  if (runs.every((run) => fine(run) || run.state === 'skipped' || optionalManual(run))) return 'success';
  if (runs.every((run) => fine(run) || run.state === 'canceled' || run.state === 'skipped' || optionalManual(run)))
    return 'canceled';
  return 'failed';
}

/** Moves every job that can leave `created`. Answers whether anything moved. */
export function advance(runs: readonly JobRun[]): boolean {
  let moved = false;
  for (let again = true; again; ) {
    again = false;
    for (const run of runs) {
      if (run.state !== 'created') continue;
      const next = nextState(run, runs);
      if (next === undefined) continue;
      run.state = next;
      moved = again = true;
    }
  }
  return moved;
}

function nextState(run: JobRun, runs: readonly JobRun[]): RunState | undefined {
  const { job } = run;
  const isNeeds = job.needs !== undefined;
  const before = isNeeds
    ? runs.filter((other) => job.needs?.some((need) => need.job === other.job.name))
    : runs.filter((other) => other.job.stageIndex < job.stageIndex);
  const status = composite(before, isNeeds);
  if (status === 'waiting') return undefined;
  if (status === 'canceled') return 'skipped';
  const accepts: Readonly<Record<CompiledJob['when'], readonly Composite[]>> = {
    on_success: isNeeds ? ['success'] : ['success', 'skipped'],
    manual: isNeeds ? ['success'] : ['success', 'skipped'],
    on_failure: ['failed'],
    always: ['success', 'failed', 'skipped'],
  };
  if (!accepts[job.when].includes(status)) return 'skipped';
  return job.when === 'manual' ? 'manual' : 'ready';
}

/** Nothing runs or will run by itself. */
export const isOver = (runs: readonly JobRun[]): boolean =>
  !runs.some(({ state }) => state === 'ready' || state === 'running') &&
  !runs.some(({ state }) => state === 'created' && !blocked(runs));

/** Jobs that wait for a manual job which nobody has started: the pipeline rests. */
const blocked = (runs: readonly JobRun[]): boolean => runs.some(({ state }) => state === 'manual');

/** The pipeline as a person names it. */
export function pipelineState(runs: readonly JobRun[]): JobState {
  if (runs.some(({ state }) => state === 'running' || state === 'ready')) return 'running';
  if (runs.some(({ state, allowed }) => state === 'failed' && !allowed)) return 'failed';
  if (runs.some(({ state }) => state === 'canceled')) return 'canceled';
  if (runs.some(({ state }) => state === 'created')) return 'waiting';
  if (runs.some(({ allowed, state }) => allowed && state === 'failed')) return 'warning';
  return runs.some(({ state }) => state === 'success') ? 'passed' : 'skipped';
}

export const viewState = ({ state, allowed, job }: JobRun): JobState => {
  switch (state) {
    case 'created':
    case 'ready':
      return 'waiting';
    case 'manual':
      return job.allowFailure ? 'skipped' : 'waiting';
    case 'running':
      return 'running';
    case 'success':
      return 'passed';
    case 'failed':
      return allowed ? 'warning' : 'failed';
    default:
      return state;
  }
};
