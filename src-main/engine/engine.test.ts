import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Config, RunnerConfig } from '../../src-shared/config-schema.ts';
import { type JobPayload, parsePayload } from '../../src-shared/payload.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { CoordinatorClient, JobRequestAnswer, JobUpdate } from '../gitlab/types.ts';
import type { JobOutcome, RunJob, RunningJob, StopCause } from '../job/types.ts';
import { createEngine } from './engine.ts';
import { createJobView } from './job-view.ts';
import { openJournal } from './journal.ts';
import type { EndedJob, EngineDeps, LoadedConfig } from './types.ts';

let folder: string;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await rm(folder, { recursive: true, force: true });
});

const payload = (id: number): JobPayload => {
  const parsed = parsePayload({ id, token: `job-${id}`, job_info: { name: `job ${id}`, project_id: 5 } });
  if (!parsed.ok) throw new Error('payload');
  return parsed.payload;
};
const passed: JobOutcome = { state: 'success', message: 'Job succeeded', delivery: 'reported', traceBytes: 0 };

/** A coordinator by token: what it answers next, and what it was told. */
const createServer = () => {
  const queues = new Map<string, JobRequestAnswer[]>();
  const requests: string[] = [];
  const updates: JobUpdate[] = [];
  const logs: string[] = [];
  const client = {
    requestJob: async ({ token }: { token: string }) => {
      requests.push(token);
      return queues.get(token)?.shift() ?? { kind: 'none' as const };
    },
    updateJob: async (_job: unknown, update: JobUpdate) => {
      updates.push(update);
      return { kind: 'ok' as const };
    },
    patchTrace: async (_job: unknown, { body }: { body: Buffer }) => {
      logs.push(body.toString());
      return { kind: 'accepted' as const };
    },
    close: async () => {},
  } as Partial<CoordinatorClient> as CoordinatorClient;
  return { queues, requests, updates, logs, client };
};

const createJobs = () => {
  const running: { id: number; end: (outcome?: JobOutcome) => void; causes: StopCause[]; ids: unknown }[] = [];
  const runJob: RunJob = (_deps, request) => {
    const causes: StopCause[] = [];
    let end = (_outcome?: JobOutcome): void => {};
    const done = new Promise<JobOutcome>((resolve) => {
      end = (outcome = passed) => resolve(outcome);
    });
    running.push({ id: request.payload.id, end, causes, ids: request.slot });
    const job: Partial<RunningJob> = {
      done,
      trace: { size: 0 } as RunningJob['trace'],
      stop: (cause) => {
        causes.push(cause);
        end({ ...passed, state: 'failed', failureReason: 'job_canceled', message: cause });
      },
    };
    return job as RunningJob;
  };
  return { running, runJob };
};

const setUp = (config: Config, overrides: Partial<EngineDeps> = {}) => {
  const server = createServer();
  const jobs = createJobs();
  const ended: EndedJob[] = [];
  let loaded: LoadedConfig = { config, runnerProblems: [], warnings: [] };
  const reload = new Set<(config: LoadedConfig) => void>();
  const engine = createEngine({
    config: {
      current: () => loaded,
      onChange: (listener) => {
        reload.add(listener);
        return () => void reload.delete(listener);
      },
    },
    clock: systemClock,
    log: silentLogger,
    random: () => 0.5,
    systemId: 's_1',
    hostname: 'host',
    banner: 'harrier',
    workingDirectory: folder,
    dataFolder: folder,
    createClient: () => server.client,
    executorOf: (runner) =>
      runner.executor === 'shell' ? ({ name: 'shell' } as ReturnType<EngineDeps['executorOf']>) : undefined,
    infoOf: () => ({}) as ReturnType<EngineDeps['infoOf']>,
    runJob: jobs.runJob,
    jobDeps: {} as EngineDeps['jobDeps'],
    local: false,
    onJobEnded: (job) => ended.push(job),
    ...overrides,
  });
  stops.push(async () => {
    for (const job of jobs.running) job.end();
    await engine.stop('now');
  });
  const setConfig = (next: LoadedConfig): void => {
    loaded = next;
    for (const listener of reload) listener(next);
  };
  return { server, engine, jobs, ended, setConfig };
};
const runner = (token: string, more: Partial<RunnerConfig> = {}): RunnerConfig => ({
  name: token,
  url: 'http://gitlab.test',
  token,
  executor: 'shell',
  ...more,
});
const job = (id: number): JobRequestAnswer => ({ kind: 'job', payload: payload(id) });
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });

