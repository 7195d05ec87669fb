import { messageOf } from '../../src-shared/errors.ts';
import type { Environment, JobFailure } from '../executors/types.ts';
import { readAttempts } from './attempts.ts';
import { cleanUp, showsCleanup } from './cleanup.ts';
import type { JobContext, PreparedJob } from './context.ts';
import { formatDuration } from './go-duration.ts';
import { writeHeader, writePolicy } from './header.ts';
import { prepareJob } from './prepare.ts';
import { refuseRunJobs, refuseSecrets } from './refusals.ts';
import { failureOf } from './result.ts';
import { settingProblems } from './setting-problems.ts';
import { getSources, SourcesTimeout } from './sources.ts';
import { runAfterScript, runSteps, withOutcome } from './steps.ts';
import { readScriptTimeouts } from './timeouts.ts';
import { archiveCache, fetchFiles, uploadArtifacts } from './transfers.ts';

/** How the stages of a job ended. `settled`: what runs on quietly (clean-up, removal of the environment). */
export interface SequenceEnd {
  readonly failure: JobFailure | undefined;
  readonly settled: Promise<void>;
  readonly keptUntilMs: number | undefined;
}

/**
 * All stages of a job in the order of spec/job-lifecycle.md 1.2, and what still runs after a failure (1.3). Never throws.
 * `onEnvironment` gets the place where scripts run, for terminals.
 */
export const runSequence = async (
  job: JobContext,
  onEnvironment: (environment: Environment) => void,
): Promise<SequenceEnd> => {
  let environment: Environment | undefined;
  let cleaning: Promise<void> | undefined;
  let failure: JobFailure | undefined;
  try {
    begin(job);
    const prepared = await prepareJob(job, (made) => {
      environment = made;
      onEnvironment(made);
    });
    const end = await runPrepared(prepared);
    failure = end.failure;
    cleaning = end.cleaning;
  } catch (error) {
    failure = failureOf(error);
  }
  await waitForTerminal(job);
  // What was cleaned is nothing to look at, whoever asked for it since then.
  const keepMs = environment !== undefined && cleaning === undefined ? keepMsOf(job, failure) : 0;
  const keptUntilMs = keepMs > 0 ? job.deps.clock.now() + keepMs : undefined;
  if (keptUntilMs !== undefined) job.log.info(`Keeping the environment of this job for ${formatDuration(keepMs)}`);
  else job.onEvent({ kind: 'terminal', open: false });
  const settled = (async () => {
    await cleaning;
    await environment?.close(keptUntilMs !== undefined ? { keepUntilMs: keptUntilMs } : {});
  })().catch((error) => job.deps.log.error('What a job used could not be cleared away', { error: messageOf(error) }));
  return { failure, settled, keptUntilMs };
};

/** A person at GitLab's terminal keeps the place of the job, for a while (spec/operations.md 6.4). */
const waitForTerminal = async ({ request: { session }, lifetime, log, deps }: JobContext): Promise<void> => {
  if (session?.connected !== true || lifetime.signal.aborted) return;
  const limit = formatDuration(session.timeoutMs);
  log.info(`Terminal is connected, will time out in ${limit}...`);
  const waiting = new AbortController();
  const time = deps.clock.sleep(session.timeoutMs, AbortSignal.any([waiting.signal, lifetime.signal]));
  const end = await Promise.race([
    session.disconnected().then(() => 'left'),
    time.then(
      () => 'late',
      () => 'stopped',
    ),
  ]);
  waiting.abort();
  if (end === 'left') log.info('Terminal disconnected');
  if (end === 'late') log.info(`terminal session timed out (maximum time allowed - ${limit})`);
};

/** A failure is worth a look; an end that somebody wanted is none. */
const keepMsOf = ({ request, lifetime, deps }: JobContext, failure: JobFailure | undefined): number =>
  deps.executor.kept !== undefined &&
  failure !== undefined &&
  failure.reason !== 'job_canceled' &&
  (lifetime.cause === undefined || lifetime.cause === 'timeout')
    ? (request.keepFailedMs?.() ?? 0)
    : 0;

/** Header, refusals, warnings, and the job's clock. */
const begin = (job: JobContext): void => {
  const { setup, lifetime, log } = job;
  writeHeader(job);
  if (setup.invalid !== undefined) throw setup.invalid;
  refuseRunJobs(setup.payload);
  refuseSecrets(setup.payload);
  const problems = settingProblems(job);
  if (problems.length > 0) log.warning(problems.join('\n'));
  lifetime.startTimeout(setup.timeoutMs);
};

/** From the sources to the clean-up. `cleaning`: a clean-up that shows nothing need not be waited for here. */
const runPrepared = async (
  prepared: PreparedJob,
): Promise<{ failure: JobFailure | undefined; cleaning: Promise<void> | undefined }> => {
  const { lifetime, log, setup, onEvent } = prepared;
  const attempts = readAttempts(prepared.variables);
  const timeouts = readScriptTimeouts(prepared.variables, setup.timeoutMs);
  let failure: JobFailure | undefined;
  let stepsBegan = false;
  const over = (): boolean => lifetime.signal.aborted || failure instanceof SourcesTimeout;
  const keepFirst = (error: JobFailure | undefined): void => void (failure ??= error);
  try {
    await getSources(prepared, attempts);
    await fetchFiles(prepared, attempts);
    for (const problem of timeouts.problems) log.warning(problem);
    writePolicy(prepared);
    onEvent({ kind: 'phase', phase: 'running' });
    stepsBegan = true;
    await runSteps(prepared, timeouts);
  } catch (error) {
    failure = failureOf(error);
  }
  onEvent({ kind: 'phase', phase: 'finishing' });
  let job = withOutcome(prepared, failure);
  try {
    if (stepsBegan && !over()) keepFirst(await runAfterScript(job, timeouts));
    if (over()) return { failure, cleaning: undefined };
    job = withOutcome(prepared, failure);
    const outcome = failure === undefined ? 'success' : 'failure';
    const archived = await caught(archiveCache(job, outcome));
    const uploaded = await caught(uploadArtifacts(job, outcome));
    keepFirst(archived ?? uploaded);
  } catch (error) {
    keepFirst(failureOf(error));
  }
  if (over()) return { failure: failure ?? failureOf(lifetime.signal.reason), cleaning: undefined };
  // What the clean-up removes (file variables, git's credentials) is part of what is kept.
  if (keepMsOf(job, failure) > 0) return { failure, cleaning: undefined };
  const cleaning = cleanUp(job);
  if (showsCleanup(job)) await cleaning;
  return { failure, cleaning };
};

const caught = async (stage: Promise<void>): Promise<JobFailure | undefined> => {
  try {
    await stage;
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
};
