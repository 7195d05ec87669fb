import { relative, resolve } from 'node:path';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import type { KeptView } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Terminal, TerminalOptions } from '../base/terminal.ts';
import type { JobDeps, KeptEnvironment } from '../job/types.ts';
import { shortToken } from '../job/variables/index.ts';
import type { KeptJob } from './journal.ts';

export interface KeepOrder {
  readonly runner: RunnerConfig;
  readonly job: KeptJob;
  /** After its last trace is gone: the journal forgets the job, its slot numbers are free again. */
  readonly onEnd: () => Promise<void>;
}
export interface KeepLimits {
  readonly count: number;
  readonly bytes: number;
}

/**
 * Environments of failed jobs, kept for a look (`[runners.harrier] keep_failed`). Each ends by its time, by hand, when
 * newer ones need the room, or when another job needs its folder. The journal knows whose they are: the next start finds
 * them again, or removes what is left of them.
 */
export interface Kept {
  readonly views: readonly KeptView[];
  /** Whether it is there, or was and has been removed. */
  state(key: string): 'kept' | 'removed' | undefined;
  /** Takes over what the executor has kept of this job; false when there is nothing. */
  adopt(order: KeepOrder): Promise<boolean>;
  terminal(key: string, size: TerminalOptions): Promise<Terminal>;
  /** Answers the new end, in ms since 1970. */
  extend(key: string, byMs: number): Promise<number>;
  remove(key: string): Promise<void>;
  /** What holds a folder of this machine that a new job is going to use gives way. Answers whose it was. */
  makeRoom(folder: string): Promise<readonly string[]>;
  removeAll(): Promise<void>;
  /** The engine ends: what cannot outlive it is removed, the rest is found again at the next start. */
  end(): Promise<void>;
}

interface Entry {
  view: KeptView;
  readonly order: KeepOrder;
  environment: KeptEnvironment;
  cancelTimer: () => void;
}

export interface KeptDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly executorOf: (runner: RunnerConfig) => JobDeps['executor'] | undefined;
  readonly systemId: string;
  readonly limits: () => KeepLimits;
  readonly onChange: () => void;
}

export function createKept(deps: KeptDeps): Kept {
  const { clock, log, onChange } = deps;
  const entries = new Map<string, Entry>();
  const removed = new Set<string>();
  const removing = new Set<Promise<void>>();

  const find = (key: string): Entry => {
    const entry = entries.get(key);
    if (entry === undefined) throw new HarrierError('KEPT_GONE', 'the environment of this job is not kept any more');
    return entry;
  };
  const end = (key: string, entry: Entry, why: string): Promise<void> => {
    entries.delete(key);
    removed.add(key);
    entry.cancelTimer();
    log.info('A kept environment is removed', { job: entry.view.id, reason: why });
    onChange();
    const work = (async () => {
      await entry.environment.remove();
      await entry.order.onEnd();
    })().catch((error) => log.error('A kept environment could not be removed', { error: messageOf(error) }));
    removing.add(work);
    return work.finally(() => removing.delete(work));
  };
  const setTimer = (key: string, entry: Entry): void => {
    entry.cancelTimer();
    const leftMs = entry.view.untilMs - clock.now();
    // A timer cannot be longer than the clock allows, and a machine sleeps: the wall clock decides.
    entry.cancelTimer = clock.after(
      leftMs,
      () => (entry.view.untilMs <= clock.now() ? void end(key, entry, 'its time is over') : setTimer(key, entry)),
      { unref: true },
    );
  };
  /** The oldest go first; the newest goes only when it alone is too large. */
  const enforce = (): void => {
    const { count, bytes } = deps.limits();
    const oldest = [...entries].sort(([, a], [, b]) => a.view.keptMs - b.view.keptMs);
    let total = oldest.reduce((sum, [, { view }]) => sum + (view.sizeBytes ?? 0), 0);
    let left = oldest.length;
    for (const [key, entry] of oldest) {
      if (left <= count && total <= bytes) return;
      left -= 1;
      total -= entry.view.sizeBytes ?? 0;
      void end(key, entry, left >= count ? 'newer ones need its place' : 'it takes too much room');
    }
  };
  const measure = async (key: string, entry: Entry): Promise<void> => {
    const sizeBytes = await entry.environment.sizeBytes?.().catch(() => undefined);
    if (sizeBytes === undefined || entries.get(key) !== entry) return;
    entry.view = { ...entry.view, sizeBytes };
    enforce();
    onChange();
  };

  return {
    get views() {
      return [...entries.values()].map(({ view }) => view).reverse();
    },
    state: (key) => (entries.has(key) ? 'kept' : removed.has(key) ? 'removed' : undefined),
    async adopt(order) {
      const { job } = order;
      const environment = await foundBy(deps, order);
      if (environment === undefined) return false;
      const entry: Entry = {
        view: {
          ...job,
          place: environment.place,
          keptMs: clock.now(),
          untilMs: environment.untilMs,
          canExtend: environment.extend !== undefined,
        },
        order,
        environment,
        cancelTimer: () => {},
      };
      entries.set(job.key, entry);
      removed.delete(job.key);
      setTimer(job.key, entry);
      enforce();
      onChange();
      void measure(job.key, entry);
      return true;
    },
    terminal: async (key, size) => find(key).environment.terminal(size),
    async extend(key, byMs) {
      const entry = find(key);
      const untilMs = entry.view.untilMs + byMs;
      if (entry.environment.extend === undefined)
        throw new HarrierError('NOT_SUPPORTED', `the executor ${entry.view.executor} cannot keep it longer`);
      await entry.environment.extend(untilMs);
      // Its place may have another name now.
      entry.environment = (await foundBy(deps, entry.order)) ?? entry.environment;
      entry.view = { ...entry.view, untilMs, place: entry.environment.place };
      setTimer(key, entry);
      onChange();
      return untilMs;
    },
    remove: (key) => end(key, find(key), 'asked for'),
    async makeRoom(folder) {
      const needed = [...entries].filter(
        ([, { environment }]) => environment.folder !== undefined && overlaps(environment.folder, folder),
      );
      await Promise.all(needed.map(([key, entry]) => end(key, entry, 'another job uses its folder')));
      return needed.map(([, { view }]) => `${view.name} (${view.id})`);
    },
    async removeAll() {
      for (const [key, entry] of [...entries]) void end(key, entry, 'all are removed');
      await Promise.all(removing);
    },
    async end() {
      for (const [key, entry] of [...entries])
        if (entry.environment.endsWithProcess) void end(key, entry, 'Harrier stops');
        else {
          entry.cancelTimer();
          entries.delete(key);
        }
      await Promise.all(removing);
      onChange();
    },
  };
}

/** A job that was prepared twice may have left two places; the later one is what a person wants to see. */
async function foundBy(deps: KeptDeps, { runner, job }: KeepOrder): Promise<KeptEnvironment | undefined> {
  const request = { runner, systemId: deps.systemId, shortToken: shortToken(runner.token ?? '') };
  const found = await deps
    .executorOf(runner)
    ?.kept?.(request)
    .catch((error) => deps.log.error('What is kept could not be listed', { error: messageOf(error) }));
  return found?.findLast(({ jobId, untilMs }) => jobId === job.id && untilMs > deps.clock.now());
}

/** One is the other, or lies in it. */
const overlaps = (a: string, b: string): boolean => below(a, b) || below(b, a);
const below = (folder: string, path: string): boolean => {
  const way = relative(resolve(folder), resolve(path));
  return way === '' || !way.startsWith('..');
};
