import { diffSnapshot } from '../../src-main/app/patches.ts';
import { previewRunner } from '../../src-main/app/preview.ts';
import { readRegisterCommand } from '../../src-main/app/register-command.ts';
import { openTerminalCalls } from '../../src-main/app/terminals.ts';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { systemClock } from '../../src-main/base/clock.ts';
import { silentLogger } from '../../src-main/base/logger.ts';
import type { Terminal } from '../../src-main/base/terminal.ts';
import { createLogTasks } from '../../src-main/observe/log-tasks.ts';
import { createTerminals } from '../../src-main/session/terminals.ts';
import { isPruned } from '../../src-shared/docker/pruned.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import type { AppSettings } from '../../src-shared/host-calls.ts';
import type { DockerItem, EngineSnapshot, EventName, EventPayload, Handlers, JobView } from '../../src-shared/ipc.ts';
import { tokenKindOf } from '../../src-shared/token-kind.ts';
import { createFakeConfig, sampleConfig } from './fake-config.ts';

/** A HarrierApp without an engine: it shows what it is told and remembers what it was asked. */
export interface FakeApp extends HarrierApp {
  /** Calls that changed something, in order: name and input. */
  readonly asked: readonly { readonly name: string; readonly input: unknown }[];
  /** Changes the state and tells the windows what changed. */
  change(next: Partial<EngineSnapshot>): void;
  changeJob(key: string, next: Partial<JobView>): void;
  /** Adds bytes to a job's log and tells the windows its new size. */
  print(key: string, text: string): void;
  /** An event as the engine sends it. */
  tell<N extends EventName>(name: N, payload: EventPayload<N>): void;
  /** What a handler does instead of its plain answer. */
  answer<N extends keyof Handlers>(name: N, handler: Handlers[N]): void;
  readonly listeners: number;
  /** Terminals that were opened, oldest first: each gives back what is typed. */
  readonly shells: readonly FakeShell[];
}
export interface FakeShell extends Terminal {
  print(text: string): void;
  end(): void;
  readonly typed: string;
  readonly paused: boolean;
  readonly size: string;
}

const createShell = (size: { columns: number; rows: number }): FakeShell => {
  const data: ((chunk: Uint8Array) => void)[] = [];
  const exits: (() => void)[] = [];
  const shell = {
    typed: '',
    paused: false,
    size: `${size.columns}x${size.rows}`,
    onData: (listener: (chunk: Uint8Array) => void) => void data.push(listener),
    onExit: (listener: () => void) => void exits.push(listener),
    print: (text: string) => {
      for (const listener of data) listener(Buffer.from(text));
    },
    end: () => {
      for (const listener of exits) listener();
    },
    write: (text: Uint8Array | string) => {
      shell.typed += String(text);
      shell.print(String(text));
    },
    resize: (columns: number, rows: number) => void (shell.size = `${columns}x${rows}`),
    pause: () => void (shell.paused = true),
    resume: () => void (shell.paused = false),
    close: () => {},
  };
  return shell;
};

export const emptySnapshot: EngineSnapshot = {
  version: '0.1.0',
  state: 'idle',
  stateText: 'No runner yet',
  configPath: '/home/mira/.gitlab-runner/config.toml',
  configRevision: 'revision 0',
  concurrent: 4,
  running: 0,
  health: { problems: [], links: [], executors: [] },
  runners: [],
  jobs: [],
  pipelines: [],
  terminals: [],
  kept: [],
  notices: [],
  host: { kind: 'web', platform: 'linux', canPickFolder: false },
};

