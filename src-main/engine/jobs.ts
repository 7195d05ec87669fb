import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { messageOf } from '../../src-shared/errors.ts';
import type { JobView } from '../../src-shared/ipc.ts';
import type { JobPayload, PayloadProblem } from '../../src-shared/payload.ts';
import type { CoordinatorClient, TlsChain } from '../gitlab/types.ts';
import { parseDuration } from '../job/go-duration.ts';
import { graceAfterTimeoutMs } from '../job/timeouts.ts';
import type { JobJournal, JobOutcome, JobSession, Lease, RunningJob, StopCause } from '../job/types.ts';
import { applyEvent, createJobView, endView } from './job-view.ts';
import type { Journal, JournalLine } from './journal.ts';
import type { Kept } from './kept.ts';
import { reportFailure } from './report.ts';
import type { Slot } from './slots.ts';
import type { EngineDeps } from './types.ts';
import { deliveryOf, untilTold } from './until-told.ts';

/** While GitLab cannot be told how a job ended, its slot is free for others after this time. */
const slotKeptMs = 60_000;
/** For one job, where its runner keeps nothing by itself. */
const defaultKeepMs = 30 * 60_000;

interface LiveJob {
  view: JobView;
  running: RunningJob | undefined;
  stopCause: StopCause | undefined;
  /** For how long its environment is kept when it fails; undefined: it cannot be. */
  keepMs: number | undefined;
  /** What the runner's setting says, or what a person gets who asks for it in one job. */
  usualKeepMs: number;
  readonly done: Promise<void>;
}

/** The jobs at work: each is journaled, run, told about, and given to the history when it ends. */
export interface Jobs {
  /** False: this very job is at work already, and nothing was done. */
  take(order: {
    payload: JobPayload;
    tls: TlsChain | undefined;
    runner: RunnerConfig;
    runnerKey: string;
    client: CoordinatorClient;
    slot: Slot;
    session: JobSession | undefined;
    lease: Lease | undefined;
  }): boolean;
  /** A payload that could not be read: that job fails with the reason in its log, nothing else is touched. */
  refuse(
    problem: PayloadProblem,
    order: Pick<Parameters<Jobs['take']>[0], 'runner' | 'runnerKey' | 'client'>,
  ): Promise<void>;
  views(): JobView[];
  running(key: string): RunningJob | undefined;
  /** Whether the environment of this job is kept when it fails. False: it cannot be, or there is no such job. */
  keep(key: string, on: boolean): boolean;
  countOf(runnerKey: string): number;
  stop(key: string | 'all', cause: StopCause): void;
  /** Settles when no job is left. */
  idle(): Promise<void>;
}

