import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { JobState, PipelineView } from '../../src-shared/ipc.ts';
import type { JobVariable } from '../../src-shared/payload.ts';
import type { Clock } from '../base/clock.ts';
import type { CompiledJob, CompiledPipeline } from './compile/model.ts';
import { advance, isOver, type JobRun, pipelineState, viewState } from './schedule.ts';
import type { Repository } from './serve/repository.ts';
import type { Snapshot } from './serve/snapshot.ts';
import { projectOf } from './variables.ts';

/** One try of one job, as the coordinator hands it out. */
export interface JobAttempt {
  readonly id: number;
  readonly token: string;
  readonly run: JobRun;
  readonly pipeline: PipelineInstance;
  /** Bytes of the log in `trace.log` of this folder. */
  readonly folder: string;
  traceBytes: number;
  state: 'running' | 'canceling' | 'done';
  /** What GitLab would say in `Job-Status`. */
  status: 'running' | 'canceling' | 'success' | 'failed' | 'canceled';
  /** The runner showed a sign of life. */
  heard(): void;
  readonly artifacts: {
    readonly type: string;
    readonly format: string;
    readonly filename: string;
    readonly file: string;
    readonly size: number;
  }[];
}

/** A runner sends a sign every half a minute; one that is silent for this long is gone, and nobody else would end its job. */
const longestSilenceMs = 10 * 60_000;

export interface PipelineDeps {
  readonly clock: Clock;
  readonly folder: string;
  readonly nextJobId: () => number;
  /** A job became ready: whoever waits for one is woken. */
  readonly onReady: () => void;
}

/** One pipeline at work: its jobs, their tries, and what happens when one ends. */
export interface PipelineInstance {
  readonly id: number;
  readonly key: string;
  readonly repository: Repository;
  readonly snapshot: Snapshot;
  readonly compiled: CompiledPipeline;
  readonly predefined: readonly JobVariable[];
  readonly runVariables: readonly JobVariable[];
  readonly projectPath: string;
  readonly attempts: readonly JobAttempt[];
  /** Jobs whose artifacts this one gets. */
  sourcesOf(job: CompiledJob): readonly JobAttempt[];
  readonly done: Promise<{ readonly state: JobState; readonly failedJobs: readonly string[] }>;
  begin(): void;
  /** Nothing runs any more and nothing will by itself. */
  over(): boolean;
  /** The next ready job as an attempt; undefined when none is. */
  take(): JobAttempt | undefined;
  /** The attempt never reached a runner: the job is ready again. */
  giveBack(attempt: JobAttempt): void;
  finish(
    attempt: JobAttempt,
    result: { state: 'success' | 'failed'; reason: string | undefined; exitCode: number | undefined },
  ): void;
  cancel(): void;
  view(runnerKey: string): PipelineView;
  onChange(listener: () => void): () => void;
  /** The last try of a job. */
  attemptOf(name: string): JobAttempt | undefined;
  /** Variables of dotenv reports of the jobs before. */
  dotenvOf(job: CompiledJob): readonly JobVariable[];
  setDotenv(attempt: JobAttempt, variables: readonly JobVariable[]): void;
}