/** Settings before anybody has changed one. */
export const firstSettings: AppSettings = {
  asked: false,
  notifications: false,
  startPaused: false,
  startHidden: false,
  closeWindow: 'ask',
  dockIcon: 'window',
  proxy: 'system',
  proxyHasLogin: false,
  noProxy: '',
  caFile: '',
  historyCount: 2000,
  historyAge: '0s',
  historySize: '1g',
  folders: [
    { kind: 'config', path: '/home/mira/.gitlab-runner/config.toml' },
    { kind: 'data', path: '/home/mira/.local/state/harrier/4f2a91c07be3' },
    {
      kind: 'builds',
      path: '/home/mira/.local/state/harrier/4f2a91c07be3/builds',
      runner: { key: 'r-shell', name: 'studio-mbp-shell' },
    },
    {
      kind: 'cache',
      path: '/home/mira/.local/state/harrier/4f2a91c07be3/cache',
      runner: { key: 'r-shell', name: 'studio-mbp-shell' },
    },
  ],
};

export function createFakeApp(
  start: Partial<EngineSnapshot> = {},
  logs: Readonly<Record<string, string>> = {},
): FakeApp {
  let state: EngineSnapshot = { ...emptySnapshot, ...start };
  const traces = new Map<string, Buffer[]>(Object.entries(logs).map(([key, text]) => [key, [Buffer.from(text)]]));
  const listeners = new Set<<N extends EventName>(name: N, payload: EventPayload<N>) => void>();
  const asked: { name: string; input: unknown }[] = [];
  const replaced = new Map<string, (input: never) => Promise<unknown>>();
  const ok = { ok: true } as const;
  let settings = firstSettings;

  const tell = <N extends EventName>(name: N, payload: EventPayload<N>): void => {
    for (const listener of listeners) listener(name, payload);
  };
  const change = (next: Partial<EngineSnapshot>): void => {
    const after = { ...state, ...next };
    const patch = diffSnapshot(state, after);
    state = after;
    if (patch) tell('state.patch', patch);
  };
  const traceOf = (key: string): Buffer => {
    const parts = traces.get(key) ?? [];
    const whole = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    traces.set(key, [whole]);
    return whole;
  };
  const logTasks = createLogTasks(async (key) => ({
    read: async (start, length) => traceOf(key).toString('latin1', start, start + length),
    close: async () => {},
  }));
  const changeRunner = (key: string, next: Partial<EngineSnapshot['runners'][number]>): void => {
    if (!state.runners.some((runner) => runner.key === key))
      throw new HarrierError('RUNNER_UNKNOWN', 'there is no such runner in the config file');
    change({ runners: state.runners.map((runner) => (runner.key === key ? { ...runner, ...next } : runner)) });
  };

  const shells: FakeShell[] = [];
  let gone: 'job' | 'kept' | undefined;
  const terminals = createTerminals({
    clock: systemClock,
    onChange: () => change({ terminals: [...terminals.views] }),
    onGrow: (terminal, size) => tell('terminal.grown', { terminal, size }),
  });

  const item = (use: DockerItem['use'], more: Omit<DockerItem, 'id' | 'use' | 'projectId'>): DockerItem => ({
    id: more.name,
    use,
    projectId: '42',
    ...more,
  });
  let dockerItems: DockerItem[] = [
    item('job', {
      kind: 'container',
      name: 'runner-t3k9xq2mz-project-42-concurrent-0-5f1c2a9b7d3e4f60-build',
      type: 'build',
      jobId: '81',
      sizeBytes: 18_300_000,
    }),
    item('none', {
      kind: 'container',
      name: 'runner-t3k9xq2mz-project-42-concurrent-1-0a9b7d3e4f605f1c-postgres-0',
      type: 'service',
      jobId: '77',
      sizeBytes: 63_000,
    }),
    item('none', { kind: 'network', name: 'runner-t3k9xq2mz-42-1-77', type: 'network', jobId: '77' }),
    item('cache', {
      kind: 'volume',
      name: 'runner-9be9a1c3f2d44e5f8a7b6c5d4e3f2a1b-cache-3c3f060a0374fc8bc39395164f415a70',
      type: 'cache',
      sizeBytes: 1_240_000_000,
    }),
  ];
  const plain: Handlers = {
    'engine.snapshot': async () => state,
    'health.look': async () => ok,
    'engine.start': async () => {
      change({ state: 'idle', stateText: 'Idle, waiting for jobs' });
      return ok;
    },
    'engine.stop': async ({ mode }) => {
      change(
        mode === 'now'
          ? { state: 'stopped', stateText: 'Stopped' }
          : { state: 'draining', stateText: 'Finishing, then stops' },
      );
      return ok;
    },
    'runner.pause': async ({ runner, untilMs }) => {
      changeRunner(runner, {
        state: 'paused',
        reason: 'Takes no jobs.',
        ...(untilMs !== undefined ? { pausedUntilMs: untilMs } : {}),
      });
      return ok;
    },
    'runner.resume': async ({ runner }) => {
      changeRunner(runner, { state: 'idle', reason: 'Waits for a job that fits its tags.' });
      return ok;
    },
    'runner.add': async () => {
      throw new HarrierError('TOKEN_REFUSED', 'https://gitlab.orbit.dev does not know this token (403 Forbidden)');
    },
    'runner.remove': async ({ runner }) => {
      change({ runners: state.runners.filter((each) => each.key !== runner) });
      return ok;
    },
    'runner.verify': async () => ({ valid: true, message: 'https://gitlab.orbit.dev knows this runner.' }),
    'server.probe': async ({ url }) =>
      url.includes('orbit')
        ? { ok: true, version: '18.6.1', message: 'GitLab answers.' }
        : { ok: false, message: `${url} answers with a web page, not GitLab.` },
    'runner.preview': async ({ url, name, executor, settings }) => ({
      text: previewRunner('', url, { name: name ?? 'studio-mbp', executor, settings: settings ?? {} }),
    }),
    'runner.stop': async ({ runner }) => {
      changeRunner(runner, { state: 'paused', reason: 'Takes no jobs.', running: 0 });
      return ok;
    },
    'runner.resetToken': async ({ runner }) => {
      changeRunner(runner, { tokenTail: 'new1' });
      return { runner };
    },
    'runner.setToken': async ({ runner }) => {
      changeRunner(runner, { state: 'idle', trouble: undefined, reason: undefined, tokenTail: 'new2' });
      return { runner };
    },
    'runner.ask': async ({ runner }) => {
      changeRunner(runner, {
        server: {
          tags: ['macos', 'docker'],
          runUntagged: false,
          locked: true,
          paused: false,
          protectedOnly: true,
          page: 'https://gitlab.orbit.dev/orbit/payments-api/-/runners/42',
          atMs: Date.now(),
        },
      });
      return ok;
    },
    'runner.settings': async ({ runner }) => {
      const found = state.runners.find((each) => each.key === runner);
      return {
        values: {
          name: found?.name ?? '',
          executor: found?.executor ?? '',
          limit: found?.limit ?? 0,
          ...(found?.shell ? { shell: found.shell } : {}),
          ...(found?.executor === 'docker' ? { 'docker.image': 'alpine:3.20' } : {}),
        },
        concurrent: state.concurrent,
      };
    },
    'runner.change': async ({ runner, values }) => {
      const name = values['name'];
      changeRunner(runner, typeof name === 'string' ? { name } : {});
      return ok;
    },
    'server.trust': async () => ({ file: '/home/mira/.gitlab-runner/certs/gitlab.orbit.dev.crt' }),
    'token.check': async ({ token }) => {
      const kind = tokenKindOf(token);
      if (kind === 'personal')
        return {
          ok: true,
          kind,
          message: 'A personal access token of mira.',
          user: 'mira',
          scopes: ['group', 'project'],
          canSearch: true,
          version: '18.6.1',
        };
      if (kind !== 'runner') return { ok: true, kind, message: 'A registration token.' };
      return token === 'glrt-bad'
        ? {
            ok: false,
            kind,
            message: 'https://gitlab.orbit.dev does not know this token (403 Forbidden)',
            hint: 'It may belong to another server, or the runner was deleted.',
          }
        : { ok: true, kind, message: 'GitLab knows this token: runner #42.', runnerId: 42 };
    },
    'target.search': async ({ kind, text }) => ({
      targets: [
        { id: 7, path: 'orbit/payments-api', name: 'Orbit / Payments API' },
        { id: 9, path: 'orbit/storefront', name: 'Orbit / Storefront' },
        { id: 12, path: 'orbit', name: 'Orbit' },
      ].filter(({ path }) => path.includes('/') === (kind === 'project') && path.includes(text)),
    }),
    'register.read': async ({ command }) => readRegisterCommand(command),
    'executor.list': async () => ({
      executors: ['shell', 'docker', 'ssh', 'virtualbox', 'custom'],
      machine: 'studio-mbp',
    }),
    'executor.check': async ({ executor }) => ({
      checks:
        executor === 'docker'
          ? [
              {
                id: 'engine',
                state: 'failed',
                text: 'no Docker engine answers (the default socket: nobody listens)',
                hint: 'Start Docker, Podman, Colima, OrbStack or Rancher Desktop, then check again.',
              },
            ]
          : executor === 'virtualbox'
            ? [
                {
                  id: 'tool',
                  state: 'failed',
                  text: 'VBoxManage was not found on PATH',
                  hint: 'Install VirtualBox, or add its folder to PATH.',
                },
              ]
            : executor === 'shell'
              ? [
                  { id: 'shell', state: 'ok', text: 'bash is here (/bin/bash); also here: sh' },
                  { id: 'git', state: 'ok', text: 'git version 2.51.0 is here' },
                ]
              : [],
    }),
    'job.cancel': async ({ job }) => {
      fake.changeJob(job, { phase: 'canceling' });
      return ok;
    },
    'job.keep': async ({ job, on }) => {
      fake.changeJob(job, { keepMs: on ? 1_800_000 : 0 });
      return ok;
    },
    'job.variables': async () => ({
      variables: [
        { key: 'CI', value: 'true' },
        { key: 'DEPLOY_TOKEN', value: null },
      ],
    }),
    'trace.read': async ({ job, start, length }) => {
      const whole = traceOf(job);
      return { size: whole.length, data: whole.subarray(start, start + length).toString('base64') };
    },
    'trace.index': async ({ job, fromBlock }) => logTasks.index({ path: job, size: traceOf(job).length, fromBlock }),
    'trace.search': async ({ job, fromBlock, query }) =>
      logTasks.search({ path: job, size: traceOf(job).length, fromBlock, query }),
    'terminal.open': async ({ job, columns, rows }) => ({
      terminal: await terminals.open({
        job,
        name: state.jobs.find(({ key }) => key === job)?.name ?? job,
        size: { columns, rows },
        open: async (size) => {
          const shell = createShell(size);
          shells.push(shell);
          return shell;
        },
        gone: () => gone,
      }),
    }),
    ...openTerminalCalls(terminals),
    'kept.extend': async ({ job, byMs }) => {
      const kept = state.kept.map((each) => (each.key === job ? { ...each, untilMs: each.untilMs + byMs } : each));
      change({ kept });
      return { untilMs: kept.find(({ key }) => key === job)?.untilMs ?? 0 };
    },
    'kept.remove': async ({ job }) => {
      gone = 'kept';
      change({ kept: state.kept.filter(({ key }) => key !== job) });
      return ok;
    },
    'kept.removeAll': async () => {
      change({ kept: [] });
      return ok;
    },
    'pipeline.tryIt': async () => {
      throw new HarrierError('NOT_SUPPORTED', 'this recording has no sample');
    },
    'pipeline.list': async ({ folder }) => {
      throw new HarrierError('PIPELINE_NO_YAML', `${folder} has no .gitlab-ci.yml`);
    },
    'pipeline.run': async () => ({ pipeline: 'p1' }),
    'pipeline.cancel': async () => ok,
    'folder.list': async ({ folder }) => ({
      folder: folder ?? '/home/mira',
      parent: '/home',
      entries: [
        { name: 'Documents', git: false },
        { name: 'payments-api', git: true },
        { name: 'storefront', git: true },
      ],
    }),
    'folder.pick': async () => ({ folder: null }),
    'docker.engines': async () => ({
      groups: [
        {
          runners: ['build-box', 'laptop'],
          rule: 'search',
          tries: [
            {
              source: 'Docker context "colima"',
              address: 'unix:///home/mira/.colima/default/docker.sock',
              picked: false,
              reason: 'nobody listens',
            },
            {
              source: 'Docker',
              address: 'unix:///var/run/docker.sock',
              picked: true,
              product: 'Docker 27.3.1',
              system: 'Debian GNU/Linux 13 (trixie), x86_64',
              apiVersion: '1.47',
            },
            {
              source: 'Podman',
              address: 'unix:///run/user/1000/podman/podman.sock',
              picked: false,
              product: 'Podman 5.2.2',
              system: 'Debian GNU/Linux 13 (trixie), x86_64, rootless',
              apiVersion: '1.41',
            },
            {
              source: 'OrbStack',
              address: 'unix:///home/mira/.orbstack/run/docker.sock',
              picked: false,
              reason: 'there is nothing',
            },
          ],
        },
      ],
    }),
    'docker.contents': async () => ({ items: dockerItems }),
    'docker.prune': async ({ caches, kept }) => {
      const goes = dockerItems.filter((each) => isPruned(each, { caches, kept }));
      dockerItems = dockerItems.filter((each) => !goes.includes(each));
      return {
        removed: goes.length,
        freedBytes: goes.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0),
        failed: [],
      };
    },
    'link.open': async () => ok,
    'file.open': async () => ok,
    'trace.open': async () => ok,
    ...createFakeConfig(emptySnapshot.configPath ?? '', sampleConfig),
    'machine.find': async () => ({ found: [], decided: true, canUse: true, own: '/home/mira/.config/harrier.toml' }),
    'machine.choose': async () => ok,
    'settings.read': async () => settings,
    'settings.change': async (changes) => {
      settings = { ...settings, asked: true, ...changes };
      return ok;
    },
    'settings.reset': async () => {
      settings = { ...firstSettings };
      return ok;
    },
    'connection.test': async () => ({
      reached: [...new Set(state.runners.map(({ url }) => url))].map((url) => ({
        url,
        ok: true,
        message: 'GitLab answers.',
      })),
    }),
    'login.set': async ({ on }) => {
      settings = { ...settings, login: { on, needsApproval: false } };
      return ok;
    },
    'note.try': async () => ({ shown: 'window' as const }),
  };
  const quiet = new Set([
    'engine.snapshot',
    'health.look',
    'trace.read',
    'terminal.read',
    'docker.engines',
    'docker.contents',
    'config.read',
    'config.check',
  ]);
  const handlers = Object.fromEntries(
    Object.entries(plain).map(([name, handler]) => [
      name,
      async (input: never) => {
        if (!quiet.has(name)) asked.push({ name, input });
        return (replaced.get(name) ?? (handler as (value: never) => Promise<unknown>))(input);
      },
    ]),
  ) as unknown as Handlers;

  const fake: FakeApp = {
    handlers,
    log: silentLogger,
    asked,
    shells,
    get listeners() {
      return listeners.size;
    },
    snapshot: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change,
    changeJob: (key, next) => change({ jobs: state.jobs.map((job) => (job.key === key ? { ...job, ...next } : job)) }),
    print(key, text) {
      traces.set(key, [...(traces.get(key) ?? []), Buffer.from(text)]);
      const size = traceOf(key).length;
      tell('trace.grown', { job: key, size });
    },
    tell,
    answer: (name, handler) => void replaced.set(name, handler as (input: never) => Promise<unknown>),
    start: async () => {},
    stop: async () => {},
    config: () => ({}),
    reload: async () => {},
    close: async () => listeners.clear(),
  };
  return fake;
}
