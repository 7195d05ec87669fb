import { join } from 'node:path';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import { parseBool } from '../../src-shared/parse-bool.ts';
import { type Environment, JobFailure } from '../executors/types.ts';
import type { UpdateAnswer } from '../gitlab/types.ts';
import { createTrace, type Trace } from '../trace/index.ts';
import { createBuildLog } from './build-log.ts';
import { createLateTrace } from './late-trace.ts';
import { createLifetime, type Lifetime } from './lifetime.ts';
import { maskRules } from './masks.ts';
import { refusalOf } from './refusals.ts';
import { createReporter, type Reporter } from './report.ts';
import { failureOf, resultOf, writeResult } from './result.ts';
import { runSequence } from './sequence.ts';
import { type JobSetup, setUp } from './setup.ts';
import { shownVariables } from './shown-variables.ts';
import { createStageRunner } from './stage.ts';
import type { JobDeps, JobOutcome, JobRequest, JobResult, RunJob } from './types.ts';

const defaultLimitKib = 4096;
/** Exit code of a job that was refused before it began (spec/coordinator-api.md 2.4). */
const refusedExitCode = 3;

/** What a running job shows to the outside while it goes on. */
interface Live {
  environment: Environment | undefined;
  /** Absent before there is an environment, and once it ends. */
  terminal: Environment['terminal'];
  reporter: Reporter | undefined;
}

/** Runs one job from its payload to the final update. Acknowledges it first: no process of the job before the answer. */
export const runJob: RunJob = (deps, request) => {
  const lifetime = createLifetime(deps.clock);
  const setup = setUp(request, deps.executor.traits);
  const live: Live = { environment: undefined, terminal: undefined, reporter: undefined };
  const opening = createTrace({
    spoolPath: join(request.jobFolder, 'trace.log'),
    masks: maskRules(setup.payload, setup.variables),
    timestamps: setup.variables.flag('FF_TIMESTAMPS'),
    limitBytes: (request.runner.output_limit || defaultLimitKib) * 1024,
    clock: deps.clock,
    onFailure: (error) => lifetime.fail(failureOf(error)),
  });
  return {
    folder: request.jobFolder,
    trace: createLateTrace(opening),
    done: perform(deps, request, { setup, lifetime, live, opening }).finally(() => lifetime.end()),
    stop(cause, detail) {
      request.onEvent({ kind: 'phase', phase: 'canceling' });
      lifetime.stop(cause, detail);
      if (cause === 'shutdown' || cause === 'battery') live.reporter?.hurry();
    },
    async terminal(options) {
      if (live.terminal === undefined)
        throw new HarrierError('TERMINAL_UNAVAILABLE', `job ${request.payload.id}: there is no terminal to open now`);
      return live.terminal(options);
    },
    variables: () => {
      const { payload, runner } = request;
      return shownVariables(setup.variables, maskRules(payload, setup.variables).phrases, runner.environment ?? []);
    },
  };
};

const perform = async (
  deps: JobDeps,
  request: JobRequest,
  parts: { setup: JobSetup; lifetime: Lifetime; live: Live; opening: Promise<Trace> },
): Promise<JobOutcome> => {
  const { setup, lifetime, live, opening } = parts;
  request.onEvent({ kind: 'phase', phase: 'preparing' });
  const [answer, trace] = await Promise.all([acknowledge(deps, request, lifetime.signal), opening]);
  const runnerStream = trace.stream(0, 'O');
  const log = createBuildLog((text) => void runnerStream.write(text));
  const reporter = createReporter(deps, { request, lifetime, trace, debug: isDebug(setup, request) });
  live.reporter = reporter;

  const refusal = refusalOf(request.payload);
  if (refusal !== undefined) {
    log.raw(`${refusal}\n`);
    const failure = new JobFailure('runner_system_failure', refusal, { exitCode: refusedExitCode });
    return reporter.finish(resultOf(failure, []), Promise.resolve());
  }
  if (answer.kind === 'abort' || answer.kind === 'notFound') {
    await trace.close();
    return { ...canceled, delivery: 'dropped', traceBytes: 0 };
  }
  if (answer.canceling) return reporter.finish(canceled, Promise.resolve());

  reporter.start();
  const stages = createStageRunner({
    trace,
    log,
    clock: deps.clock,
    markers: setup.payload.features?.trace_sections ?? false,
    onEvent: request.onEvent,
  });
  const {
    failure: ofStages,
    settled,
    keptUntilMs,
  } = await runSequence({ deps, request, setup, lifetime, log, stages, onEvent: request.onEvent }, (environment) => {
    live.environment = environment;
    live.terminal = environment.terminal;
    if (environment.terminal === undefined) return;
    request.session?.offer(environment.terminal);
    request.onEvent({ kind: 'terminal', open: true });
  });
  if (keptUntilMs === undefined) live.terminal = undefined;
  request.session?.close();
  lifetime.end();
  const failure = (await lostLog(trace)) ?? ofStages;
  const result = resultOf(failure, setup.payload.features?.failure_reasons ?? []);
  runnerStream.end();
  // A stream of its own: with timestamps the last line must not look like the rest of a section marker.
  const lastStream = trace.stream(0, 'O');
  writeResult(
    createBuildLog((text) => void lastStream.write(text)),
    result,
  );
  lastStream.end();
  request.onEvent({ kind: 'phase', phase: 'reporting' });
  const outcome = await reporter.finish(result, settled);
  // The journal, which knows whose leftovers they are, forgets the job only when there are none.
  if (keptUntilMs !== undefined) return { ...outcome, keptUntilMs };
  if (live.environment?.removed !== undefined) {
    if (outcome.delivery !== 'unreported') request.journal.told(outcome.delivery);
    await live.environment.removed();
  }
  return outcome;
};

/** A job whose log could not be kept has failed, whatever its script says. */
const lostLog = async (trace: Trace): Promise<JobFailure | undefined> => {
  try {
    await trace.flush();
    return undefined;
  } catch (error) {
    trace.lastWords();
    return failureOf(error);
  }
};

/** Early ends send their reason as it is, whatever the server knows. */
const canceled: JobResult = { state: 'failed', failureReason: 'job_canceled', message: 'Job failed: canceled' };

/** A GitLab that did not hear of a job for some time may give it to another runner. */
const acknowledgePausesMs = [500, 1000, 2000, 4000, 8000];

/**
 * The first PUT, state running: the second phase of the commit. Repeated for some seconds when the server cannot be
 * reached; after that, as officially, any trouble but a plain no lets the job run.
 */
const acknowledge = async (
  { client, clock, log }: JobDeps,
  { payload, info }: JobRequest,
  signal: AbortSignal,
): Promise<UpdateAnswer> => {
  const once = (): Promise<UpdateAnswer> =>
    client
      .updateJob({ id: payload.id, token: payload.token }, { state: 'running' }, info)
      .catch((error) => ({ kind: 'failed', message: messageOf(error) }));
  let answer = await once();
  for (const pauseMs of acknowledgePausesMs) {
    if (answer.kind !== 'failed') break;
    log.warn('The job could not be acknowledged', { error: answer.message });
    const stopped = await clock.sleep(Math.max(pauseMs, (answer.retryAfterSeconds ?? 0) * 1000), signal).then(
      () => false,
      () => true,
    );
    if (stopped) break;
    answer = await once();
  }
  return answer;
};

const isDebug = ({ variables }: JobSetup, { runner }: JobRequest): boolean =>
  runner['debug_trace_disabled'] !== true &&
  ['CI_DEBUG_TRACE', 'CI_DEBUG_SERVICES'].some((name) => parseBool(variables.get(name) ?? '') ?? false);
