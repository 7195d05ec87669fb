import type { EngineSnapshot, JobView, PipelineView, RunnerView } from '../../src-shared/ipc.ts';
import { emptySnapshot } from './fake-app.ts';

/** Scenes for the views, built from what the recordings of the official runner look like. Names are invented. */
const minute = 60_000;
/** Every scene plays at this time of this day; the times of its jobs count from it. */
export const sceneNow = (): number => Date.now();

const job = (now: number, next: Partial<JobView> & Pick<JobView, 'key' | 'id' | 'name'>): JobView => ({
  stage: 'test',
  project: 'orbit/payments-api',
  ref: 'feature/refund-webhooks',
  sha: '8fd84d5100000000000000000000000000000000',
  runner: 'r-mbp',
  runnerName: 'studio-mbp',
  executor: 'docker',
  state: 'passed',
  startedMs: now - 30 * minute,
  endedMs: now - 28 * minute,
  queuedSeconds: 2,
  timeoutSeconds: 3600,
  traceBytes: 2000,
  stages: [],
  details: {},
  ...next,
});

const held = (now: number, tags: string[]): NonNullable<RunnerView['server']> => ({
  tags,
  runUntagged: false,
  locked: false,
  paused: false,
  protectedOnly: false,
  atMs: now - 26 * 60 * minute,
});

export const runners = (now: number): RunnerView[] => [
  {
    key: 'r-tokens',
    name: 'design-tokens',
    url: 'https://gitlab.orbit.dev',
    executor: 'shell',
    state: 'unhealthy',
    reason: 'GitLab refused this runner: 403 Forbidden. It was deleted, or its token was reset.',
    trouble: 'refused',
    id: 41,
    server: held(now, ['node', 'figma']),
    running: 0,
    limit: 1,
    tokenTail: 'k2Lp',
    lastContactMs: now - 18 * minute,
    nextTryMs: now + 54_000,
    local: false,
  },
  {
    key: 'r-mbp',
    name: 'studio-mbp',
    url: 'https://gitlab.orbit.dev',
    executor: 'docker',
    state: 'busy',
    id: 42,
    server: held(now, ['linux', 'docker', 'arm64']),
    running: 2,
    limit: 2,
    tokenTail: '7Kfa',
    lastContactMs: now - 1000,
    local: false,
  },
  {
    key: 'r-shell',
    name: 'studio-mbp-shell',
    url: 'https://gitlab.orbit.dev',
    executor: 'shell',
    shell: 'zsh',
    state: 'idle',
    reason: 'Waits for a job that fits its tags.',
    id: 43,
    server: held(now, ['macos', 'zsh']),
    running: 0,
    limit: 1,
    tokenTail: '9xQ2',
    tokenExpiresAt: new Date(now + 51 * 24 * 60 * minute).toISOString(),
    lastContactMs: now - 2000,
    local: false,
  },
  {
    key: 'r-ios',
    name: 'ios-builds',
    url: 'https://gitlab.com',
    executor: 'shell',
    shell: 'bash',
    state: 'draining',
    reason: 'Takes no new job; the running ones finish.',
    id: 1044,
    server: held(now, ['ios', 'xcode-17']),
    running: 1,
    limit: 1,
    tokenTail: 'Wd81',
    lastContactMs: now - 1000,
    local: false,
  },
  {
    key: 'r-nightly',
    name: 'nightly',
    url: 'https://gitlab.com',
    executor: 'docker',
    state: 'paused',
    reason: 'Takes no jobs.',
    pausedUntilMs: now + 55 * minute,
    id: 1045,
    server: held(now, ['nightly', 'large']),
    running: 0,
    limit: 1,
    tokenTail: 'p0Qe',
    lastContactMs: now - 8 * minute,
    local: false,
  },
];

const stagesOf = (
  startMs: number,
  names: readonly (readonly [string, number])[],
  failed?: string,
): JobView['stages'] => {
  let at = startMs;
  return names.map(([name, ms]) => {
    const stage = {
      name,
      startedMs: at,
      ...(ms >= 0 ? { endedMs: at + ms } : {}),
      ...(name === failed ? { failed: true } : {}),
    };
    at += Math.max(0, ms);
    return stage;
  });
};

