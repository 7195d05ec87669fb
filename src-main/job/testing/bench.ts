import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { parsePayload } from '../../../src-shared/payload.ts';
import type { Archiver } from '../../archive/types.ts';
import type { Clock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import type { Environment, Executor, ExecutorTraits, Exit, RunOptions } from '../../executors/types.ts';
import type { CoordinatorClient, JobUpdate, RunnerInfo, SendAnswer, UpdateAnswer } from '../../gitlab/types.ts';
import { runJob } from '../run.ts';
import type { TransferStages } from '../transfer/types.ts';
import type { JobEvent, JobOutcome, RunningJob } from '../types.ts';
import { createTestClock } from './clock.ts';
import { shellTraits } from './traits.ts';

/** What a stage does: ends with a code, prints something, or goes on until it is stopped. */
export type StageAct = number | 'hang' | ((options: RunOptions, script: string) => Promise<Exit> | Exit);

export interface JobSpec {
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly runner?: Partial<RunnerConfig>;
  readonly traits?: Partial<ExecutorTraits>;
  /** By stage name; a list gives one act for each time. Others succeed. */
  readonly stages?: Readonly<Record<string, StageAct | readonly StageAct[]>>;
  readonly prepare?: () => void;
  readonly transfer?: Partial<TransferStages>;
  readonly update?: (update: JobUpdate, count: number) => UpdateAnswer;
  readonly send?: () => SendAnswer;
  /** A client of one's own, over the clock of the bench, in place of `update` and `send`. */
  readonly client?: (clock: Clock) => Promise<CoordinatorClient> | CoordinatorClient;
  /** Called when a stage begins. */
  readonly onStage?: (stage: string, job: RunningJob) => void;
}

export interface Ended {
  readonly outcome: JobOutcome;
  /** Stages as they were begun in the environment. */
  readonly ran: readonly string[];
  readonly scripts: readonly string[];
  /** The log without colours and section times. */
  readonly log: string;
  readonly raw: string;
  readonly updates: readonly JobUpdate[];
  readonly events: readonly JobEvent[];
  readonly closed: number;
  /** Virtual ms that passed. */
  readonly elapsedMs: number;
}

/** Runs a job over a steerable executor, a stand-in for the server and a clock that moves when nothing else does. */
export const runTestJob = async (spec: JobSpec): Promise<Ended> => {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-job-'));
  const clock = createTestClock();
  const ran: string[] = [];
  const scripts: string[] = [];
  const updates: JobUpdate[] = [];
  const events: JobEvent[] = [];
  let closed = 0;
  const counts = new Map<string, number>();
  let job: RunningJob | undefined;

  const environment: Environment = {
    async run(script, options) {
      const { stage } = options;
      const count = counts.get(stage) ?? 0;
      counts.set(stage, count + 1);
      ran.push(stage);
      scripts.push(script);
      if (job !== undefined) spec.onStage?.(stage, job);
      const acts = spec.stages?.[stage];
      const act = Array.isArray(acts) ? (acts[count] ?? 0) : (acts ?? 0);
      if (typeof act === 'number') return { code: act };
      if (typeof act === 'function') return act(options, script);
      return new Promise((resolve) => {
        if (options.signal.aborted) resolve({ code: 1 });
        options.signal.addEventListener('abort', () => resolve({ code: 1 }));
      });
    },
    files: { local: false } as Environment['files'],
    close: async () => void (closed += 1),
  };
  const executor: Executor = {
    name: 'shell',
    traits: { ...shellTraits, ...spec.traits },
    async prepare(request) {
      spec.prepare?.();
      request.log.plain(`Using Shell (${request.shell.name}) executor...`);
      return environment;
    },
  };
  const nothing = async (): Promise<void> => {};
  const transfer: TransferStages = {
    hasCache: () => false,
    hasArtifacts: () => false,
    hasDependencies: () => false,
    checkCache: () => {},
    restoreCache: nothing,
    downloadArtifacts: nothing,
    archiveCache: nothing,
    uploadArtifacts: nothing,
    ...spec.transfer,
  };
  const steered = {
    updateJob: async (_job, update) => {
      updates.push(update);
      return spec.update?.(update, updates.length) ?? { kind: 'ok' };
    },
    patchTrace: async () => spec.send?.() ?? { kind: 'accepted' },
  } as Partial<CoordinatorClient> as CoordinatorClient;
  const client = (await spec.client?.(clock)) ?? steered;
  try {
    job = runJob(
      { client, executor, archiver: {} as Archiver, transfer, clock, log: silentLogger, processEnv: {} },
      {
        payload: payloadOf(spec),
        runner: { name: 'tester', url: 'https://gitlab.example', token: 'glrt-t1_abcdefghijkl', ...spec.runner },
        info: {} as RunnerInfo,
        systemId: 's_1',
        hostname: 'host',
        banner: 'harrier 1.2.3 (abc)',
        workingDirectory: '/r',
        slot: { runnerId: 0, projectRunnerId: 0 },
        jobFolder: folder,
        journal: { handle: nothing, acknowledged: () => {}, result: nothing, told: () => {} },
        onEvent: (event) => events.push(event),
      },
    );
    const outcome = await settle(job.done, clock);
    const raw = (await job.trace.read(0, job.trace.size)).toString();
    return { outcome, ran, scripts, log: plain(raw), raw, updates, events, closed, elapsedMs: clock.monotonic() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const payloadOf = ({ payload, variables }: JobSpec) => {
  const parsed = parsePayload({
    id: 42,
    token: 'job-token-1234',
    allow_git_fetch: true,
    job_info: { name: 'test', project_id: 7 },
    git_info: { repo_url: 'https://gitlab.example/grp/app.git', sha: 'deadbeef00', ref: 'main' },
    runner_info: { timeout: 3600 },
    features: { trace_sections: true, failure_reasons: ['job_canceled'] },
    steps: [{ name: 'script', script: ['true'] }],
    ...payload,
    variables: [
      { key: 'FF_TIMESTAMPS', value: 'false' },
      ...Object.entries(variables ?? {}).map(([key, value]) => ({ key, value })),
      ...(Array.isArray(payload?.['variables']) ? payload['variables'] : []),
    ],
  });
  if (!parsed.ok) throw new Error(parsed.problem.problems.join('; '));
  return parsed.payload;
};

/**
 * Lets the disk do its work; when nothing happens any more, time moves on to the next timer. A long way to go means that
 * somebody may just be waiting for the disk: then it is waited longer.
 */
const settle = async <T>(promise: Promise<T>, clock: ReturnType<typeof createTestClock>): Promise<T> => {
  let settled = false;
  const done = promise.finally(() => {
    settled = true;
  });
  done.catch(() => {});
  for (;;) {
    await wait(2);
    if (!settled && (clock.nextMs ?? 0) > 60_000) await wait(80);
    if (settled) return done;
    clock.step();
  }
};

const plain = (text: string): string =>
  text
    .replace(/section_(start|end):\d+:([^\r]*)\r\x1b\[0K/g, (_, kind: string, name: string) =>
      kind === 'start' ? `<${name}>` : `</${name}>`,
    )
    .replace(/\x1b\[[0-9;]*[A-Za-z]/g, '');
