import type { RunnerConfig } from '../../src-shared/config-schema.ts';

/** One executor in the list: how to make what it needs on this machine. */
export interface Place {
  /** Head of its column in docs/executors.md. */
  readonly name: string;
  /** As config.toml names it. */
  readonly executor: string;
  /** Tools of this machine (test/support/require.ts). */
  readonly needs: readonly string[];
  /** What is officially otherwise than in most executors. */
  readonly differs?: Differences;
  /** `root`: a folder of its own that goes afterwards. `token`: of the runner; its part after `glrt-` names what is its. */
  open(root: string, runner: { readonly token: string }): Promise<OpenPlace>;
}
export interface Differences {
  /** `no`: the executor has none, and says so. */
  readonly terminal?: 'no';
  /** `runs`: as containers beside the job. `given`: told to a driver. Otherwise they are ignored, as officially. */
  readonly services?: 'runs' | 'given';
  /** `lost`: the local cache goes with the machine that the job ran on. */
  readonly cache?: 'lost';
  /** A script that ends with 3 says so in these words (`exit status 3` otherwise). */
  readonly exitWords?: string;
}
export interface OpenPlace {
  /** What stands in `[[runners]]` beside url, token and executor. */
  readonly runner: RunnerConfig;
  /** Beside PATH and HOME, for Harrier itself. */
  readonly env?: Readonly<Record<string, string>>;
  /** Address at which jobs reach servers of this machine; 127.0.0.1 when absent. */
  readonly host?: string;
  /** Payload parts for every job (`image`). */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** What its jobs have left and should not have. Processes are looked for by the suite itself. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}