it('asks again at once when a job has ended, and numbers the slots', async () => {
  const { server, engine, jobs, ended } = setUp({
    concurrent: 1,
    check_interval: 3600,
    runners: [runner('aaaaaaaaaaaa')],
  });
  server.queues.set('aaaaaaaaaaaa', [job(1), job(2)]);
  await engine.start();
  await until(() => expect(jobs.running.map(({ id }) => id)).toEqual([1]));
  expect(engine.view()).toMatchObject({ state: 'busy', runners: [{ state: 'busy', running: 1, tokenTail: 'aaaa' }] });
  jobs.running[0]?.end();
  await until(() => expect(jobs.running.map(({ id }) => id)).toEqual([1, 2]));
  expect(jobs.running.map(({ ids }) => ids)).toEqual([0, 0].map((id) => ({ runnerId: id, projectRunnerId: id })));
  jobs.running[1]?.end();
  await until(() => expect(ended.map(({ view }) => view.state)).toEqual(['passed', 'passed']));
  await until(() => expect(server.requests.length).toBe(3));
});

it('a refused runner is shown with the reason and holds up no other', async () => {
  const config = { concurrent: 2, check_interval: 1, runners: [runner('bad-token-1'), runner('good-token-1')] };
  const { server, engine, jobs } = setUp(config);
  server.queues.set('bad-token-1', Array(9).fill({ kind: 'refused', status: 403, message: '403 Forbidden' }));
  server.queues.set('good-token-1', [job(7)]);
  await engine.start();
  await until(() => expect(jobs.running.map(({ id }) => id)).toEqual([7]));
  await until(() =>
    expect(engine.view().runners).toMatchObject([
      { state: 'unhealthy', reason: 'GitLab refused this runner: 403 Forbidden' },
      { state: 'busy' },
    ]),
  );
});

it('a wrong entry and an unknown executor are told, the others work', async () => {
  const runners = [runner('wrong-key-1'), runner('unknown-ex-1', { executor: 'rocket' }), runner('fine-token-1')];
  runners.push(runner('later-exec-1', { executor: 'kubernetes' }));
  const { server, engine, jobs, setConfig } = setUp({ concurrent: 4, check_interval: 1, runners });
  const problems = [{ index: 0, message: 'line 4: limit must be a whole number', line: 4 }];
  setConfig({ config: { concurrent: 4, check_interval: 1, runners }, runnerProblems: problems, warnings: [] });
  server.queues.set('fine-token-1', [job(1)]);
  await engine.start();
  await until(() => expect(jobs.running.length).toBe(1));
  expect(engine.view().runners).toMatchObject([
    { state: 'unhealthy', reason: 'line 4: limit must be a whole number', line: 4 },
    { state: 'unhealthy', reason: 'executor = "rocket" is not known here' },
    { state: 'busy' },
    {
      state: 'unhealthy',
      reason: 'executor = "kubernetes" is not supported by Harrier yet; docs/limits.md says what is',
    },
  ]);
  expect(server.requests.every((token) => token === 'fine-token-1')).toBe(true);
});

it('an unreadable job is reported as a system failure and frees its slot', async () => {
  const { server, engine, jobs } = setUp({ concurrent: 1, check_interval: 3600, runners: [runner('aaaaaaaaaaaa')] });
  const problem = { id: 9, token: 'job-9', problems: ['steps.0.script: expected Array, found text'] };
  server.queues.set('aaaaaaaaaaaa', [{ kind: 'invalidJob', problem }, job(2)]);
  await engine.start();
  await until(() => expect(jobs.running.map(({ id }) => id)).toEqual([2]));
  expect(server.logs.join('')).toContain('steps.0.script: expected Array, found text');
  expect(server.updates).toMatchObject([
    { state: 'running' },
    { state: 'failed', failure_reason: 'runner_system_failure' },
  ]);
});

it('a job that cannot begin fails alone', async () => {
  const runJob: RunJob = () => {
    throw new Error('no space left on device');
  };
  const { server, engine, ended } = setUp(
    { concurrent: 1, check_interval: 3600, runners: [runner('aaaaaaaaaaaa')] },
    { runJob },
  );
  server.queues.set('aaaaaaaaaaaa', [job(1)]);
  await engine.start();
  await until(() => expect(ended[0]?.view).toMatchObject({ state: 'failed', failureReason: 'runner_system_failure' }));
  expect(server.logs.join('')).toContain('no space left on device');
  await until(() => expect(engine.view().state).toBe('idle'));
});

