import { messageOf } from '../../src-shared/errors.ts';
import type { PreparedJob } from './context.ts';
import { stageContext } from './script-stage.ts';
import { stageTitles } from './sections.ts';
import { filesToCleanUp, renderStage } from './stages/index.ts';

/** What a clean-up that hangs may take; the job's own time may be over. */
const limitMs = 60_000;

/**
 * cleanup_file_variables: always done, its section is shown only where there is something to see (file variables,
 * FF_ENABLE_JOB_CLEANUP). Its errors go to the application's log, never to the job's result.
 */
export const cleanUp = async (job: PreparedJob): Promise<void> => {
  const { deps, lifetime, stages, environment } = job;
  const files = environment.files.local ? filesToCleanUp(stageContext(job)) : undefined;
  if (files !== undefined && !showsCleanup(job)) {
    if (!lifetime.signal.aborted) await removeFiles(job, files);
    return;
  }
  const script = renderStage({ name: 'cleanup_file_variables' }, stageContext(job));
  if (script === undefined || lifetime.signal.aborted) return;
  const abort = new AbortController();
  const cancel = deps.clock.after(limitMs, () => abort.abort(new Error('the clean-up took too long')));
  const name = 'cleanup_file_variables';
  const run = async (onOutput: Parameters<Parameters<typeof stages.run>[1]>[0]): Promise<void> => {
    const exit = await job.environment.run(script, { stage: name, where: 'helper', signal: abort.signal, onOutput });
    if (exit.code !== 0) deps.log.warn('Cleaning up after a job failed', { exit: exit.code ?? exit.signal });
  };
  try {
    if (showsCleanup(job)) await stages.run({ name, title: stageTitles[name], signal: abort.signal }, run);
    else await run(() => undefined);
  } catch (error) {
    deps.log.warn('Cleaning up after a job failed', { error: messageOf(error) });
  } finally {
    cancel();
  }
};

/** On this machine a shell would only cost time. Paths are absolute here; what is not there is no error. */
const removeFiles = async ({ deps, environment }: PreparedJob, paths: readonly string[]): Promise<void> => {
  const results = await Promise.allSettled(paths.map((path) => environment.files.remove(path)));
  for (const result of results)
    if (result.status === 'rejected')
      deps.log.warn('Cleaning up after a job failed', { error: messageOf(result.reason) });
};

export const showsCleanup = ({ variables }: PreparedJob): boolean =>
  variables.flag('FF_ENABLE_JOB_CLEANUP') || variables.all.some(({ file, internal }) => file && !internal);
