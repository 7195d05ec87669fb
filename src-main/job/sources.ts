import { JobFailure } from '../executors/types.ts';
import { type Attempts, withAttempts } from './attempts.ts';
import type { PreparedJob } from './context.ts';
import { formatDuration } from './go-duration.ts';
import { runScriptStage } from './script-stage.ts';
import { stageTitles } from './sections.ts';
import { configuredTimeoutMs, withDeadline } from './timeouts.ts';

/** The time for all tries of get_sources is over: nothing else of the job runs (spec/job-lifecycle.md 1.3). */
export class SourcesTimeout extends JobFailure {}

/** get_sources with its attempts; before the second one the work tree is cleared. */
export const getSources = async (job: PreparedJob, attempts: Attempts): Promise<void> => {
  const { deps, lifetime, log, setup } = job;
  const ms = configuredTimeoutMs(job.request.runner, 'get_sources_timeout', setup.timeoutMs);
  const reason = new SourcesTimeout(
    'job_execution_timeout',
    `get sources timeout: exceeded timeout of ${formatDuration(ms ?? setup.timeoutMs)}`,
  );
  await withDeadline({ clock: deps.clock, signal: lifetime.signal, ms, reason }, (signal) =>
    withAttempts(
      {
        attempts: attempts.of('GET_SOURCES_ATTEMPTS'),
        exponential: job.variables.flag('FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY'),
        clock: deps.clock,
        signal,
        log,
      },
      async (attempt) => {
        const options = { where: 'helper', signal } as const;
        if (attempt === 2) await runScriptStage(job, { name: 'clear_worktree' }, stageTitles.clear_worktree, options);
        await runScriptStage(job, { name: 'get_sources' }, stageTitles.get_sources, options);
      },
    ),
  );
};