export function busyJobs(now: number): JobView[] {
  const started = now - 86_000;
  return [
    job(now, {
      key: 'r-mbp-9001',
      id: 9001,
      name: 'test:integration',
      state: 'running',
      startedMs: started,
      endedMs: undefined,
      phase: 'running',
      queuedSeconds: 4,
      webUrl: 'https://gitlab.orbit.dev/orbit/payments-api/-/jobs/9001',
      stages: stagesOf(started, [
        ['prepare_executor', 2100],
        ['prepare_script', 300],
        ['get_sources', 1200],
        ['restore_cache', 2900],
        ['step_script', -1],
      ]),
      details: { image: 'node:22-bookworm', services: 'postgres:17', cache: 'Restored, 84 MB' },
    }),
    job(now, {
      key: 'r-mbp-9002',
      id: 9002,
      name: 'build:image',
      project: 'orbit/storefront',
      ref: 'main',
      state: 'running',
      startedMs: now - 41_000,
      endedMs: undefined,
      phase: 'running',
    }),
    job(now, {
      key: 'r-mbp-8990',
      id: 8990,
      name: 'lint',
      startedMs: now - 7 * minute,
      endedMs: now - 7 * minute + 18_000,
    }),
    job(now, {
      key: 'r-mbp-8989',
      id: 8989,
      name: 'test:unit',
      startedMs: now - 7.2 * minute,
      endedMs: now - 7.2 * minute + 67_000,
    }),
    job(now, {
      key: 'r-mbp-8980',
      id: 8980,
      name: 'deploy:review',
      stage: 'deploy',
      state: 'failed',
      exitCode: 42,
      failureReason: 'script_failure',
      message: 'Job failed: exit status 42',
      startedMs: now - 22 * minute,
      endedMs: now - 22 * minute + 151_000,
      webUrl: 'https://gitlab.orbit.dev/orbit/payments-api/-/jobs/8980',
      stages: stagesOf(
        now - 22 * minute,
        [
          ['prepare_executor', 1900],
          ['prepare_script', 280],
          ['get_sources', 1400],
          ['step_script', 146_000],
          ['cleanup_file_variables', 120],
        ],
        'step_script',
      ),
      details: { image: 'alpine:3.22' },
    }),
    job(now, {
      key: 'r-mbp-8970',
      id: 8970,
      name: 'build:image',
      project: 'orbit/storefront',
      startedMs: now - 29 * minute,
      endedMs: now - 29 * minute + 192_000,
    }),
    job(now, {
      key: 'r-mbp-8960',
      id: 8960,
      name: 'audit',
      state: 'warning',
      exitCode: 1,
      failureReason: 'script_failure',
      message: 'Job failed: exit status 1',
      stages: stagesOf(now - 31 * minute, [['step_script', 21_000]], 'step_script'),
      startedMs: now - 31 * minute,
      endedMs: now - 31 * minute + 22_000,
    }),
    job(now, {
      key: 'r-mbp-8950',
      id: 8950,
      name: 'test:e2e',
      state: 'canceled',
      failureReason: 'job_canceled',
      message: 'Job failed: canceled',
      startedMs: now - 57 * minute,
      endedMs: now - 57 * minute + 54_000,
    }),
    job(now, {
      key: 'r-mbp-8940',
      id: 8940,
      name: 'test:unit',
      project: 'orbit/storefront',
      startedMs: now - 59 * minute,
      endedMs: now - 59 * minute + 49_000,
    }),
    job(now, {
      key: 'r-shell-8800',
      id: 8800,
      name: 'test:integration',
      runner: 'r-shell',
      runnerName: 'studio-mbp-shell',
      executor: 'shell',
      state: 'failed',
      failureReason: 'job_execution_timeout',
      message: 'Job failed: execution took longer than 1h0m0s seconds',
      startedMs: now - 24 * 60 * minute,
      endedMs: now - 23 * 60 * minute,
    }),
    job(now, {
      key: 'r-shell-8790',
      id: 8790,
      name: 'pages',
      runner: 'r-shell',
      runnerName: 'studio-mbp-shell',
      executor: 'shell',
      project: 'orbit/handbook',
      startedMs: now - 24.6 * 60 * minute,
      endedMs: now - 24.6 * 60 * minute + 37_000,
    }),
    job(now, {
      key: 'r-shell-8780',
      id: 8780,
      name: 'build:docs',
      runner: 'r-shell',
      runnerName: 'studio-mbp-shell',
      executor: 'shell',
      project: 'orbit/handbook',
      startedMs: now - 24.7 * 60 * minute,
      endedMs: now - 24.7 * 60 * minute + 29_000,
    }),
    job(now, {
      key: 'r-mbp-8700',
      id: 8700,
      name: 'build:image',
      project: 'orbit/storefront',
      state: 'failed',
      failureReason: 'runner_system_failure',
      message: 'Job failed (system failure): Docker stopped answering after 12 s',
      startedMs: now - 26 * 60 * minute,
      endedMs: now - 26 * 60 * minute + 12_000,
    }),
  ];
}

