import { stat } from 'node:fs/promises';
import { messageOf } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { type LoadResult, loadConfig } from './load.ts';

/** How often the file is looked at (spec/config-toml.md 4.3). */
const everyMs = 3000;

/** A config file that is followed: the last good one is in force, whatever happens to the file. */
export interface WatchedConfig {
  current(): LoadResult;
  onChange(listener: (config: LoadResult) => void): () => void;
  /** Reads the file now (SIGHUP, our own save). */
  reload(): Promise<void>;
  close(): void;
}

export async function watchConfig(options: {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Logger;
  /** A file that is not there is an empty one (the app), not an error (`run`). */
  readonly mayBeMissing: boolean;
}): Promise<WatchedConfig> {
  const { path, env, clock, log } = options;
  const listeners = new Set<(config: LoadResult) => void>();
  const stamp = async (): Promise<string> =>
    stat(path).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs}:${size}:${ino}`,
      () => 'missing',
    );
  const empty: LoadResult = { config: { runners: [] }, path, runnerProblems: [], warnings: [] };
  let seen = await stamp();
  let current = options.mayBeMissing && seen === 'missing' ? empty : await loadConfig(path, env);
  for (const warning of current.warnings) log.warn(warning);
  let cancel = (): void => {};

  const reload = async (): Promise<void> => {
    seen = await stamp();
    try {
      // A file that vanished leaves what was in it in force.
      if (seen === 'missing') throw new Error(`${path} is gone`);
      current = await loadConfig(path, env);
      for (const warning of current.warnings) log.warn(warning);
      log.info('Configuration loaded', { path });
    } catch (error) {
      current = { ...current, problem: messageOf(error) };
      log.error('Failed to load config', { error: messageOf(error) });
    }
    for (const listener of listeners) listener(current);
  };
  const look = async (): Promise<void> => {
    if ((await stamp()) !== seen) await reload();
    cancel = clock.after(everyMs, () => void look(), { unref: true });
  };
  cancel = clock.after(everyMs, () => void look(), { unref: true });

  return {
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reload,
    close: () => cancel(),
  };
}
