import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../src-shared/config-schema.ts';
import type { EngineSnapshot, JobView, Note } from '../../src-shared/ipc.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { boundYoungGeneration } from '../base/memory.ts';
import { type PowerState, readPower } from '../base/power.ts';
import { defaultConfigPath, readSystemId, serveControl, takeLock, watchConfig } from '../config/index.ts';
import { type ConfigSource, type EndedJob, type Engine, notifyOf, runnerKey } from '../engine/index.ts';
import { openHistory } from '../observe/history.ts';
import { createTerminals } from '../session/terminals.ts';
import { createBroadcast } from './broadcast.ts';
import { composeEngine } from './compose.ts';
import { createConfigEditor } from './config-editor.ts';
import { createControlHandlers } from './control.ts';
import { dataFolderOf } from './data-folder.ts';
import { createDockerEngines } from './docker-engines.ts';
import { createExecutorProbe } from './executor-probe.ts';
import { executorRefusal } from './executors.ts';
import { otherPoller } from './found/installs.ts';
import { createMachineHandlers } from './found/machine.ts';
import { firstConfigPath, type Machine } from './found/places.ts';
import { createHandlers } from './handlers.ts';
import { historyLimitsOf } from './history-limits.ts';
import { createLocalPipelines } from './local-pipelines.ts';
import { createMachineFindings } from './machine-findings.ts';
import { createNotifier } from './notifier.ts';
import { createOpening } from './open/index.ts';
import { watchPower } from './power-watch.ts';
import { createRunnerHandlers } from './runner-handlers.ts';
import { openServerFacts } from './server-facts.ts';
import { createServerHandlers } from './server-handlers.ts';
import { createSettingsHandlers, type LoginStart, settingsOf } from './settings-handlers.ts';
import { buildSnapshot } from './snapshot.ts';
import { createSwitchingApp } from './switching.ts';
import { createTerminalHandlers } from './terminals.ts';
import { startTokenRotation } from './token-rotation.ts';
import { createTraceHandlers } from './traces.ts';
import type { HarrierApp } from './types.ts';
import { foldersOf } from './used-folders.ts';
import { startWebTerminals, type WebTerminals } from './web-terminals.ts';

export { createAppLog } from '../observe/log.ts';

/** The parts that differ between hosts and tests; `root.ts` wires, it does no work. */
export interface AppParts {
  readonly configPath: string;
  readonly config: ConfigSource & { reload(): Promise<void> };
  readonly systemId: string;
  /** One engine per config: taken at start, freed at stop. Throws ENGINE_RUNNING. */
  readonly takeLock: () => Promise<{ release(): Promise<void> }>;
  readonly assetsFolder: string;
  readonly dataFolder: string;
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly host: EngineSnapshot['host'];
  readonly pickFolder: () => Promise<string | null>;
  readonly openLink: (url: string) => Promise<void>;
  /** Tells a person through the system; false: it could not, and the window does. */
  readonly notify?: (note: Note) => Promise<boolean>;
  readonly login?: LoginStart;
  /** What the machine runs on, where the host knows it better than `readPower`. */
  readonly power?: () => Promise<PowerState>;
  /** The config was read, at the start and whenever it changes. */
  readonly onConfig?: (config: Config) => void;
  /** The engine was stopped from the command line: a host without a window ends. */
  readonly onStopped?: () => void;
  readonly machineHandlers: ReturnType<typeof createMachineHandlers>;
  /** Who else polls with one of these tokens, in words. */
  readonly otherPoller: (tokens: readonly string[]) => Promise<string | undefined>;
  /** As whom shell jobs run (`run --user`). */
  readonly user?: string;
}

