import type { BuildLog } from '../base/build-log.ts';
import type { Clock } from '../base/clock.ts';
import { JobFailure, type RunOptions } from '../executors/types.ts';
import type { Trace } from '../trace/types.ts';
import { sectionEnd, sectionHeader, sectionStart } from './sections.ts';
import { ScriptDeadline } from './timeouts.ts';
import type { JobEvent } from './types.ts';

/** How a stage of this job is shown: its section in the log, its events for the UI. */
export interface StageRunner {
  /**
   * Runs one stage. It is not begun, and nothing is printed, when `signal` has been aborted before. `body` gets the two
   * streams of the stage's output; they end before its section does.
   */
  run(stage: { name: string; title: string; signal: AbortSignal }, body: StageBody): Promise<void>;
}
export type StageBody = (onOutput: RunOptions['onOutput']) => Promise<void>;

export interface StageRunnerDeps {
  readonly trace: Trace;
  readonly log: BuildLog;
  readonly clock: Clock;
  readonly markers: boolean;
  readonly onEvent: (event: JobEvent) => void;
}

export const createStageRunner = ({ trace, log, clock, markers, onEvent }: StageRunnerDeps): StageRunner => {
  const unixSeconds = (): number => Math.floor(clock.now() / 1000);
  return {
    async run({ name, title, signal }, body) {
      if (signal.aborted) throw signal.reason;
      onEvent({ kind: 'stage', stage: name, state: 'started', atMs: clock.now() });
      // Two writes: with timestamps the marker is a line of its own, which the header continues.
      log.raw(sectionStart(name, unixSeconds(), markers));
      log.raw(sectionHeader(title));
      const out = trace.stream(1, 'O');
      const err = trace.stream(1, 'E');
      let failed = true;
      try {
        await body((stream, chunk) => (stream === 'stdout' ? out : err).write(chunk));
        failed = false;
      } catch (error) {
        // Whatever a stopped stage says about its end, the reason of the stop is what counts.
        throw signal.aborted && !(signal.reason instanceof ScriptDeadline) ? signal.reason : error;
      } finally {
        out.end();
        err.end();
        log.raw(sectionEnd(name, unixSeconds(), markers));
        if (signal.aborted) warnAboutTimeout(log, name, signal.reason);
        onEvent({ kind: 'stage', stage: name, state: 'ended', atMs: clock.now(), ...(failed ? { failed } : {}) });
      }
    },
  };
};

const timeoutHelp = 'https://docs.gitlab.com/ci/runners/configure_runners/#set-script-and-after_script-timeouts';

const warnAboutTimeout = (log: BuildLog, stage: string, reason: unknown): void => {
  if (reason instanceof JobFailure && reason.reason === 'job_execution_timeout')
    log.warning(
      `${stage} could not run to completion because the timeout was exceeded. For more control over job and script timeouts see: ${timeoutHelp}`,
    );
};
