import { resolve } from 'node:path';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import { type Configured, type ConfigureRequest, type Environment, JobFailure } from '../executors/types.ts';
import type { JobContext, PreparedJob } from './context.ts';
import { formatDuration } from './go-duration.ts';
import { runScriptStage } from './script-stage.ts';
import { stageTitles } from './sections.ts';
import { setUp } from './setup.ts';
import { configuredTimeoutMs, withDeadline } from './timeouts.ts';
import { shortToken } from './variables/index.ts';

const tries = 3;
const pauseMs = 3000;

/**
 * prepare_executor and prepare_script under `prepare_timeout` (spec/job-lifecycle.md 1.4, 1.5). `onEnvironment` hears of
 * the environment as soon as there is one, so that it is closed whatever happens next.
 */
export const prepareJob = async (
  job: JobContext,
  onEnvironment: (environment: Environment) => void,
): Promise<PreparedJob> => {
  const { deps, setup, lifetime } = job;
  const ms = configuredTimeoutMs(job.request.runner, 'prepare_timeout', setup.timeoutMs);
  const reason = new JobFailure(
    'job_execution_timeout',
    `prepare timeout: exceeded timeout of ${formatDuration(ms ?? setup.timeoutMs)}`,
  );
  return withDeadline({ clock: deps.clock, signal: lifetime.signal, ms, reason }, async (signal) => {
    const prepared = await prepareExecutor(job, signal, onEnvironment);
    await prepareScript(prepared, signal);
    return prepared;
  });
};

const prepareExecutor = async (
  job: JobContext,
  signal: AbortSignal,
  onEnvironment: (environment: Environment) => void,
): Promise<PreparedJob> => {
  let prepared: PreparedJob | undefined;
  const title = `Preparing the "${job.deps.executor.name}" executor`;
  await job.stages.run({ name: 'prepare_executor', title, signal }, async () => {
    prepared = await createEnvironment(job, signal);
    onEnvironment(prepared.environment);
  });
  if (prepared === undefined) throw new Error('the executor gave no environment');
  return prepared;
};

/** Up to three tries, each failure followed by a pause; an error with a reason of its own is not tried again. */
const createEnvironment = async (job: JobContext, signal: AbortSignal): Promise<PreparedJob> => {
  const { deps, log } = job;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryOnce(job, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof JobFailure || error instanceof HarrierError) throw error;
      log.error(`Preparation failed: ${messageOf(error)}`);
      log.info('Will be retried in 3s ...');
      await deps.clock.sleep(pauseMs, signal);
      if (attempt >= tries) throw error;
    }
  }
};

const tryOnce = async (asked: JobContext, signal: AbortSignal): Promise<PreparedJob> => {
  const configured = await asked.deps.executor.configure?.(whatIsKnown(asked, signal));
  const job = configured === undefined ? asked : configuredJob(asked, configured);
  try {
    const { deps, request, setup, log } = job;
    const { shell, directories } = setup.place();
    const folder = resolve(request.workingDirectory, directories.project);
    for (const line of (await request.onFolder?.(folder)) ?? []) log.warning(line);
    const environment = await deps.executor.prepare({ ...whatIsKnown(job, signal), shell, directories });
    return { ...job, environment, shell, directories, variables: setup.variables };
  } catch (error) {
    await configured?.discard();
    throw error;
  }
};

/** The job with folders, shell and variables as its executor has found them for it. */
const configuredJob = (job: JobContext, { executor, runner, hostname }: Configured): JobContext => {
  const request = { ...job.request, runner, hostname: hostname ?? job.request.hostname };
  return { ...job, request, deps: { ...job.deps, executor }, setup: setUp(request, executor.traits) };
};

const whatIsKnown = ({ deps, request, setup, log, onEvent }: JobContext, signal: AbortSignal): ConfigureRequest => ({
  job: setup.payload,
  runner: request.runner,
  variables: setup.variables.all,
  log,
  appLog: deps.log,
  clock: deps.clock,
  signal,
  slot: request.slot,
  systemId: request.systemId,
  shortToken: shortToken(request.runner.token ?? ''),
  jobFolder: request.jobFolder,
  workingDirectory: request.workingDirectory,
  onHandle: (handle) => request.journal.handle(handle),
  onDetail: (key, value) => onEvent({ kind: 'detail', key, value }),
});

const prepareScript = async (job: PreparedJob, signal: AbortSignal): Promise<void> => {
  try {
    await runScriptStage(job, { name: 'prepare_script' }, stageTitles.prepare_script, { where: 'helper', signal });
  } catch (error) {
    if (!(error instanceof JobFailure) || error.reason !== 'script_failure') throw error;
    const message = `prepare environment: ${error.message}. Check https://docs.gitlab.com/runner/shells/#shell-profile-loading for more information`;
    throw new JobFailure('script_failure', message, {
      ...(error.exitCode !== undefined ? { exitCode: error.exitCode } : {}),
    });
  }
};
