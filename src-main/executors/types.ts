import type { Readable } from 'node:stream';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { JobPayload } from '../../src-shared/payload.ts';
import type { BuildLog } from '../base/build-log.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Terminal, TerminalOptions } from '../base/terminal.ts';
import type { Shell } from '../shells/types.ts';

export type { Terminal, TerminalOptions } from '../base/terminal.ts';

/** What the job engine and GitLab must know about an executor before anything is prepared (spec/job-lifecycle.md 2.1). */
export interface ExecutorTraits {
  /** Names of `info.features` that this executor turns on beside those of the shell and the client. */
  readonly features: readonly string[];
  /** GitLab may be offered a terminal in its jobs (`session`, `terminal`), where a session server runs. */
  readonly webTerminal?: boolean;
  /** CI_SHARED_ENVIRONMENT (true) or CI_DISPOSABLE_ENVIRONMENT. */
  readonly sharedEnvironment: boolean;
  /** Builds folder is shared between jobs: `<builds>/<token>/<n>/<slug>` instead of `<builds>/<slug>`. */
  readonly sharedBuildsDir: boolean;
  readonly customBuildDir: boolean;
  readonly safeDirectory: boolean;
  readonly cleanGitConfig: boolean;
  /** Defaults; `$PWD` stands for the working directory of the environment. Empty: must be configured. */
  readonly buildsDir: string;
  readonly cacheDir: string;
  /** `Running on X via Y...` instead of `Running on X...`. */
  readonly showsHost: boolean;
  /** Login shell (`bash -l`), as the shell executor has. */
  readonly loginShell: boolean;
  readonly defaultShell: ShellName;
  /** `exit status` (shell), `exit code` (docker). */
  readonly exitWords: string;
}
export type ShellName = 'bash' | 'sh' | 'pwsh' | 'powershell';

export interface JobDirectories {
  readonly builds: string;
  readonly cache: string;
  readonly project: string;
  /** `<project>.tmp` */
  readonly temporary: string;
}

/** Something outside this process that must be gone after the job; written to the journal before it is used. */
export interface ExecutorHandle {
  readonly kind: 'processGroup' | 'container' | 'network' | 'volume' | 'vm' | 'machine' | 'directory' | 'remoteProcess';
  readonly id: string;
  /** What proves that it is still ours (process start time, label, …). */
  readonly proof?: string;
  readonly details?: Readonly<Record<string, string>>;
}

export interface PrepareRequest {
  readonly job: JobPayload;
  readonly runner: RunnerConfig;
  /** All variables after expansion, the last one of a key wins. */
  readonly variables: readonly ResolvedVariable[];
  readonly directories: JobDirectories;
  readonly shell: Shell;
  readonly log: BuildLog;
  readonly appLog: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly slot: { readonly runnerId: number; readonly projectRunnerId: number };
  readonly systemId: string;
  readonly shortToken: string;
  /** Private 0700 folder of this job on this machine (spool, scripts). */
  readonly jobFolder: string;
  /** Where scripts begin on this machine (`--working-directory`); absent: the folder of this process. */
  readonly workingDirectory?: string;
  readonly onHandle: (handle: ExecutorHandle) => Promise<void>;
  /** What a person wants to see of the place: `image`, `services`, `engine`, `pull` (how far it is; empty: done). */
  readonly onDetail?: (key: string, value: string) => void;
}
/** What is known of a job before its folders and its shell are. */
export type ConfigureRequest = Omit<PrepareRequest, 'directories' | 'shell'>;
/** What `configure` has found out for one job. */
export interface Configured {
  /** Its traits and its `prepare` take the place of the executor's own. */
  readonly executor: Executor;
  /** The entry with folders and shell as they are for this job. */
  readonly runner: RunnerConfig;
  /** For `Running on … via`, in place of this machine's name. */
  readonly hostname?: string;
  /** Frees everything when `prepare` is not reached. Safe after it; never throws. */
  discard(): Promise<void>;
}
export interface ResolvedVariable {
  readonly key: string;
  readonly value: string;
  readonly file: boolean;
  readonly public: boolean;
  readonly masked: boolean;
  readonly raw: boolean;
  /** From the runner itself or its config; services see these too. */
  readonly internal: boolean;
}

/** Runs jobs in one kind of place. A new executor is one folder and one line in app/executors.ts. */
export interface Executor {
  readonly name: string;
  readonly traits: ExecutorTraits;
  /** Where a runner's config changes them; `traits` otherwise. */
  traitsFor?(runner: RunnerConfig): ExecutorTraits;
  /**
   * Where machines come and go: asked before each request for a job. Answers a machine, or the right to one, or why no
   * job can be taken now (no capacity), so that none is requested. Absent: this machine always has room.
   */
  acquire?(request: Pick<PrepareRequest, 'runner' | 'shortToken'>): Promise<Lease | string>;
  /**
   * Where a driver, or a machine, has a say in a job's folders and shell: asked before each `prepare`, throws as that
   * does. Absent: config and traits say it all.
   */
  configure?(request: ConfigureRequest): Promise<Configured>;
  /**
   * Answers an environment, or throws and leaves nothing behind. Throws HarrierError for what cannot change by trying
   * again (bad image name), JobFailure (below) to choose GitLab's failure reason, anything else counts as a passing fault.
   */
  prepare(request: PrepareRequest): Promise<Environment>;
  /** Removes what a dead Harrier left of a job, only if `proof` still fits. Answers what it did, for the job's log. */
  recover?(handles: readonly ExecutorHandle[], runner: RunnerConfig, log: Logger): Promise<void>;
  /**
   * The places of failed jobs of this runner that `close` has kept, by this Harrier or by one before it; those whose
   * time is over included, so that whoever counts them removes them. Absent: this executor keeps nothing.
   */
  kept?(request: Pick<PrepareRequest, 'runner' | 'systemId' | 'shortToken'>): Promise<readonly KeptEnvironment[]>;
  /** What goes on quietly after jobs (the removal of what has stopped already) has ended; asked before the process ends. */
  settled?(): Promise<void>;
}