it('drain waits for jobs, stop ends them', async () => {
  const { server, engine, jobs } = setUp({ concurrent: 2, check_interval: 1, runners: [runner('aaaaaaaaaaaa')] });
  server.queues.set('aaaaaaaaaaaa', [job(1)]);
  await engine.start();
  await until(() => expect(jobs.running.length).toBe(1));
  const drained = engine.stop('drain');
  expect(engine.view()).toMatchObject({ state: 'draining', runners: [{ state: 'draining' }] });
  expect(jobs.running[0]?.causes).toEqual([]);
  await engine.stop('now');
  await drained;
  expect(jobs.running[0]?.causes).toEqual(['shutdown']);
  expect(engine.view().state).toBe('stopped');
});

it('a pause keeps its runner from asking, a resume asks at once', async () => {
  const { server, engine, jobs } = setUp({ concurrent: 2, check_interval: 3600, runners: [runner('aaaaaaaaaaaa')] });
  await engine.start();
  await until(() => expect(server.requests.length).toBe(1));
  const key = engine.view().runners[0]?.key ?? '';
  engine.pause(key);
  expect(engine.view()).toMatchObject({ state: 'paused', runners: [{ state: 'paused' }] });
  server.queues.set('aaaaaaaaaaaa', [job(1)]);
  engine.resume(key);
  await until(() => expect(jobs.running.length).toBe(1));
});

it('a changed config adds and removes runners; a job of a removed one runs on', async () => {
  const { server, engine, jobs, ended, setConfig } = setUp({
    concurrent: 2,
    check_interval: 3600,
    runners: [runner('old-token-01')],
  });
  server.queues.set('old-token-01', [job(1)]);
  server.queues.set('new-token-01', [job(2)]);
  await engine.start();
  await until(() => expect(jobs.running.length).toBe(1));
  const config = { concurrent: 2, check_interval: 3600, runners: [runner('new-token-01')] };
  setConfig({ config, runnerProblems: [], warnings: [] });
  await until(() => expect(jobs.running.map(({ id }) => id)).toEqual([1, 2]));
  expect(engine.view().runners.map(({ name }) => name)).toEqual(['new-token-01']);
  jobs.running[0]?.end();
  await until(() => expect(ended.map(({ view }) => view.id)).toEqual([1]));
});

it('finishes what an earlier run left, with its journaled result', async () => {
  const journal = await openJournal(join(folder, 'journal'));
  const taken = {
    kind: 'taken',
    runner: 'x',
    url: 'u',
    executor: 'shell',
    folder,
    deadlineMs: Date.now() + 9e6,
  } as const;
  await journal.append({ ...taken, key: 'x-1', id: 1, token: 'job-1' });
  await journal.append({ kind: 'result', key: 'x-1', result: { state: 'success', message: 'Job succeeded' } });
  await journal.close();
  const { server, engine } = setUp({ concurrent: 1, check_interval: 3600, runners: [] });
  await engine.start();
  await until(() => expect(server.updates).toMatchObject([{ state: 'success' }]));
});

/** What an earlier run has written down of the job that it had taken. */
const takenEarlier = (jobFolder: string): Parameters<Awaited<ReturnType<typeof openJournal>>['append']>[0] => ({
  kind: 'taken',
  key: 'x-1',
  id: 1,
  token: 'job-1',
  runner: 'x',
  url: 'u',
  executor: 'shell',
  folder: jobFolder,
  deadlineMs: Date.now() + 9e6,
  view: createJobView(payload(1), { key: 'x-1', runner: 'x', runnerName: 'x', executor: 'shell', nowMs: 1 }),
});

it('what GitLab was told before the end of an earlier run is not said again; what it left is removed', async () => {
  const journal = await openJournal(join(folder, 'journal'));
  await journal.append(takenEarlier(join(folder, 'jobs', 'x-1')));
  await journal.append({ kind: 'result', key: 'x-1', result: { state: 'success', message: 'Job succeeded' } });
  await journal.append({ kind: 'told', key: 'x-1', delivery: 'reported' });
  await journal.close();
  const removed: string[] = [];
  const executor = { name: 'shell', recover: async () => void removed.push('recovered') };
  const { server, engine, ended } = setUp(
    { concurrent: 1, check_interval: 3600, runners: [] },
    { executorOf: () => executor as never },
  );
  await engine.start();
  await until(() =>
    expect(ended.map(({ view, outcome }) => [view.state, outcome.delivery])).toEqual([['passed', 'reported']]),
  );
  expect(removed).toEqual(['recovered']);
  await engine.stop('now');
  expect(server.updates).toEqual([]);
});

