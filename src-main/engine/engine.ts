import { join } from 'node:path';
import { type Config, executorNames, type RunnerConfig } from '../../src-shared/config-schema.ts';
import { parseMemory } from '../../src-shared/docker/sizes.ts';
import type { EngineState } from '../../src-shared/ipc.ts';
import type { CoordinatorClient } from '../gitlab/types.ts';
import { shortToken } from '../job/variables/index.ts';
import { createJobs, type Jobs } from './jobs.ts';
import { type Journal, openJournal } from './journal.ts';
import { createKept } from './kept.ts';
import { createPoller, type Poller } from './poller.ts';
import { type Recovery, recoverJobs } from './recover.ts';
import { runnerKey, uniqueKey } from './runner-key.ts';
import { viewOf } from './runner-view.ts';
import { createSlots } from './slots.ts';
import { executorsOf, linksOf } from './state-of-parts.ts';
import { sweepJobFolders } from './sweep.ts';
import type { Engine, EngineDeps, EngineView } from './types.ts';
import { watchSleep } from './wake.ts';

/** Under this no new job is taken (`min_free_disk`): a build that fills the disk harms more than itself. */
const defaultFreeBytes = 256 * 1024 * 1024;
/** After a shorter sleep connections may have lived on. */
const staleAfterMs = 30_000;
const freeBytesEveryMs = 10_000;
/** `[harrier] keep_failed_size`, when it is not set. */
const defaultKeptBytes = 20 * 1024 ** 3;

interface Entry {
  readonly key: string;
  runner: RunnerConfig;
  problem: { readonly message: string; readonly line?: number } | undefined;
  /** What its client was built from. */
  readonly connection: string;
  readonly client: CoordinatorClient | undefined;
  readonly poller: Poller | undefined;
  pausedUntilMs: number | undefined;
  pausedUntilPluggedIn: boolean;
  cancelResume: () => void;
}

