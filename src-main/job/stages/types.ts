import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import type { JobPayload } from '../../../src-shared/payload.ts';
import type { ExecutorTraits, JobDirectories } from '../../executors/types.ts';
import type { Shell } from '../../shells/types.ts';
import type { JobVariables } from '../variables/types.ts';

/** The stages that are scripts; cache and artifacts are in transfer/. `step`: one payload step, by its index. */
export type ScriptStage =
  | { readonly name: 'prepare_script' }
  | { readonly name: 'get_sources' }
  | { readonly name: 'clear_worktree' }
  | { readonly name: 'step'; readonly index: number }
  | { readonly name: 'after_script' }
  | { readonly name: 'cleanup_file_variables' };

export interface StageContext {
  readonly payload: JobPayload;
  readonly runner: RunnerConfig;
  readonly shell: Shell;
  readonly variables: JobVariables;
  readonly directories: JobDirectories;
  readonly traits: ExecutorTraits;
  /** `Running on <hostname>...`; absent: the script asks the machine. */
  readonly hostname?: string;
  /** The machine of the runner, for `via …`; absent: this one. */
  readonly runnerHostname?: string;
  /** Where the API of this runner is (config `url`); git's credentials belong to it. */
  readonly serverUrl: string;
  readonly jobId: number;
  readonly systemId: string;
}

/**
 * The whole script of a stage, ready for `Environment.run`. Undefined: there is nothing to do, no section is printed.
 * Throws JobFailure for settings that cannot be.
 */
export type RenderStage = (stage: ScriptStage, context: StageContext) => string | undefined;
