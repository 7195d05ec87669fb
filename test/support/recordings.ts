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
  timeoutSeconds: 3600,
  traceBytes: 2000,
  stages: [],
  details: {},
  ...next,
});

export const runners = (now: number): RunnerView[] => [
  {
    key: 'r-tokens',
    name: 'design-tokens',
    url: 'https://gitlab.orbit.dev',
    executor: 'shell',
    state: 'unhealthy',
    reason: 'GitLab refused this runner: 403 Forbidden. It was deleted, or its token was reset.',
    tags: ['node', 'figma'],
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
    tags: ['linux', 'docker', 'arm64'],
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
    tags: ['macos', 'zsh'],
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
    tags: ['ios', 'xcode-17'],
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
    tags: ['nightly', 'large'],
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
      message: 'Exit code 42 in script',
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
      message: 'Exit code 1 in script',
      startedMs: now - 31 * minute,
      endedMs: now - 31 * minute + 22_000,
    }),
    job(now, {
      key: 'r-mbp-8950',
      id: 8950,
      name: 'test:e2e',
      state: 'canceled',
      message: 'Canceled by you',
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
      message: 'Timed out after 1 h',
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
      message: 'Docker stopped answering after 12 s',
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
    stateText: 'Trouble: design-tokens',
    running: 0,
    configProblem: {
      code: 'CONFIG_INVALID',
      message: 'expected a value after "limit ="',
      line: 16,
      hint: 'Open the config editor: the line is marked, the file on disk is unchanged.',
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

/** A log with the runner's own layout: timestamps, sections, colours. */
export function integrationLog(startMs: number, running: boolean): string {
  let atMs = startMs;
  const lines: string[] = [];
  const stamp = (stream: string, text: string, plus = ' '): void => {
    lines.push(`${new Date(atMs).toISOString().slice(0, -1)}000Z ${stream}${plus}${text}\n`);
  };
  const say = (text: string, afterMs = 0): void => {
    atMs += afterMs;
    stamp('01O', text);
  };
  const runner = (text: string, afterMs = 0): void => {
    atMs += afterMs;
    stamp('00O', `\x1b[0K${text}\x1b[0;m`);
  };
  const begin = (name: string, title: string, options = ''): void => {
    stamp('00O', `section_start:${Math.floor(atMs / 1000)}:${name}${options}\r`);
    stamp('00O', `\x1b[0K\x1b[0K\x1b[36;1m${title}\x1b[0;m\x1b[0;m`, '+');
  };
  const end = (name: string, afterMs = 0): void => {
    atMs += afterMs;
    stamp('00O', `section_end:${Math.floor(atMs / 1000)}:${name}\r`);
    stamp('00O', '\x1b[0K', '+');
  };
  runner('Running with harrier 0.1.0 (a41c9e2)');
  runner('  on studio-mbp t3_9xQ2k, system ID: s_1746f8786189');
  begin('prepare_executor', 'Preparing the "docker" executor');
  for (const text of [
    'Using Docker executor with image node:22-bookworm ...',
    'Starting service postgres:17...',
    'Using docker image sha256:aa12 for postgres:17 ...',
    'Waiting for services to be up and running (timeout 30 seconds)...',
    'Using locally found image version due to "if-not-present" pull policy',
    'Using docker image sha256:0232e654b9bb for node:22-bookworm ...',
  ])
    runner(text, 350);
  end('prepare_executor');
  begin('prepare_script', 'Preparing environment');
  say('Running on runner-t3xq2k-project-7-concurrent-0 via studio-mbp...', 300);
  end('prepare_script');
  begin('get_sources', 'Getting source from Git repository');
  say('\x1b[32;1mFetching changes with git depth set to 20...\x1b[0;m', 500);
  for (const text of [
    'Initialized empty Git repository in /builds/orbit/payments-api/.git/',
    '\x1b[32;1mCreated fresh repository.\x1b[0;m',
    'From https://gitlab.orbit.dev/orbit/payments-api',
    ' * [new ref] refs/pipelines/1904377 -> refs/pipelines/1904377',
    '\x1b[32;1mChecking out 8fd84d51 as detached HEAD (ref is feature/refund-webhooks)...\x1b[0;m',
    '',
    '\x1b[32;1mSkipping Git submodules setup\x1b[0;m',
  ])
    say(text, 100);
  end('get_sources');
  begin('restore_cache', 'Restoring cache');
  say('\x1b[32;1mChecking cache for pnpm-lock-webhook-1...\x1b[0;m', 900);
  for (const text of ['Downloading cache from the local folder', '\x1b[32;1mSuccessfully extracted cache\x1b[0;m'])
    say(text, 1000);
  end('restore_cache');
  begin('step_script', 'Executing "step_script" stage of the job script');
  say('Using docker image sha256:0232e654b9bb for node:22-bookworm …', 100);
  begin('install', 'Installing dependencies', '[collapsed=true]');
  for (let at = 1; at <= 211; at++)
    say(`Progress: resolved ${at * 5}, reused ${at * 4}, downloaded ${at}, added ${at * 3}`, 44);
  end('install');
  say('\x1b[32;1m$ pnpm test:integration --reporter=verbose\x1b[0;m');
  say(' \x1b[1m\x1b[36mRUN\x1b[39m\x1b[22m  \x1b[2mv4.1.2 /builds/orbit/payments-api\x1b[22m', 800);
  say('');
  const passed = (file: string, tests: number, ms: number): void =>
    say(` \x1b[32m✓\x1b[39m ${file} \x1b[2m(${tests} tests)\x1b[22m \x1b[33m${ms}ms\x1b[39m`, ms);
  passed('test/integration/charges.test.ts', 14, 2211);
  passed('test/integration/customers.test.ts', 9, 1804);
  passed('test/integration/refunds.test.ts', 11, 3120);
  say(
    ' \x1b[31m❯\x1b[39m test/integration/webhooks.test.ts \x1b[2m(12 tests | \x1b[22m\x1b[31m1 failed\x1b[39m\x1b[2m)\x1b[22m',
    200,
  );
  say('   \x1b[32m✓\x1b[39m accepts a signed event \x1b[2m212ms\x1b[22m', 212);
  say('   \x1b[32m✓\x1b[39m rejects a wrong signature \x1b[2m41ms\x1b[22m', 41);
  say('   \x1b[32m✓\x1b[39m stores a webhook once \x1b[2m388ms\x1b[22m', 388);
  say('   \x1b[31m×\x1b[39m \x1b[31mretries a failed webhook\x1b[39m \x1b[2m5012ms\x1b[22m', 5012);
  say('     \x1b[31m→ expected 3 attempts, received 2\x1b[39m');
  say('');
  say(' \x1b[1m\x1b[31mFAIL\x1b[39m\x1b[22m   webhooks.test.ts \x1b[2m>\x1b[22m retries a failed webhook', 60);
  say('\x1b[31;1mAssertionError\x1b[22m: expected 3 attempts, received 2\x1b[39m');
  say(' \x1b[36m❯ test/integration/webhooks.test.ts:118:31\x1b[39m');
  say('     116|   await clock.advance(\x1b[32m"30s"\x1b[39m);');
  say('     117|   \x1b[35mconst\x1b[39m tries = \x1b[35mawait\x1b[39m deliveries(webhook.id);');
  say('     118|   expect(tries.length).\x1b[34mtoBe\x1b[39m(\x1b[38;5;94m3\x1b[39m);');
  say('        |                        \x1b[31m^\x1b[39m');
  say('');
  passed('test/integration/payouts.test.ts', 22, 31702);
  passed('test/integration/disputes.test.ts', 7, 7311);
  if (running) {
    atMs = Math.max(atMs, startMs + 85_000);
    stamp(
      '01O',
      '\r \x1b[33m⠹\x1b[39m test/integration/ledger.test.ts \x1b[2m12 of 63 tests\x1b[22m\r \x1b[33m⠙\x1b[39m test/integration/ledger.test.ts \x1b[2m41 of 63 tests\x1b[22m\x1b[K',
    );
    return lines.join('');
  }
  end('step_script', 400);
  begin('cleanup_file_variables', 'Cleaning up project directory and file based variables');
  end('cleanup_file_variables', 120);
  runner('\x1b[31;1mERROR: Job failed: exit code 42');
  return lines.join('');
}
