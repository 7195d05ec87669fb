import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import type { JobPayload } from '../../../src-shared/payload.ts';
import type { Archiver } from '../../archive/types.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Environment, JobDirectories, ResolvedVariable } from '../../executors/types.ts';
import type { CoordinatorClient, RunnerInfo } from '../../gitlab/types.ts';

/**
 * What the four transfer stages (restore_cache, download_artifacts, archive_cache, upload_artifacts) need. They run in
 * this process, in place where the environment is local, through tar streams where it is not.
 */
export interface TransferContext {
  readonly environment: Environment;
  readonly archiver: Archiver;
  readonly client: CoordinatorClient;
  readonly payload: JobPayload;
  readonly runner: RunnerConfig;
  readonly info: RunnerInfo;
  readonly variables: readonly ResolvedVariable[];
  /** Value of a job variable after expansion. */
  readonly variable: (key: string) => string | undefined;
  /** `$A`, `${A}` with the runner's one-pass rules. */
  readonly expand: (text: string) => string;
  readonly flag: (name: string) => boolean;
  readonly directories: JobDirectories;
  readonly shortToken: string;
  /** Private 0700 folder on this machine for temporary archives. */
  readonly jobFolder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** What the script of the stage says: its output in the job's log (after this: masking and so on). */
  readonly print: (bytes: string) => void;
  /** What the helper program says: officially on the error stream, which shows in the time stamps of the log. */
  readonly printHelper: (bytes: string) => void;
  /** Runs a command line in the project directory of the helper environment. */
  readonly capture: (command: string, args: readonly string[]) => Promise<Captured>;
  /** Numbers for the UI (`cache`: `Restored, 84 MB`). */
  readonly onDetail: (key: string, value: string) => void;
}

/** How a captured command ended, and what it printed. */
export interface Captured {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * The stages themselves (job/transfer/index.ts). `nothing`: no section is printed at all, asked before the stage begins.
 * They resolve when the stage is done; a JobFailure or HarrierError fails the stage, as spec/job-lifecycle.md 7 and 8 say.
 */
export interface TransferStages {
  hasCache(payload: JobPayload, outcome: 'restore' | 'success' | 'failure'): boolean;
  hasArtifacts(payload: JobPayload, outcome: 'success' | 'failure'): boolean;
  hasDependencies(payload: JobPayload): boolean;
  /** Throws, before the section is printed, for what no stage could be made of: an unknown policy. */
  checkCache(payload: JobPayload, variables: Pick<TransferContext, 'expand' | 'flag'>): void;
  restoreCache(context: TransferContext): Promise<void>;
  downloadArtifacts(context: TransferContext): Promise<void>;
  archiveCache(context: TransferContext, outcome: 'success' | 'failure'): Promise<void>;
  uploadArtifacts(context: TransferContext, outcome: 'success' | 'failure'): Promise<void>;
}