export interface AppOptions
  extends Pick<
    AppParts,
    | 'assetsFolder'
    | 'host'
    | 'pickFolder'
    | 'openLink'
    | 'notify'
    | 'login'
    | 'power'
    | 'onConfig'
    | 'onStopped'
    | 'user'
  > {
  /** Absent: the one that was chosen before, else the default one. */
  readonly configPath: string | undefined;
  /** Where to look for what is here already; for tests. */
  readonly machine?: Partial<Machine>;
  readonly log: Logger;
  readonly env?: AppParts['env'];
  readonly workingDirectory?: string;
  readonly dataFolder?: string;
  /** A config file that is not there is an empty one: the window begins with the wizard. */
  readonly configMayBeMissing: boolean;
}

/** The app over a config file on disk. Throws CONFIG_NOT_FOUND and CONFIG_INVALID. */
export async function createApp(options: AppOptions): Promise<HarrierApp> {
  const env = options.env ?? process.env;
  const machine: Machine = { env, platform: process.platform, uid: process.getuid?.(), ...options.machine };
  const named =
    options.configPath ??
    (options.configMayBeMissing ? undefined : defaultConfigPath(env, process.platform, machine.uid));
  const first = named === undefined ? firstConfigPath(machine) : { path: resolve(named), decided: true };
  let { decided } = first;
  return createSwitchingApp(first.path, (path, switchTo) =>
    openConfig(
      { ...options, env },
      path,
      createMachineHandlers({
        machine,
        configPath: () => path,
        isNamed: named !== undefined,
        isDecided: () => decided,
        onChosen: () => {
          decided = true;
        },
        switchTo,
      }),
      machine,
    ),
  );
}

async function openConfig(
  options: AppOptions & { readonly env: AppParts['env'] },
  configPath: string,
  machineHandlers: AppParts['machineHandlers'],
  machine: Machine,
): Promise<HarrierApp> {
  const { log, env } = options;
  const dataFolder = options.dataFolder ?? dataFolderOf(configPath, env, process.platform);
  const config = await watchConfig({
    path: configPath,
    env,
    clock: systemClock,
    log,
    mayBeMissing: options.configMayBeMissing,
  });
  const systemId = await readSystemId(configPath, (error) =>
    log.warn('The system id could not be kept', { error: String(error) }),
  );
  return assembleApp({
    ...options,
    machineHandlers,
    otherPoller: (tokens) => otherPoller(configPath, tokens, machine),
    configPath,
    config,
    systemId,
    takeLock: () => takeLock(configPath),
    dataFolder,
    // A launcher starts programs in `/` or in the home folder: builds have no place there.
    workingDirectory: options.workingDirectory ?? dataFolder,
    env,
  });
}

