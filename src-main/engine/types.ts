import type { Config, RunnerConfig } from '../../src-shared/config-schema.ts';
import type { Health } from '../../src-shared/health.ts';
import type { EngineState, JobView, RunnerView } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { CoordinatorClient, RunnerInfo } from '../gitlab/types.ts';
import type { JobDeps, JobOutcome, JobSession, RunJob, RunningJob } from '../job/types.ts';
import type { Kept } from './kept.ts';

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
  readonly runnerProblems: readonly { readonly index: number; readonly message: string; readonly line?: number }[];
  /** Why the file on disk is not in force, when it is broken. */
  readonly problem?: string;
  /** Of the text on disk, in force or not. */
  readonly hash?: string;
  readonly warnings: readonly string[];
}

/** What an engine needs from outside. Everything is an argument; nothing is global. */
export interface EngineDeps {
  readonly config: ConfigSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Number in [0, 1) for jitter. */
  readonly random: () => number;
  readonly systemId: string;
  readonly hostname: string;
  /** `harrier 0.1.0 (abc1234)`. */
  readonly banner: string;
  readonly workingDirectory: string;
  /** Journal and job folders (0700). */
  readonly dataFolder: string;
  readonly createClient: (runner: RunnerConfig) => CoordinatorClient;
  /** Undefined: no executor of this name. */
  readonly executorOf: (runner: RunnerConfig) => JobDeps['executor'] | undefined;
  readonly infoOf: (runner: RunnerConfig) => RunnerInfo;
  /** Bytes free where builds and spools go; undefined when it cannot be told. */
  readonly freeBytes?: () => Promise<number | undefined>;
  /** A web terminal for the job that the next request may bring; undefined where none is served for this runner. */
  readonly openSession?: (runner: RunnerConfig) => JobSession | undefined;
  readonly runJob: RunJob;
  readonly jobDeps: Pick<JobDeps, 'archiver' | 'transfer' | 'processEnv'>;
  /** The engine of the embedded coordinator: its runners are marked as local. */
  readonly local: boolean;
  /** A job has ended: for the history. `folder` holds `trace.log`; the receiver decides how long it stays. */
  readonly onJobEnded?: (job: EndedJob) => void;
  /** Whether whoever got this folder by `onJobEnded` still wants it. Others are removed at the next start. */
  readonly isKept?: (folder: string) => boolean;
}
export interface EndedJob {
  readonly view: JobView;
  readonly outcome: JobOutcome;
  readonly folder: string;
}

export interface EngineView {
  readonly state: EngineState;
  readonly runners: readonly RunnerView[];
  /** Jobs at work, newest first. */
  readonly jobs: readonly JobView[];
  readonly concurrent: number;
  /** Where builds and logs go; `problem`: why no job is taken because of it. */
  readonly disk:
    | { readonly freeBytes: number; readonly floorBytes: number; readonly problem: string | undefined }
    | undefined;
  readonly links: Health['links'];
  readonly executors: Health['executors'];
}

/** The heart: asks for jobs, runs them, tells what happens. One per config. */
export interface Engine {
  /** Recovers what an earlier end left, then begins to ask for jobs. */
  start(): Promise<void>;
  /**
   * Stops asking; `drain` lets jobs end, `now` ends and reports them. Resolves when nothing runs any more, or after
   * `timeoutMs`: a drain then turns into `now`. A second call may only be faster.
   */
  stop(mode: 'drain' | 'now', options?: { readonly timeoutMs?: number; readonly cause?: string }): Promise<void>;
  pause(runner: string, options?: { readonly untilMs?: number; readonly untilPluggedIn?: boolean }): void;
  /** The machine runs on mains: pauses that waited for it end. */
  pluggedIn(): void;
  resume(runner: string): void;
  view(): EngineView;
  onChange(listener: () => void): () => void;
  readonly kept: Kept;
  /**
   * Whether a job's folder is still needed: the job runs, is kept, or GitLab has not been told all of it.
   */
  needs(folder: string): boolean;
  job(key: string): RunningJob | undefined;
  cancel(key: string): void;
  /** Whether the environment of this job is kept when it fails. False: it cannot be kept. */
  keep(key: string, on: boolean): boolean;
  /** The entry behind a runner's key. */
  runner(key: string): RunnerConfig | undefined;
}
