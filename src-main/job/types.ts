import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { JobPayload } from '../../src-shared/payload.ts';
import type { Archiver } from '../archive/types.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Executor, ExecutorHandle, FailureReason, Terminal, TerminalOptions } from '../executors/types.ts';
import type { CoordinatorClient, RunnerInfo, TlsChain } from '../gitlab/types.ts';
import type { Trace } from '../trace/types.ts';
import type { TransferStages } from './transfer/types.ts';

export type { ExecutorHandle, KeptEnvironment, Lease } from '../executors/types.ts';

/** What one job needs from outside. Everything is an argument; nothing is global. */
export interface JobDeps {
  readonly client: CoordinatorClient;
  readonly executor: Executor;
  readonly archiver: Archiver;
  readonly transfer: TransferStages;
  readonly clock: Clock;
  readonly log: Logger;
  /** What is asked of the environment of Harrier itself: PATH, HOME, … (environment hygiene). */
  readonly processEnv: Readonly<Record<string, string | undefined>>;
}

export interface JobRequest {
  readonly payload: JobPayload;
  readonly runner: RunnerConfig;
  readonly info: RunnerInfo;
  readonly systemId: string;
  readonly hostname: string;
  /** `harrier 0.1.0 (abc1234)`, printed after "Running with". */
  readonly banner: string;
  readonly workingDirectory: string;
  readonly slot: { readonly runnerId: number; readonly projectRunnerId: number };
  /** Private 0700 folder of this job: spool file, scripts. Exists. */
  readonly jobFolder: string;
  readonly tls?: TlsChain;
  readonly journal: JobJournal;
  /** GitLab's web terminal, where one is served. */
  readonly session?: JobSession;
  readonly onEvent: (event: JobEvent) => void;
  /** How long the environment of a failed job is kept for a look; 0: not at all. Asked when the job has failed. */
  readonly keepFailedMs?: () => number;
  /** Before the environment is made: what its folder on this machine would be. Answers lines for the job's log. */
  readonly onFolder?: (folder: string) => Promise<readonly string[]>;
}

/** GitLab's web terminal of one job (room session). */
export interface JobSession {
  readonly info: { readonly url: string; readonly certificate: string; readonly authorization: string };
  offer(open: (size: TerminalOptions) => Promise<Terminal>): void;
  readonly connected: boolean;
  /** Settles when nobody is connected. */
  disconnected(): Promise<void>;
  /** How long a connected terminal may hold a job that is over, in ms. */
  readonly timeoutMs: number;
  close(): void;
}

/** What the engine writes down so that a later start can finish the job. Each promise settles when it is on the disk. */
export interface JobJournal {
  handle(handle: ExecutorHandle): Promise<void>;
  acknowledged(offset: number): void;
  result(result: JobResult): Promise<void>;
  /** GitLab has answered the final update, and not everything is removed yet. */
  told(delivery: 'reported' | 'dropped'): void;
}

export interface JobResult {
  readonly state: 'success' | 'failed';
  readonly failureReason?: FailureReason;
  readonly exitCode?: number;
  /** The last line of the log without colours: `Job succeeded`, `Job failed: exit status 3`. */
  readonly message: string;
}
export interface JobOutcome extends JobResult {
  /** `reported`: GitLab took the final update. `dropped`: it no longer wanted the job. `unreported`: the journal keeps it. */
  readonly delivery: 'reported' | 'dropped' | 'unreported';
  readonly traceBytes: number;
  /** The executor was told to keep the environment until then (ms since 1970). */
  readonly keptUntilMs?: number;
}

export type StopCause = 'user' | 'canceled' | 'aborted' | 'timeout' | 'shutdown' | 'battery';

export type JobEvent =
  | {
      readonly kind: 'stage';
      readonly stage: string;
      readonly state: 'started' | 'ended';
      readonly atMs: number;
      readonly failed?: boolean;
    }
  | { readonly kind: 'phase'; readonly phase: 'preparing' | 'running' | 'finishing' | 'reporting' | 'canceling' }
  /** Whether a terminal can be opened. */
  | { readonly kind: 'terminal'; readonly open: boolean }
  | { readonly kind: 'detail'; readonly key: string; readonly value: string };

/** A job at work. */
export interface RunningJob {
  /** Its private folder on this machine; the log's file is in there. */
  readonly folder: string;
  readonly trace: Trace;
  readonly done: Promise<JobOutcome>;
  /** `user` cancels gracefully (after_script runs); `shutdown` and `battery` end it and report. */
  stop(cause: StopCause, detail?: string): void;
  terminal(options: TerminalOptions): Promise<Terminal>;
  /** Masked variables hidden; for the UI. */
  readonly variables: () => readonly { key: string; value: string | null }[];
}

export type RunJob = (deps: JobDeps, request: JobRequest) => RunningJob;