export function createJobs(
  deps: EngineDeps,
  journal: Journal,
  kept: Kept,
  { onChange, isRecovered }: { onChange: () => void; isRecovered: (key: string) => boolean },
): Jobs {
  const { clock, log } = deps;
  const live = new Map<string, LiveJob>();
  const reports = new Set<Promise<void>>();
  /** Ends the tries to report what could not begin; the journal keeps it. */
  const giveUp = new AbortController();

  const run = async (order: Parameters<Jobs['take']>[0], job: LiveJob, folder: string): Promise<void> => {
    const { payload, runner, client } = order;
    const key = job.view.key;
    const update = (view: JobView): void => {
      job.view = view;
      onChange();
    };
    let outcome: JobOutcome;
    let cancelRelease = (): void => {};
    const deadlineMs = clock.now() + job.view.timeoutSeconds * 1000 + graceAfterTimeoutMs;
    try {
      const executor = order.lease?.executor ?? deps.executorOf(runner);
      if (executor === undefined) throw new Error(`there is no executor "${runner.executor ?? ''}"`);
      if (executor.kept !== undefined && !deps.local) {
        const keepMs = parseDuration(runner.harrier?.keep_failed ?? '') ?? 0;
        job.usualKeepMs = keepMs > 0 ? keepMs : defaultKeepMs;
        setKeep(job, keepMs);
      }
      await makeEmpty(folder);
      await journal.append({
        kind: 'taken',
        key,
        id: payload.id,
        token: payload.token,
        runner: order.runnerKey,
        url: runner.url ?? '',
        executor: executor.name,
        folder,
        deadlineMs,
        view: job.view,
      });
      const running = deps.runJob(
        { ...deps.jobDeps, client, executor, clock, log: log.with({ job: payload.id }) },
        {
          payload,
          runner,
          info: deps.infoOf(runner),
          systemId: deps.systemId,
          hostname: deps.hostname,
          banner: deps.banner,
          workingDirectory: deps.workingDirectory,
          slot: order.slot.assign(payload.job_info?.project_id ?? 0),
          jobFolder: folder,
          ...(order.tls ? { tls: order.tls } : {}),
          ...(order.session ? { session: order.session } : {}),
          journal: journalOf(journal, key),
          onEvent: (event) => {
            if (event.kind === 'phase' && event.phase === 'reporting')
              cancelRelease = clock.after(slotKeptMs, order.slot.keepNumbers, { unref: true });
            update(applyEvent(job.view, event));
          },
          keepFailedMs: () => job.keepMs ?? 0,
          onFolder: async (project) =>
            (await kept.makeRoom(project)).map(
              (name) => `The kept environment of ${name} gives way: this job uses its folder`,
            ),
        },
      );
      job.running = running;
      if (job.stopCause !== undefined) running.stop(job.stopCause);
      onChange();
      outcome = await running.done;
    } catch (error) {
      // The job could not even begin (disk full, unknown executor, a bug): GitLab hears of it, the engine lives on.
      log.error('Job could not be started', { job: payload.id, error: messageOf(error) });
      const message = `Job failed (system failure): ${messageOf(error)}`;
      const told = await untilTold(() => reportFailure(client, payload, deps.infoOf(runner), `${message}\n`), {
        clock,
        deadlineMs,
        signal: giveUp.signal,
      });
      outcome = {
        state: 'failed',
        failureReason: 'runner_system_failure',
        message,
        delivery: deliveryOf[told],
        traceBytes: 0,
      };
    }
    cancelRelease();
    order.session?.close();
    order.lease?.release();
    log.info(outcome.message, { job: payload.id, delivery: outcome.delivery });
    // The slot is free as soon as GitLab has the result: what follows is our own book-keeping.
    live.delete(key);
    const note = (line: JournalLine): Promise<void> =>
      journal.append(line).catch((error) => log.error('journal', { error: messageOf(error) }));
    const forget = async (): Promise<void> => {
      order.slot.release();
      if (outcome.delivery !== 'unreported') await note({ kind: 'ended', key });
    };
    const { id, name, project, executor, runnerName } = job.view;
    const facts = { key, id, name, project, executor, runnerName };
    if (outcome.keptUntilMs !== undefined) order.slot.keepNumbers();
    if (outcome.keptUntilMs === undefined || !(await kept.adopt({ runner, job: facts, onEnd: forget }))) await forget();
    else if (outcome.delivery !== 'unreported') await note({ kind: 'kept', key, job: facts });
    deps.onJobEnded?.({ view: endView(job.view, outcome, clock.now()), outcome, folder });
    if (deps.onJobEnded === undefined && outcome.delivery !== 'unreported')
      await rm(folder, { recursive: true, force: true });
    onChange();
  };

  return {
    take(order) {
      const key = `${order.runnerKey}-${order.payload.id}`;
      if (live.has(key) || isRecovered(key)) {
        // An answer that was sent twice must not make it run twice, nor fail.
        log.warn('This job was handed out again; it is at work already', { job: order.payload.id });
        order.slot.release();
        order.lease?.release();
        return false;
      }
      const view = createJobView(order.payload, {
        key,
        runner: order.runnerKey,
        runnerName: order.runner.name ?? '',
        executor: order.runner.executor ?? '',
        nowMs: clock.now(),
      });
      log.info('Checking for jobs... received', {
        job: order.payload.id,
        repo_url: withoutCredentials(order.payload.git_info?.repo_url ?? ''),
        runner: order.runnerKey,
      });
      let begin = (): void => {};
      const began = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const job: LiveJob = {
        view,
        running: undefined,
        stopCause: undefined,
        keepMs: undefined,
        usualKeepMs: defaultKeepMs,
        done: began.then(() => run(order, job, join(deps.dataFolder, 'jobs', key))),
      };
      live.set(key, job);
      begin();
      reports.add(job.done);
      void job.done.finally(() => reports.delete(job.done));
      onChange();
      return true;
    },
    async refuse(problem, { runner, runnerKey, client }) {
      log.error('Checking for jobs... unreadable', { job: problem.id, problems: problem.problems.join('; ') });
      if (problem.id === undefined || problem.token === undefined) return;
      const text = `ERROR: Job failed (system failure): the server sent a job that cannot be read: ${problem.problems.join('; ')}\n`;
      const { id, token } = problem;
      const key = `${runnerKey}-${id}`;
      const deadlineMs = clock.now() + graceAfterTimeoutMs;
      const report = (async () => {
        const [url, executor] = [runner.url ?? '', runner.executor ?? ''];
        const folder = join(deps.dataFolder, 'jobs', key);
        await journal.append({ kind: 'taken', key, id, token, runner: runnerKey, url, executor, folder, deadlineMs });
        const told = await untilTold(() => reportFailure(client, { id, token }, deps.infoOf(runner), text), {
          clock,
          deadlineMs,
          signal: giveUp.signal,
        });
        if (told !== 'late') await journal.append({ kind: 'ended', key });
      })().catch((error) => log.error('journal', { error: messageOf(error) }));
      reports.add(report);
      await report.finally(() => reports.delete(report));
    },
    views: () =>
      [...live.values()]
        .map(({ view, running }) => (running ? { ...view, traceBytes: running.trace.size } : view))
        .reverse(),
    running: (key) => live.get(key)?.running,
    keep(key, on) {
      const job = live.get(key);
      if (job?.keepMs === undefined) return false;
      setKeep(job, on ? job.usualKeepMs : 0);
      onChange();
      return true;
    },
    countOf: (runnerKey) => [...live.values()].filter(({ view }) => view.runner === runnerKey).length,
    stop(key, cause) {
      for (const [name, job] of live) {
        if (key !== 'all' && name !== key) continue;
        job.stopCause = cause;
        job.running?.stop(cause);
      }
      if (key === 'all') giveUp.abort();
    },
    async idle() {
      while (reports.size > 0) await Promise.allSettled([...reports]);
    },
  };
}

function setKeep(job: LiveJob, keepMs: number): void {
  job.keepMs = keepMs;
  job.view = { ...job.view, keepMs };
}

/** An empty folder for a job, whatever an earlier run with its number left there. */
async function makeEmpty(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
}

const journalOf = (journal: Journal, key: string): JobJournal => ({
  handle: (handle) => journal.append({ kind: 'handle', key, handle }),
  acknowledged: (offset) => void journal.append({ kind: 'acknowledged', key, offset }).catch(() => {}),
  result: (result) => journal.append({ kind: 'result', key, result }),
  told: (delivery) => void journal.append({ kind: 'told', key, delivery }).catch(() => {}),
});

const withoutCredentials = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');