it('what an executor keeps over a restart is found again, and forgotten when it is removed', async () => {
  const removed: string[] = [];
  let there = true;
  const executor = {
    name: 'shell',
    recover: async () => void removed.push('recovered'),
    kept: async () =>
      there
        ? [
            {
              id: 'k',
              jobId: 1,
              place: 'container x',
              untilMs: Date.now() + 60_000,
              terminal: () => Promise.reject(new Error('none')),
              remove: async () => void removed.push('removed'),
            },
          ]
        : [],
  };
  const config = { concurrent: 1, check_interval: 3600, runners: [runner('aaaaaaaaaaaa')] };
  const overrides = { executorOf: () => executor as never };
  const first = setUp(config, overrides);
  first.server.queues.set('aaaaaaaaaaaa', [job(1)]);
  await first.engine.start();
  await until(() => expect(first.jobs.running.length).toBe(1));
  first.jobs.running[0]?.end({ ...passed, state: 'failed', message: 'x', keptUntilMs: Date.now() + 60_000 });
  await until(() => expect(first.engine.kept.views).toMatchObject([{ id: 1, name: 'job 1', place: 'container x' }]));
  await first.engine.stop('now');
  expect(first.engine.kept.views).toEqual([]);

  const second = setUp(config, overrides);
  await second.engine.start();
  await until(() => expect(second.engine.kept.views).toMatchObject([{ id: 1, name: 'job 1', canExtend: false }]));
  const key = second.engine.kept.views[0]?.key ?? '';
  await expect(second.engine.kept.extend(key, 1)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  await second.engine.stop('now');
  expect(removed).toEqual([]);

  // Meanwhile somebody else removed it: what is left of it goes, GitLab is told nothing twice.
  there = false;
  const third = setUp(config, overrides);
  await third.engine.start();
  await until(() => expect(removed).toEqual(['recovered']));
  await third.engine.stop('now');
  expect(third.server.updates).toEqual([]);
  const { open, close } = await openJournal(join(folder, 'journal'));
  expect(open).toEqual([]);
  await close();
});
it('a job that is handed out twice runs once', async () => {
  const { server, engine, jobs, ended } = setUp({
    concurrent: 4,
    check_interval: 3600,
    runners: [runner('aaaaaaaaaaaa', { request_concurrency: 1 })],
  });
  server.queues.set('aaaaaaaaaaaa', [job(1), job(1)]);
  await engine.start();
  await until(() => expect(server.requests.length).toBe(2));
  await until(() => expect(jobs.running.map(({ id }) => id)).toEqual([1]));
  jobs.running[0]?.end();
  await until(() => expect(ended.map(({ view }) => view.state)).toEqual(['passed']));
  expect(server.updates).toEqual([]);
});

it('a job that comes again after it ended gets an empty folder, whatever is in the old one', async () => {
  const { server, engine, jobs, ended } = setUp({
    concurrent: 1,
    check_interval: 3600,
    runners: [runner('aaaaaaaaaaaa')],
  });
  server.queues.set('aaaaaaaaaaaa', [job(1)]);
  await engine.start();
  await until(() => expect(jobs.running.length).toBe(1));
  const [name = ''] = await readdir(join(folder, 'jobs'));
  await writeFile(join(folder, 'jobs', name, 'trace.log'), 'kept for the history');
  server.queues.set('aaaaaaaaaaaa', [job(1)]);
  jobs.running[0]?.end();
  await until(() => expect(jobs.running.length).toBe(2));
  expect(await readdir(join(folder, 'jobs', name))).toEqual([]);
  jobs.running[1]?.end();
  await until(() => expect(ended.length).toBe(2));
});

it('what cannot begin is reported until GitLab has heard it', async () => {
  const clock = jumpingClock();
  const { server, engine, ended } = setUp(
    { concurrent: 1, check_interval: 3600, runners: [runner('aaaaaaaaaaaa')] },
    {
      clock,
      runJob: () => {
        throw new Error('no space left on device');
      },
    },
  );
  let tries = 0;
  const { updateJob } = server.client;
  Object.assign(server.client, {
    updateJob: async (...args: Parameters<typeof updateJob>) => {
      tries += 1;
      return tries < 4 ? { kind: 'failed', retryAfterSeconds: 9 } : updateJob(...args);
    },
  });
  server.queues.set('aaaaaaaaaaaa', [job(1)]);
  await engine.start();
  await until(() => expect(ended.map(({ outcome }) => outcome.delivery)).toEqual(['reported']));
  expect(server.updates).toMatchObject([{ state: 'running' }, { state: 'failed' }]);
  expect(clock.slept.slice(0, 3)).toEqual([9000, 9000, 9000]);
});

it('a job that an earlier run left without a result gets one answer, said once in its log, and is in the history', async () => {
  const jobFolder = join(folder, 'jobs', 'x-1');
  await mkdir(jobFolder, { recursive: true });
  await writeFile(join(jobFolder, 'trace.log'), 'printed before\n');
  const journal = await openJournal(join(folder, 'journal'));
  await journal.append(takenEarlier(jobFolder));
  await journal.close();
  const { server, engine } = setUp({ concurrent: 1, check_interval: 3600, runners: [] });
  // This start is ended in its turn before GitLab has heard anything.
  Object.assign(server.client, { patchTrace: async () => ({ kind: 'failed' }) });
  await engine.start();
  await until(async () => expect(await readFile(join(folder, 'journal'), 'utf8')).toContain('"result"'));
  await engine.stop('now');
  const next = setUp({ concurrent: 1, check_interval: 3600, runners: [] });
  await next.engine.start();
  await until(() => expect(next.ended[0]?.view).toMatchObject({ state: 'failed', name: 'job 1' }));
  expect(next.server.updates).toMatchObject([{ state: 'failed', failure_reason: 'runner_system_failure' }]);
  expect(next.server.logs.join('').match(/printed before|Harrier ended while/g)).toEqual([
    'printed before',
    'Harrier ended while',
  ]);
});

it('folders that neither the journal nor the history knows are removed at the start', async () => {
  for (const name of ['lost', 'kept']) await mkdir(join(folder, 'jobs', name), { recursive: true });
  const isKept = (path: string): boolean => path.endsWith('kept');
  const { engine } = setUp({ concurrent: 1, check_interval: 3600, runners: [] }, { isKept });
  await engine.start();
  expect(await readdir(join(folder, 'jobs'))).toEqual(['kept']);
});

it('below the floor of free disk no job is taken, and the reason is shown', async () => {
  let free = 10 * 1024 * 1024;
  const clock = jumpingClock();
  const { server, engine, jobs } = setUp(
    { concurrent: 1, check_interval: 3600, harrier: { min_free_disk: '20m' }, runners: [runner('aaaaaaaaaaaa')] },
    { freeBytes: async () => free, clock },
  );
  server.queues.set('aaaaaaaaaaaa', [job(1)]);
  await engine.start();
  expect(engine.view().runners).toMatchObject([
    { state: 'unhealthy', reason: 'Only 10 MiB of disk are free; no job is taken below 20 MiB.' },
  ]);
  expect(server.requests).toEqual([]);
  free *= 4;
  clock.advance(10_000);
  await until(() => expect(jobs.running.length).toBe(1));
});

it('after a sleep a refused or unreachable server is asked at once, over new connections', async () => {
  const clock = jumpingClock();
  const { server, engine } = setUp({ concurrent: 1, check_interval: 60, runners: [runner('aaaaaaaaaaaa')] }, { clock });
  let reconnects = 0;
  Object.assign(server.client, { reconnect: () => void (reconnects += 1) });
  server.queues.set('aaaaaaaaaaaa', [{ kind: 'failed', status: -1, message: 'away', retryable: true }]);
  await engine.start();
  await until(() => expect(engine.view().runners[0]?.state).toBe('unhealthy'));
  clock.sleepThrough(8 * 3600_000);
  clock.advance(2000);
  await until(() => expect(engine.view().runners[0]?.state).toBe('idle'));
  expect([server.requests.length, reconnects]).toEqual([2, 1]);
});

/** A clock that a test moves: `advance` with its timers, `sleepThrough` as a closed lid does. Waits are over at once. */
function jumpingClock() {
  let [wall, monotonic] = [1_700_000_000_000, 0];
  let timers: { at: number; call: () => void }[] = [];
  const slept: number[] = [];
  return {
    slept,
    now: () => wall,
    monotonic: () => monotonic,
    after(delayMs: number, call: () => void) {
      const timer = { at: monotonic + delayMs, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async sleep(delayMs: number) {
      slept.push(delayMs);
    },
    advance(ms: number) {
      wall += ms;
      monotonic += ms;
      for (const { at, call } of [...timers]) if (at <= monotonic) call();
      timers = timers.filter(({ at }) => at > monotonic);
    },
    sleepThrough(ms: number) {
      wall += ms;
    },
  };
}
