import { messageOf } from '../../src-shared/errors.ts';
import type { PreparedJob } from './context.ts';
import { stageContext } from './script-stage.ts';
import { stageTitles } from './sections.ts';
import { renderStage } from './stages/index.ts';

/** What a clean-up that hangs may take; the job's own time may be over. */
const limitMs = 60_000;

/**
 * cleanup_file_variables: always done, its section is shown only where there is something to see (file variables,
 * FF_ENABLE_JOB_CLEANUP). Its errors go to the application's log, never to the job's result.
 */
export const cleanUp = async (job: PreparedJob): Promise<void> => {
  const { deps, lifetime, stages } = job;
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

export const showsCleanup = ({ variables }: PreparedJob): boolean =>
  variables.flag('FF_ENABLE_JOB_CLEANUP') || variables.all.some(({ file, internal }) => file && !internal);