export function createPipeline(
  options: Pick<PipelineInstance, 'id' | 'repository' | 'snapshot' | 'compiled' | 'predefined' | 'runVariables'>,
  deps: PipelineDeps,
): PipelineInstance {
  const { clock } = deps;
  const runs: JobRun[] = options.compiled.jobs.map((job) => ({ job, state: 'created', allowed: false }));
  const attempts: JobAttempt[] = [];
  const dotenv = new Map<string, readonly JobVariable[]>();
  const tries = new Map<JobRun, number>();
  const listeners = new Set<() => void>();
  const startedMs = clock.now();
  let endedMs: number | undefined;
  let canceled = false;
  let settle = (_: { state: JobState; failedJobs: readonly string[] }): void => {};
  const done = new Promise<{ state: JobState; failedJobs: readonly string[] }>((resolve) => {
    settle = resolve;
  });

  const changed = (): void => {
    advance(runs);
    if (runs.some(({ state }) => state === 'ready')) deps.onReady();
    else if (endedMs === undefined && isOver(runs)) {
      endedMs = clock.now();
      const failed = runs.filter(({ state, allowed }) => state === 'failed' && !allowed);
      settle({ state: pipelineState(runs), failedJobs: failed.map(({ job }) => job.name) });
    }
    for (const listener of listeners) listener();
  };
  const busyGroups = (): Set<string | undefined> =>
    new Set(runs.filter(({ state }) => state === 'running').map(({ job }) => job.resourceGroup));

  const self: PipelineInstance = {
    ...options,
    key: `p-${options.id}`,
    projectPath: projectOf(options.repository).path,
    attempts,
    done,
    begin: changed,
    over: () => endedMs !== undefined,
    take() {
      const busy = busyGroups();
      const run = runs.find(
        ({ state, job }) => state === 'ready' && (job.resourceGroup === undefined || !busy.has(job.resourceGroup)),
      );
      if (run === undefined) return undefined;
      run.state = 'running';
      tries.set(run, (tries.get(run) ?? 0) + 1);
      const id = deps.nextJobId();
      const attempt: JobAttempt = {
        id,
        token: `glcbt-${randomBytes(24).toString('hex')}`,
        run,
        pipeline: self,
        folder: join(deps.folder, String(id)),
        traceBytes: 0,
        state: 'running',
        status: 'running',
        heard: () => void (heardMs = clock.monotonic()),
        artifacts: [],
      };
      const listen = (): void => {
        if (attempt.state === 'done') return;
        const leftMs = heardMs + longestSilenceMs - clock.monotonic();
        if (leftMs > 0) clock.after(leftMs, listen, { unref: true });
        else self.finish(attempt, { state: 'failed', reason: 'stuck_or_timeout_failure', exitCode: undefined });
      };
      let heardMs = clock.monotonic();
      listen();
      attempts.push(attempt);
      for (const listener of listeners) listener();
      return attempt;
    },
    giveBack(attempt) {
      if (attempt.state === 'done') return;
      attempt.state = 'done';
      attempts.splice(attempts.indexOf(attempt), 1);
      tries.set(attempt.run, (tries.get(attempt.run) ?? 1) - 1);
      attempt.run.state = canceled ? 'canceled' : 'ready';
      changed();
    },
    finish(attempt, { state, reason, exitCode }) {
      if (attempt.state === 'done') return;
      const wasCanceled = attempt.state === 'canceling';
      attempt.state = 'done';
      attempt.status = wasCanceled || canceled ? 'canceled' : state;
      const { run } = attempt;
      const { retry, allowFailure, allowFailureCodes } = run.job;
      if (wasCanceled || canceled) run.state = 'canceled';
      else if (state === 'success') run.state = 'success';
      else if (
        (tries.get(run) ?? 0) <= retry.max &&
        (retry.when.includes('always') || retry.when.includes(reason ?? 'unknown_failure')) &&
        (retry.exitCodes.length === 0 || retry.exitCodes.includes(exitCode ?? 0))
      )
        run.state = 'ready';
      else {
        run.state = 'failed';
        run.allowed = allowFailure || (exitCode !== undefined && allowFailureCodes.includes(exitCode));
      }
      changed();
    },
    cancel() {
      if (endedMs !== undefined) return;
      canceled = true;
      for (const attempt of attempts) if (attempt.state === 'running') attempt.state = attempt.status = 'canceling';
      for (const run of runs) if (['created', 'ready', 'manual'].includes(run.state)) run.state = 'canceled';
      changed();
    },
    view: (runnerKey) => ({
      id: self.key,
      folder: options.repository.root,
      ref: options.repository.ref,
      sha: options.snapshot.sha,
      state: pipelineState(runs),
      startedMs,
      ...(endedMs !== undefined ? { endedMs } : {}),
      stages: options.compiled.stages.map((name) => ({
        name,
        jobs: runs
          .filter(({ job }) => job.stage === name)
          .map((run) => {
            const attempt = self.attemptOf(run.job.name);
            return {
              name: run.job.name,
              state: viewState(run),
              ...(attempt ? { key: `${runnerKey}-${attempt.id}` } : {}),
              when: run.job.when,
              allowFailure: run.job.allowFailure,
            };
          }),
      })),
    }),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    attemptOf: (name) => attempts.findLast((attempt) => attempt.run.job.name === name),
    sourcesOf: (job) => sourcesOf(job, runs).flatMap(({ job: { name } }) => self.attemptOf(name) ?? []),
    dotenvOf: (job) => sourcesOf(job, runs).flatMap(({ job: { name } }) => dotenv.get(name) ?? []),
    setDotenv: (attempt, variables) => void dotenv.set(attempt.run.job.name, variables),
  };
  return self;
}

/** The jobs whose artifacts a job gets: its needs with artifacts, else all of earlier stages; `dependencies` narrows. */
function sourcesOf(job: CompiledJob, runs: readonly JobRun[]): JobRun[] {
  const before =
    job.needs !== undefined
      ? runs.filter((other) => job.needs?.some((need) => need.job === other.job.name && need.artifacts))
      : runs.filter((other) => other.job.stageIndex < job.stageIndex);
  return job.dependencies === undefined ? before : before.filter((other) => job.dependencies?.includes(other.job.name));
}