async function assembleApp(parts: AppParts): Promise<HarrierApp> {
  const { config, log, dataFolder, env } = parts;
  parts.onConfig?.(config.current().config);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  /** Until the engine has read its journal nobody knows which folders are still needed. */
  let isStarting = true;
  const history = await openHistory(join(dataFolder, 'history.ndjson'), {
    clock: systemClock,
    limits: () => historyLimitsOf(config.current().config),
    isNeeded: (jobFolder) => isStarting || engines().some((each) => each.needs(jobFolder)),
    onProblem: (error) => log.error('The history could not be written', { error: String(error) }),
    onChange: () => broadcast.changed(),
  });
  const facts = await openServerFacts(dataFolder);
  const onJobEnded = ({ view, folder }: EndedJob): void => {
    history.add(view, folder);
    // Who runs a local pipeline sits in front of it.
    if (view.pipeline === undefined) notifier.jobEnded(view, notifyOf(engine.runner(view.runner)?.harrier?.notify));
    broadcast.grown(view.key, view.traceBytes);
    broadcast.changed();
  };
  let webTerminals: WebTerminals | undefined;
  let other: string | undefined;
  const { engine, close: closeEngine } = composeEngine({
    config,
    systemId: parts.systemId,
    dataFolder,
    workingDirectory: parts.workingDirectory,
    log,
    env,
    local: false,
    onJobEnded,
    ...(parts.user !== undefined ? { user: parts.user } : {}),
    isKept: history.keepsFolder,
    webTerminals: () => webTerminals,
  });
  const pipelines = createLocalPipelines({
    dataFolder,
    log,
    env,
    onChange: () => changed(),
    onJobEnded,
    isKept: history.keepsFolder,
  });
  const editor = createConfigEditor({
    configPath: parts.configPath,
    env,
    now: Date.now,
    reload: config.reload,
    current: config.current,
    machineFindings: createMachineFindings({ env, clock: systemClock, inForce: () => config.current().config }),
    refusalOf: executorRefusal,
  });
  const snapshot = (): EngineSnapshot => {
    const { path, problem, hash } = config.current();
    return buildSnapshot({
      main: engine.view(),
      local: pipelines.engine?.view(),
      kept: engines().flatMap(({ kept }) => kept.views),
      terminals: terminals.views,
      history: history.jobs,
      pipelines: pipelines.views,
      configPath: path ?? parts.configPath,
      configProblem: problem !== undefined ? { code: 'CONFIG_INVALID', message: problem } : undefined,
      facts: facts.of,
      configRevision: editor.revisionOf(hash),
      notices: other === undefined ? [] : [{ id: 'other-poller', level: 'warning' as const, text: other }],
      host: { ...parts.host, ...(opening.editor !== undefined ? { editor: opening.editor } : {}) },
      power: power.state,
      executorTroubles: probe.troubles,
    });
  };
  const probe = createExecutorProbe({
    clock: systemClock,
    env,
    runners: () => config.current().config.runners ?? [],
    onChange: () => broadcast.changed(),
  });
  const power = watchPower({
    clock: systemClock,
    read: parts.power ?? (() => readPower(process.platform)),
    isWaited: () =>
      engines().some((each) => each.view().runners.some(({ pausedUntilPluggedIn }) => pausedUntilPluggedIn)),
    onChange: () => {
      if (power.state === 'mains') for (const each of engines()) each.pluggedIn();
      broadcast.changed();
    },
  });
  const broadcast = createBroadcast(snapshot);
  const engines = () => [engine, pipelines.engine].filter((each) => each !== undefined);
  const traces = createTraceHandlers({ engines, history, clock: systemClock });
  const opening = createOpening({
    env,
    platform: process.platform,
    wanted: () => config.current().config.harrier?.editor,
    folderOf: (job) => pipelines.folderOf(snapshot().jobs.find(({ key }) => key === job)?.pipeline),
    builds: pipelines.builds,
    writeText: traces.writeText,
  });
  const terminals = createTerminals({
    clock: systemClock,
    onChange: broadcast.changed,
    onGrow: broadcast.terminalGrown,
  });
  const show = async (note: Note): Promise<'system' | 'window'> => {
    const isShown = (await parts.notify?.(note).catch(() => false)) ?? false;
    if (!isShown) broadcast.note(note);
    return isShown ? 'system' : 'window';
  };
  const notifier = createNotifier({
    clock: systemClock,
    isOn: () => settingsOf(config.current().config).notifications,
    deliver: (note) => void show(note),
  });
  const followed = new WeakSet<object>();
  const follow = (source: Engine, jobs: readonly JobView[]): void => {
    for (const { key } of jobs) {
      const job = source.job(key);
      if (job === undefined || followed.has(job)) continue;
      followed.add(job);
      boundYoungGeneration();
      job.trace.onGrow((size) => broadcast.grown(key, size));
    }
  };
  /** Tells the windows; a job that is new here is followed, so that its log grows on the screen. */
  const changed = (): void => {
    const view = engine.view();
    follow(engine, view.jobs);
    if (pipelines.engine !== undefined) follow(pipelines.engine, pipelines.engine.view().jobs);
    notifier.runners(view.runners);
    broadcast.changed();
  };
  engine.onChange(changed);
  config.onChange((loaded) => {
    parts.onConfig?.(loaded.config);
    history.trim();
    changed();
  });

  let lock: { release(): Promise<void> } | undefined;
  let control: { close(): Promise<void> } | undefined;
  let endRotation = (): void => {};
  let wasStarted = false;
  const tokens = (): string[] => (config.current().config.runners ?? []).flatMap(({ token }) => (token ? [token] : []));
  /** Looked at once a start: the person is told, and decides. */
  const lookForOthers = async (): Promise<void> => {
    other = await parts.otherPoller(tokens());
    if (other !== undefined) broadcast.changed();
  };
  /** The stops that are on their way: a start waits for their end, since both hold lock, socket and journal. */
  let stopping: Promise<unknown> = Promise.resolve();
  const start = async (): Promise<void> => {
    // A drain is left alone; what only cleans up after itself shows `stopped` already.
    if (engine.view().state !== 'draining') await stopping;
    lock ??= await parts.takeLock();
    control ??= await serveControl(
      parts.configPath,
      createControlHandlers(engine, { snapshot, stop, lookAtExecutors: probe.look }, parts.onStopped ?? (() => {})),
    );
    webTerminals ??= await startWebTerminals(config.current().config, log);
    await engine.start();
    isStarting = false;
    history.trim();
    if (!wasStarted && parts.host.kind !== 'headless' && settingsOf(config.current().config).startPaused)
      engine.pause('all');
    wasStarted = true;
    if (parts.host.kind !== 'headless') {
      power.start();
      void lookForOthers();
    }
    endRotation();
    endRotation = startTokenRotation({
      config,
      clock: systemClock,
      log,
      keyOf: runnerKey,
      renew: (runner) => runners['runner.resetToken']({ runner }),
    });
  };
  const stop: HarrierApp['stop'] = (mode, stopOptions) => {
    endRotation();
    const stopped = engine.stop(mode, stopOptions).then(letGo);
    stopping = Promise.allSettled([stopping, stopped]);
    return stopped;
  };
  const letGo = async (): Promise<void> => {
    await webTerminals?.close();
    webTerminals = undefined;
    await control?.close();
    await lock?.release();
    control = undefined;
    lock = undefined;
  };
  const runners = createRunnerHandlers({
    configPath: parts.configPath,
    engine,
    facts,
    systemId: parts.systemId,
    log,
    env,
    settings: () => config.current().config,
    reload: config.reload,
    changed: () => broadcast.changed(),
  });
  const handlers = createHandlers({
    engine,
    pipelines,
    snapshot,
    power,
    lookAtExecutors: probe.look,
    start,
    stop,
    config: editor.handlers,
    traces: { ...traces.handlers, ...opening.handlers },
    terminals: createTerminalHandlers({
      engines,
      terminals,
      jobView: (key) => snapshot().jobs.find((job) => job.key === key),
    }),
    runners: {
      ...runners,
      ...createServerHandlers({
        configPath: parts.configPath,
        systemId: parts.systemId,
        log,
        env,
        settings: () => config.current().config,
        knownTokens: tokens,
      }),
    },
    machine: parts.machineHandlers,
    settings: createSettingsHandlers({
      configPath: parts.configPath,
      config: () => config.current().config,
      reload: config.reload,
      login: parts.login,
      folders: () => foldersOf(config.current().config, parts),
      show,
    }),
    docker: createDockerEngines({
      runners: () => config.current().config.runners ?? [],
      env,
      clock: systemClock,
      systemId: parts.systemId,
      runningJobs: () =>
        [engine, pipelines.engine].flatMap((source) => (source?.view().jobs ?? []).map(({ id }) => id)),
    }),
    prepareSample: async () => {
      const { prepareSample } = await import('../local/sample.ts');
      return prepareSample({ source: join(parts.assetsFolder, 'sample'), folder: join(dataFolder, 'sample') });
    },
    pickFolder: parts.pickFolder,
    openLink: parts.openLink,
  });
  return {
    handlers,
    log,
    snapshot,
    subscribe: broadcast.subscribe,
    start,
    stop,
    config: () => config.current().config,
    reload: config.reload,
    async close() {
      notifier.close();
      power.stop();
      terminals.closeAll();
      await traces.close();
      await stop('now');
      await pipelines.close();
      await closeEngine();
      await history.close();
      broadcast.close();
    },
  };
}