export function createEngine(deps: EngineDeps): Engine {
  const { clock, log } = deps;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const settings = () => deps.config.current().config;
  const kept = createKept({
    clock,
    log,
    executorOf: deps.executorOf,
    systemId: deps.systemId,
    limits: () => ({
      count: settings().harrier?.keep_failed_count ?? 5,
      bytes: parseMemory(settings().harrier?.keep_failed_size) ?? defaultKeptBytes,
    }),
    onChange: changed,
  });
  const concurrent = (): number => Math.max(1, settings().concurrent ?? 1);
  const slots = createSlots(concurrent());
  let entries = new Map<string, Entry>();
  let phase: 'stopped' | 'running' | 'draining' = 'stopped';
  let journal: Journal | undefined;
  let jobs: Jobs | undefined;
  let recovery: Recovery | undefined;
  let stopping: Promise<void> | undefined;
  let disk: EngineView['disk'];
  let cancelDiskCheck = (): void => {};
  let forgetSleep = (): void => {};
  let forgetConfig = (): void => {};

  const intervalMs = (): number => {
    const seconds = settings().check_interval ?? 0;
    return (seconds > 0 ? seconds : 3) * 1000;
  };

  const createEntry = (key: string, runner: RunnerConfig, problem: Entry['problem']): Entry => {
    const entry: Entry = {
      key,
      runner,
      problem,
      connection: connectionKey(runner, settings()),
      client: undefined,
      poller: undefined,
      pausedUntilMs: undefined,
      pausedUntilPluggedIn: false,
      cancelResume: () => {},
    };
    if (problem !== undefined) return entry;
    const client = deps.createClient(runner);
    const poller = createPoller({
      clock,
      log: log.with({ runner: runner.name }),
      random: deps.random,
      slots,
      client,
      systemId: deps.systemId,
      intervalMs,
      runner: () => entry.runner,
      info: () => deps.infoOf(entry.runner),
      hold: () => (entry.pausedUntilMs !== undefined ? 'paused' : disk?.problem),
      openSession: () => deps.openSession?.(entry.runner),
      acquire: () => {
        const shortened = shortToken(entry.runner.token ?? '');
        return deps.executorOf(entry.runner)?.acquire?.({ runner: entry.runner, shortToken: shortened });
      },
      onAnswer: (answer, held) => {
        const order = { runner: entry.runner, runnerKey: key, client };
        if (answer.kind === 'job')
          return jobs?.take({ ...order, ...held, payload: answer.payload, tls: answer.tls }) ?? false;
        held.lease?.release();
        void jobs?.refuse(answer.problem, order).finally(() => held.slot.release());
        return true;
      },
      onChange: changed,
    });
    return Object.assign(entry, { client, poller });
  };

  /** Brings the entries in line with the configuration. Jobs of an entry that is gone run on to their end. */
  const applyConfig = (): void => {
    const { config, runnerProblems } = deps.config.current();
    slots.setConcurrent(concurrent());
    const next = new Map<string, Entry>();
    for (const [index, runner] of (config.runners ?? []).entries()) {
      const found = runnerProblems.find((candidate) => candidate.index === index);
      const problem = found ?? (deps.executorOf(runner) ? undefined : { message: unknownExecutor(runner) });
      const key = uniqueKey(next, runnerKey(runner));
      const old = entries.get(key);
      if (
        old !== undefined &&
        (old.problem === undefined) === (problem === undefined) &&
        old.connection === connectionKey(runner, config)
      ) {
        old.runner = runner;
        old.problem = problem;
        old.poller?.retry();
        next.set(key, old);
        continue;
      }
      const entry = createEntry(key, runner, problem);
      entry.pausedUntilMs = old?.pausedUntilMs;
      entry.pausedUntilPluggedIn = old?.pausedUntilPluggedIn ?? false;
      next.set(key, entry);
      if (phase === 'running') entry.poller?.start();
    }
    for (const [key, old] of entries) if (next.get(key) !== old) retire(old);
    entries = next;
    changed();
  };
  const retire = (entry: Entry): void => {
    entry.cancelResume();
    entry.poller?.stop();
    // The client serves the jobs that still run; it is closed when they are done.
    void jobs?.idle().then(() => entry.client?.close());
  };

  const checkDisk = async (): Promise<void> => {
    const floor = parseMemory(settings().harrier?.min_free_disk) ?? defaultFreeBytes;
    const free = await deps.freeBytes?.().catch(() => undefined);
    const hold =
      free !== undefined && free < floor
        ? `Only ${mebibytes(free)} of disk are free; no job is taken below ${mebibytes(floor)}.`
        : undefined;
    const before = disk?.problem;
    disk = free === undefined ? undefined : { freeBytes: free, floorBytes: floor, problem: hold };
    if (hold !== before) {
      if (hold !== undefined) log.error(hold);
      else for (const entry of entries.values()) entry.poller?.wake();
      changed();
    }
    cancelDiskCheck();
    if (phase !== 'stopped') cancelDiskCheck = clock.after(freeBytesEveryMs, () => void checkDisk(), { unref: true });
  };

  /** What was agreed before the sleep is void: pauses of ill runners, and connections that nobody keeps any more. */
  const onWake = (sleptMs: number): void => {
    log.info('The machine was asleep; asking again', { seconds: Math.round(sleptMs / 1000) });
    for (const { client, poller } of entries.values()) {
      if (sleptMs > staleAfterMs) client?.reconnect();
      poller?.retry();
    }
  };

  const stop: Engine['stop'] = async (mode, options = {}) => {
    if (phase === 'stopped') return;
    phase = 'draining';
    for (const entry of entries.values()) entry.poller?.stop();
    changed();
    const cancelNow = (): void => jobs?.stop('all', 'shutdown');
    if (mode === 'now') cancelNow();
    const cancelTimer =
      mode === 'drain' && options.timeoutMs !== undefined ? clock.after(options.timeoutMs, cancelNow) : () => {};
    stopping ??= (async () => {
      await jobs?.idle();
      await kept.end();
      phase = 'stopped';
      await recovery?.stop();
      forgetConfig();
      cancelDiskCheck();
      forgetSleep();
      for (const entry of entries.values()) entry.cancelResume();
      await Promise.all([...entries.values()].map((entry) => entry.client?.close()));
      entries = new Map();
      await journal?.close();
      stopping = undefined;
      changed();
    })();
    await stopping.finally(cancelTimer);
  };

  return {
    async start() {
      if (phase !== 'stopped') return;
      phase = 'running';
      await checkDisk();
      journal = await openJournal(join(deps.dataFolder, 'journal'));
      await sweepJobFolders(deps, journal.open);
      jobs = createJobs(deps, journal, kept, { onChange: changed, isRecovered: (key) => recovery?.has(key) ?? false });
      applyConfig();
      forgetConfig = deps.config.onChange(() => {
        applyConfig();
        void checkDisk();
      });
      // Old jobs are finished beside the new ones: each has its own folder and token.
      recovery = recoverJobs(deps, journal, kept, (key) => entries.get(key));
      for (const entry of entries.values()) entry.poller?.start();
      forgetSleep = watchSleep(clock, onWake);
      changed();
    },
    stop,
    pause(key, { untilMs, untilPluggedIn = false } = {}) {
      for (const entry of chosen(entries, key)) {
        entry.cancelResume();
        entry.pausedUntilMs = untilMs ?? Number.POSITIVE_INFINITY;
        entry.pausedUntilPluggedIn = untilPluggedIn;
        if (untilMs !== undefined)
          entry.cancelResume = clock.after(untilMs - clock.now(), () => resume(entry), { unref: true });
      }
      changed();
    },
    resume(key) {
      for (const entry of chosen(entries, key)) resume(entry);
    },
    pluggedIn() {
      for (const entry of entries.values()) if (entry.pausedUntilPluggedIn) resume(entry);
    },
    view: () => {
      const live = jobs?.views() ?? [];
      const { config, runnerProblems } = deps.config.current();
      const shown =
        phase === 'stopped'
          ? (config.runners ?? []).map((runner, index) => ({
              key: runnerKey(runner),
              runner,
              problem: runnerProblems.find((problem) => problem.index === index),
              poller: undefined,
              pausedUntilMs: undefined,
              pausedUntilPluggedIn: false,
            }))
          : [...entries.values()];
      const runners = shown.map((entry) =>
        viewOf({
          key: entry.key,
          runner: entry.runner,
          poller: entry.poller,
          problem: entry.problem,
          running: live.filter((job) => job.runner === entry.key).length,
          pausedUntilMs: entry.pausedUntilMs,
          pausedUntilPluggedIn: entry.pausedUntilPluggedIn,
          engine: phase,
          local: deps.local,
        }),
      );
      return {
        state: stateOf(
          phase,
          runners.map(({ state }) => state),
          live.length,
        ),
        runners,
        jobs: live,
        concurrent: concurrent(),
        disk,
        links: linksOf(shown),
        executors: executorsOf(shown),
      };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    kept,
    needs: (folder) => journal?.holds(folder) ?? false,
    job: (key) => jobs?.running(key),
    keep: (key, on) => jobs?.keep(key, on) ?? false,
    cancel: (key) => jobs?.stop(key, 'user'),
    runner: (key) => entries.get(key)?.runner ?? (settings().runners ?? []).find((runner) => runnerKey(runner) === key),
  };

  function resume(entry: Entry): void {
    entry.cancelResume();
    entry.pausedUntilMs = undefined;
    entry.pausedUntilPluggedIn = false;
    entry.poller?.wake();
    changed();
  }
}

const chosen = (entries: ReadonlyMap<string, Entry>, key: string): Entry[] =>
  key === 'all' ? [...entries.values()] : [entries.get(key)].filter((entry) => entry !== undefined);

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MiB`;

const unknownExecutor = ({ executor }: RunnerConfig): string => {
  if (!executor) return 'executor is missing';
  return executorNames.some((name) => name === executor)
    ? `executor = "${executor}" is not supported by Harrier yet; docs/limits.md says what is`
    : `executor = "${executor}" is not known here`;
};

/** What a client is built from; everything else is read anew at each use. */
const connectionKey = (runner: RunnerConfig, { harrier }: Config): string =>
  JSON.stringify([
    ...(['url', 'token', 'tls-ca-file', 'tls-cert-file', 'tls-key-file'] as const).map((key) => runner[key]),
    runner.harrier?.proxy,
    ...(['proxy', 'no_proxy', 'ca_file'] as const).map((key) => harrier?.[key]),
  ]);

const stateOf = (
  phase: 'stopped' | 'running' | 'draining',
  runners: readonly string[],
  running: number,
): EngineState => {
  if (phase !== 'running') return phase;
  if (running > 0) return 'busy';
  if (runners.length > 0 && runners.every((state) => state === 'paused')) return 'paused';
  return runners.includes('unhealthy') ? 'trouble' : 'idle';
};