/** A machine that is held for one job. */
export interface Lease {
  /** Runs that job there. */
  readonly executor: Executor;
  /** After the job, when its environment is gone, or when there was no job for it. Safe twice. */
  release(): void;
}

export interface RunOptions {
  /** Stage name, for messages and service labels (`step_script`). */
  readonly stage: string;
  readonly where: 'build' | 'helper';
  readonly signal: AbortSignal;
  /** Bytes as they come, valid during the call only: what is kept is copied. A promise means: wait before reading more. */
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => Promise<void> | undefined;
}
/** How a script ended. `code` is null after a signal death. */
export interface Exit {
  readonly code: number | null;
  readonly signal?: string;
}

/** Where one job's scripts run. Ends with `close`, whatever happened before. Runs do not overlap. */
export interface Environment {
  /** Shown by "Running on …"; the script prints it itself when absent. */
  readonly hostname?: string;
  /**
   * Runs one script to its end. A non-zero exit is an answer; it throws only when the script could not be run.
   * On abort the processes get TERM, after the grace time KILL; the promise settles when they are gone.
   */
  run(script: string, options: RunOptions): Promise<Exit>;
  readonly files: EnvironmentFiles;
  /** The same for one stage, where whoever runs it is told its name. Absent: `files` serves all. */
  readonly filesIn?: (stage: string) => EnvironmentFiles;
  /** Opens an interactive shell inside, in the build folder and with the job's variables; undefined where there is none. */
  readonly terminal?: (options: TerminalOptions) => Promise<Terminal>;
  /**
   * Frees everything that `prepare` made. May be called twice and after a failed `run`; never throws. With `keepUntilMs`
   * (wall clock) the place of a failed job stays for a look until then, also when Harrier ends meanwhile, and is listed
   * by `Executor.kept`; where nothing is left to keep it is freed as always. A later plain `close` frees what was kept.
   */
  close(options?: { readonly keepUntilMs?: number }): Promise<void>;
  /**
   * Settles when nothing of it is left anywhere. `close` may answer as soon as everything has stopped, so that GitLab
   * hears of the end while the rest is removed; the journal keeps the job until then. Never throws.
   */
  removed?(): Promise<void>;
}

/** Where a failed job ran, kept for a look (`[runners.harrier] keep_failed`). */
export interface KeptEnvironment {
  /** Stable over restarts, unique in its executor. */
  readonly id: string;
  readonly jobId: number;
  /** For people: the container's or folder's name and where it is. */
  readonly place: string;
  readonly untilMs: number;
  /** An interactive shell where the job's script ran. Throws when the place is gone. */
  terminal(options: TerminalOptions): Promise<Terminal>;
  /** Everything of it; not an error when it is gone. */
  remove(): Promise<void>;
  /** Bytes that it takes on disk; absent or undefined where that cannot be told. */
  sizeBytes?(): Promise<number | undefined>;
  /** Sets a later end. Absent: the end is fixed. */
  extend?(untilMs: number): Promise<void>;
  /** Folder of this machine that the next job must not use meanwhile. */
  readonly folder?: string;
  /** Its secrets are in this process only: it must be removed before the process ends. */
  readonly endsWithProcess?: true;
}

export interface FileEntry {
  /** Relative to the listed folder, `/` separated. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeMs: number;
}
/** Files of the environment. `local`: its paths are paths of this machine, and callers may use node:fs on them. */
export interface EnvironmentFiles {
  readonly local: boolean;
  /** Everything below `folder`, links not followed, folders included; streamed, unordered. */
  list(folder: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<FileEntry>;
  /** A tar of exactly these paths (relative to `folder`), not recursive. */
  readTar(folder: string, paths: readonly string[], signal?: AbortSignal): Promise<Readable>;
  /** Unpacks a tar (already checked by the caller) below `folder`. */
  writeTar(folder: string, tar: Readable, signal?: AbortSignal): Promise<void>;
  readFile(path: string, signal?: AbortSignal): Promise<Readable | undefined>;
  /** Writes to a temporary name and renames. */
  writeFile(
    path: string,
    body: Readable,
    options?: { readonly mode?: number; readonly signal?: AbortSignal },
  ): Promise<void>;
  stat(path: string): Promise<FileEntry | undefined>;
  remove(path: string): Promise<void>;
}

/** A failure of the job with GitLab's reason. `buildError`: do not retry the preparation. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  readonly reason: FailureReason;
  readonly exitCode: number | undefined;
  constructor(reason: FailureReason, message: string, options?: ErrorOptions & { exitCode?: number }) {
    super(message, options);
    this.reason = reason;
    this.exitCode = options?.exitCode;
  }
}
export type FailureReason =
  | 'script_failure'
  | 'runner_system_failure'
  | 'job_execution_timeout'
  | 'image_pull_failure'
  | 'unknown_failure'
  | 'runner_configuration_error'
  | 'runner_external_dependency_failure'
  | 'runner_interrupted'
  | 'job_canceled';
