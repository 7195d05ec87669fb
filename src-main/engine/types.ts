import type { Config, RunnerConfig } from '../../src-shared/config-schema.ts';
import type { EngineSnapshot, JobView } from '../../src-shared/ipc.ts';
import type { RunningJob } from '../job/types.ts';

/** Where the engine's configuration comes from: a watched file, or a fixed object (`exec`, tests). */
export interface ConfigSource {
  /** The last good configuration. */
  current(): LoadedConfig;
  onChange(listener: (config: LoadedConfig) => void): () => void;
}
export interface LoadedConfig {
  readonly config: Config;
  readonly path?: string;
  /** Runners with a wrong key: index in `config.runners`, and what is wrong with line. */
  readonly runnerProblems: readonly { readonly index: number; readonly message: string }[];
  /** Why the file on disk is not in force, when it is broken. */
  readonly problem?: string;
  readonly warnings: readonly string[];
}

/** The heart: asks for jobs, runs them, tells what happens. One per config. */
export interface Engine {
  /** Recovers what an earlier end left, then begins to ask for jobs. */
  start(): Promise<void>;
  /** Stops asking; `drain` lets jobs end, `now` ends and reports them. Resolves when nothing runs any more. */
  stop(mode: 'drain' | 'now', options?: { readonly timeoutMs?: number; readonly cause?: string }): Promise<void>;
  pause(runner: string | 'all', options?: { readonly untilMs?: number; readonly reason?: string }): void;
  resume(runner: string | 'all'): void;
  snapshot(): EngineSnapshot;
  onChange(listener: () => void): () => void;
  job(key: string): RunningJob | undefined;
  jobs(): readonly JobView[];
  cancel(key: string): void;
  /** Names of runners as the snapshot has them. */
  readonly runners: () => readonly RunnerConfig[];
}
