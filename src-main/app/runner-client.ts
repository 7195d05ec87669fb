import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { type CoordinatorClient, createCoordinatorClient, createRunnerInfo, type RunnerInfo } from '../gitlab/index.ts';
import { connectionOf, type SharedSettings } from './connection.ts';

/** The client of one entry of a config file, for checks and removals outside of the engine. */
export const createRunnerClient = (
  runner: RunnerConfig,
  configPath: string,
  settings: SharedSettings,
  deps: { readonly clock: Clock; readonly log: Logger },
): CoordinatorClient => createCoordinatorClient(connectionOf(runner, configPath, process.env, settings), deps);

export const runnerInfoOf = (runner: RunnerConfig): RunnerInfo =>
  createRunnerInfo({ executor: runner.executor ?? '', shell: runner.shell ?? '', executorFeatures: [] });
