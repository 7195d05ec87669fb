import { parseBool } from '../../src-shared/parse-bool.ts';
import { JobFailure } from '../executors/types.ts';
import { type PreparedJob, withStatus } from './context.ts';
import { failureOf } from './result.ts';
import { runScriptStage } from './script-stage.ts';
import { stageTitles, stepStage, stepTitle } from './sections.ts';
import { ScriptDeadline, type ScriptTimeouts, withDeadline } from './timeouts.ts';

/** The user's steps in their order, together under RUNNER_SCRIPT_TIMEOUT; the first failure ends them. */
export const runSteps = async (job: PreparedJob, { scriptMs }: ScriptTimeouts): Promise<void> => {
  const { deps, lifetime, log, setup } = job;
  const steps = (setup.payload.steps ?? []).map(({ name }, index) => ({ name, index }));
  const reason = new JobFailure('job_execution_timeout', 'script timeout: context deadline exceeded');
  lifetime.enterScript();
  try {
    await withDeadline({ clock: deps.clock, signal: lifetime.script, ms: scriptMs, reason }, async (signal) => {
      for (const { name, index } of steps.filter((step) => step.name !== 'after_script')) {
        const title = stepTitle(stepStage(name ?? ''));
        await runScriptStage(job, { name: 'step', index }, title, { where: 'build', signal });
      }
    });
  } finally {
    lifetime.leaveScript();
    if (lifetime.script.aborted && !lifetime.signal.aborted) log.warning('script canceled externally (UI, API)');
  }
};

/** after_script with its own limit. Answers its failure when that counts for the job, i.e. was asked for. */
export const runAfterScript = async (
  job: PreparedJob,
  { afterScriptMs }: ScriptTimeouts,
): Promise<JobFailure | undefined> => {
  const { deps, lifetime, log } = job;
  const reason = new ScriptDeadline('job_execution_timeout', 'context deadline exceeded');
  try {
    await withDeadline({ clock: deps.clock, signal: lifetime.signal, ms: afterScriptMs, reason }, (signal) =>
      runScriptStage(job, { name: 'after_script' }, stageTitles.after_script, { where: 'build', signal }),
    );
    return undefined;
  } catch (error) {
    if (lifetime.signal.aborted) throw lifetime.signal.reason;
    const failure = failureOf(error);
    const ignored = parseBool(job.variables.get('AFTER_SCRIPT_IGNORE_ERRORS') ?? '') ?? true;
    if (!ignored) return failure;
    log.warning(`after_script failed, but job will continue unaffected: ${failure.message}`);
    return undefined;
  }
};

/** `CI_JOB_STATUS` of what comes after the user's steps. */
export const withOutcome = (job: PreparedJob, failure: JobFailure | undefined): PreparedJob => {
  if (failure === undefined) return withStatus(job, 'success');
  if (failure.reason === 'job_canceled') return withStatus(job, 'canceled');
  return withStatus(job, failure.reason === 'job_execution_timeout' ? 'timedout' : 'failed');
};
