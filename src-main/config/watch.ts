import { watch as watchFolder } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { messageOf } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { type LoadResult, loadConfig } from './load.ts';
import { readConfigText } from './read-text.ts';

/** How often the file is looked at, whatever the system tells (spec/config-toml.md 4.3). */
const everyMs = 3000;
/** A file must rest this long before it is read: other programs truncate and write in place, and half a file may be valid. */
const settleMs = 200;

/** A config file that is followed: the last good one is in force, whatever happens to the file. */
export interface WatchedConfig {
  current(): LoadResult;
  onChange(listener: (config: LoadResult) => void): () => void;
  /** Reads the file now (SIGHUP, our own save). */
  reload(): Promise<void>;
  close(): void;
}

export interface WatchOptions {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Logger;
  /** A file that is not there is an empty one (the app), not an error (`run`). */
  readonly mayBeMissing: boolean;
}

/** Loads a config file and follows it. Throws as `loadConfig` does when there is no good one to begin with. */
export async function watchConfig({ path, env, clock, log, mayBeMissing }: WatchOptions): Promise<WatchedConfig> {
  const listeners = new Set<(config: LoadResult) => void>();
  const warn = createWarner(log);
  let seen = await stampOf(path);
  let current: LoadResult =
    mayBeMissing && seen === missing
      ? { config: { runners: [] }, path, runnerProblems: [], warnings: [] }
      : await loadConfig(path, env);
  let existed = seen !== missing;
  warn(current.warnings);

  const load = async (): Promise<void> => {
    seen = await stampOf(path);
    // Nothing was there and nothing is: no trouble for a host that may begin empty.
    if (seen === missing && mayBeMissing && !existed) return;
    existed = true;
    try {
      // A file that vanished leaves what was in it in force.
      current = await loadConfig(path, env);
      warn(current.warnings);
      log.info('Configuration loaded', { path });
    } catch (error) {
      const { hash: _, ...last } = current;
      const found = await readConfigText(path).catch(() => undefined);
      current = { ...last, problem: messageOf(error), ...(found ? { hash: found.hash } : {}) };
      log.error('Failed to load config', { error: messageOf(error) });
    }
    for (const listener of listeners) listener(current);
  };
  // One after the other: two readers at once could finish in the wrong order.
  let queue = Promise.resolve();
  const reload = (): Promise<void> => (queue = queue.then(load));

  const follower = follow({ path, clock, isNew: (stamp) => stamp !== seen, onNew: reload });
  return {
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reload,
    close: follower.close,
  };
}

/** Looks at the file every three seconds, and soon after its folder says that something changed. */
function follow(options: {
  readonly path: string;
  readonly clock: Clock;
  readonly isNew: (stamp: string) => boolean;
  readonly onNew: () => Promise<void>;
}): { close(): void } {
  const { path, clock } = options;
  let closed = false;
  let cancel = (): void => {};
  let last: string | undefined;
  const plan = (delayMs: number): void => {
    cancel();
    if (!closed) cancel = clock.after(delayMs, () => void look(), { unref: true });
  };
  const look = async (): Promise<void> => {
    const stamp = await stampOf(path);
    const rests = stamp === last;
    last = stamp;
    if (closed) return;
    if (!options.isNew(stamp)) return plan(everyMs);
    if (!rests) return plan(settleMs);
    await options.onNew();
    plan(everyMs);
  };
  const stopFolder = watchFile(path, () => plan(settleMs));
  plan(everyMs);
  return {
    close() {
      closed = true;
      cancel();
      stopFolder();
    },
  };
}

/** Events of the file's folder, since saving by rename ends the events of the file itself. Where there are none, polling does. */
function watchFile(path: string, onEvent: () => void): () => void {
  try {
    const watcher = watchFolder(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) onEvent();
    });
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

const missing = 'missing';
/** Changes when the file does: an older backup put back counts too, which the official runner overlooks. */
const stampOf = (path: string): Promise<string> =>
  stat(path).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs}:${size}:${ino}`,
    () => missing,
  );

/** Says each warning once, whatever line it has moved to. */
function createWarner(log: Logger): (warnings: readonly string[]) => void {
  const said = new Set<string>();
  return (warnings) => {
    for (const warning of warnings) {
      const text = warning.replace(/:\d+:\d+: /, ': ');
      if (!said.has(text)) log.warn(warning);
      said.add(text);
    }
  };
}