export function pipelines(now: number): PipelineView[] {
  const box = (
    name: string,
    state: JobView['state'],
    next: Partial<PipelineView['stages'][number]['jobs'][number]> = {},
  ) => ({ name, state, when: 'on_success', allowFailure: false, ...next });
  return [
    {
      id: 'p1',
      folder: '/home/mira/src/payments-api',
      ref: 'feature/refund-webhooks',
      sha: '8fd84d5100000000',
      state: 'running',
      startedMs: now - 48_000,
      stages: [
        {
          name: 'build',
          jobs: [box('compile', 'passed', { key: 'r-mbp-8990' }), box('style', 'passed', { key: 'r-mbp-8989' })],
        },
        {
          name: 'test',
          jobs: [
            box('test:unit', 'passed', { key: 'r-mbp-8940' }),
            box('test:integration', 'running', { key: 'r-mbp-9001' }),
            box('audit', 'warning', { key: 'r-mbp-8960', allowFailure: true }),
          ],
        },
        { name: 'deploy', jobs: [box('deploy:review', 'waiting', { when: 'manual' }), box('pages', 'waiting')] },
      ],
    },
    {
      id: 'p0',
      folder: '/home/mira/src/handbook',
      ref: 'main',
      sha: '1d90c22a00000000',
      state: 'failed',
      startedMs: now - 22 * minute,
      endedMs: now - 20 * minute,
      stages: [{ name: 'test', jobs: [box('deploy:review', 'failed', { key: 'r-mbp-8980' })] }],
    },
  ];
}

export function busyScene(now: number): Partial<EngineSnapshot> {
  return {
    state: 'busy',
    stateText: 'Busy, 2 jobs',
    concurrent: 6,
    running: 2,
    health: {
      problems: [],
      disk: { freeBytes: 212_000_000_000, floorBytes: 268_435_456 },
      links: [{ url: 'https://gitlab.com', state: 'ok' }],
      executors: [{ name: 'shell', runners: 2, usable: 2 }],
    },
    runners: runners(now),
    jobs: busyJobs(now),
    pipelines: pipelines(now),
  };
}
export const emptyScene: Partial<EngineSnapshot> = { ...emptySnapshot, state: 'stopped', stateText: 'Stopped' };
export function errorScene(now: number): Partial<EngineSnapshot> {
  return {
    ...busyScene(now),
    state: 'trouble',
    stateText: 'Trouble: design-tokens, GitLab refused this runner: 403 Forbidden',
    running: 0,
    health: {
      problems: ['expected a value after "limit ="', 'design-tokens: GitLab refused this runner: 403 Forbidden'],
      disk: { freeBytes: 212_000_000_000, floorBytes: 268_435_456 },
      links: [
        { url: 'https://gitlab.com', state: 'ok' },
        { url: 'https://git.orbit.example', state: 'refused', message: '403 Forbidden' },
      ],
      executors: [{ name: 'docker', runners: 2, usable: 1 }],
    },
    configProblem: {
      code: 'CONFIG_INVALID',
      message: 'expected a value after "limit ="',
      line: 16,
      hint: 'Open Configuration, or the file in an editor, and correct the line named; the file on disk is unchanged.',
    },
    jobs: busyJobs(now).filter(({ endedMs }) => endedMs !== undefined),
    runners: runners(now).filter(({ state }) => state !== 'busy' && state !== 'draining'),
  };
}
/** A list as long as a history may be. */
export const manyJobs = (now: number, count: number): JobView[] =>
  Array.from({ length: count }, (_, at) =>
    job(now, {
      key: `r-mbp-${at}`,
      id: at,
      name: `job-${at}`,
      state: at % 7 === 0 ? 'failed' : 'passed',
      project: `orbit/project-${at % 13}`,
      startedMs: now - at * minute,
      endedMs: now - at * minute + 30_000,
    }),
  );
