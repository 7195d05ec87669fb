import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { JobFailure } from '../types.ts';

/** One of the driver's programs, as config.toml names it. */
export interface Program {
  readonly key: 'config_exec' | 'prepare_exec' | 'run_exec' | 'cleanup_exec';
  readonly path: string;
  readonly args: readonly string[];
  /** Longest time for one call; absent: as long as the stage. */
  readonly timeoutMs?: number;
}
export interface CustomSettings {
  readonly config: Program | undefined;
  readonly prepare: Program | undefined;
  readonly run: Program;
  readonly cleanup: Program | undefined;
  readonly graceMs: number;
  readonly killMs: number;
}

const defaultTimeoutSeconds = 3600;
const defaultGraceSeconds = 600;
const defaultKillSeconds = 10;

/** `[runners.custom]` (spec/executors.md 6.1). Throws a configuration error when there is nothing to run. */
export const readSettings = ({ custom = {} }: RunnerConfig): CustomSettings => {
  const program = (step: 'config' | 'prepare' | 'cleanup'): Program | undefined => {
    const path = custom[`${step}_exec`] ?? '';
    if (path === '') return undefined;
    const timeoutMs = ms(custom[`${step}_exec_timeout`], defaultTimeoutSeconds);
    return { key: `${step}_exec`, path, args: custom[`${step}_args`] ?? [], timeoutMs };
  };
  const { run_exec: path = '', run_args: args = [] } = custom;
  if (path === '') throw new JobFailure('runner_configuration_error', 'custom executor is missing RunExec');
  return {
    config: program('config'),
    prepare: program('prepare'),
    run: { key: 'run_exec', path, args },
    cleanup: program('cleanup'),
    graceMs: ms(custom.graceful_kill_timeout, defaultGraceSeconds),
    killMs: ms(custom.force_kill_timeout, defaultKillSeconds),
  };
};

/** Zero and less mean the default. */
const ms = (seconds: number | undefined, fallback: number): number =>
  (seconds !== undefined && seconds > 0 ? seconds : fallback) * 1000;
