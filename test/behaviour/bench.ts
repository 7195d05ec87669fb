import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeEngine } from '../../src-main/app/compose.ts';
import { createExecutors, type Executors } from '../../src-main/app/executors.ts';
import { systemClock } from '../../src-main/base/clock.ts';
import { silentLogger } from '../../src-main/base/logger.ts';
import type { Executor } from '../../src-main/executors/types.ts';
import type { RunningJob } from '../../src-main/job/types.ts';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { type JobSpec, startTestCoordinator, type TestJob } from '../support/coordinator/index.ts';
import { startGitServer } from '../support/git-server.ts';
import { createSampleRepository } from '../support/sample-repository.ts';
import type { Place } from './types.ts';

/** Jobs that run side by side: most of a row is waiting. */
const concurrent = 4;

/** One executor with everything real around it: GitLab's API over HTTP, git over HTTP, engine, journal. */
export async function openBench(place: Place) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'behaviour-')));
  const folders = { place: join(root, 'place'), repositories: join(root, 'repositories'), home: join(root, 'home') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  const token = `glrt-${randomBytes(5).toString('hex').slice(0, 9)}`;
  const open = await place.open(folders.place, { token });
  const { main } = createSampleRepository(folders.repositories).sha;
  const git = await startGitServer({ root: folders.repositories, ...(open.host ? { address: open.host } : {}) });
  const coordinator = await startTestCoordinator({
    tokens: [token, tokenOfOther(token)],
    repository: { url: `${git.url}/group/project.git`, sha: main },
    longPollMs: 60_000,
  });
  const runner: RunnerConfig = {
    ...open.runner,
    name: place.executor,
    url: coordinator.url,
    token,
    executor: place.executor,
  };
  const env = { PATH: process.env['PATH'], HOME: folders.home, ...open.env };
  const closings: Closing[] = [];
  const { engine, close } = composeEngine({
    config: {
      current: () => ({
        config: { concurrent, check_interval: 1, runners: [runner] },
        runnerProblems: [],
        warnings: [],
      }),
      onChange: () => () => {},
    },
    systemId: `s_${randomBytes(6).toString('hex')}`,
    dataFolder: join(root, 'data'),
    workingDirectory: root,
    log: silentLogger,
    env,
    local: false,
    executors: closedTwice(createExecutors({ clock: systemClock, env, hostname: hostname() }), closings),
  });
  await engine.start();

  const queue = (spec: JobSpec): TestJob => {
    const given = coordinator.queue({ ...open.payload, ...spec });
    // Wakes the poller at once, whatever it waits for.
    engine.resume('all');
    return given;
  };
  const keyOf = (given: TestJob): string => engine.view().jobs.find(({ id }) => id === given.id)?.key ?? '';
  /** The engine's side of a job at work. */
  const live = (given: TestJob): RunningJob => {
    const job = engine.job(keyOf(given));
    if (job === undefined) throw new Error(`job ${given.id} does not run`);
    return job;
  };
  return {
    place,
    root,
    env,
    coordinator,
    leftovers: open.leftovers,
    /** One entry for each environment that was closed (every one is, twice). */
    closings,
    queue,
    /** A job to its end; its slot is free again. */
    async run(spec: JobSpec): Promise<TestJob> {
      const given = queue(spec);
      await given.done;
      await until(() => keyOf(given) === '');
      return given;
    },
    /** The entry for a second Harrier beside this one: a job with its token goes to no other. */
    other: { ...runner, token: tokenOfOther(token) },
    engine,
    keyOf,
    live,
    /** Settles when the log of a job at work holds this text, before GitLab has it. */
    async printed(given: TestJob, text: string): Promise<void> {
      await until(() => engine.job(keyOf(given)) !== undefined);
      const { trace } = live(given);
      await until(async () => (await trace.read(0, trace.size)).includes(text));
    },
    /** Settles when no job runs and nothing of any is being removed. */
    stop: close,
    async close() {
      await close();
      await Promise.all([coordinator.close(), git.close()]);
      await open.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
export type Bench = Awaited<ReturnType<typeof openBench>>;

/** Its first nine characters are the same, by which a place finds what is its. */
const tokenOfOther = (token: string): string => `${token}-other`;

/** How the second `close` of one environment went. */
export interface Closing {
  readonly error: unknown;
}

const closedTwice = ({ of, settled }: Executors, closings: Closing[]): Executors => ({
  settled,
  of: (runner) => {
    const executor = of(runner);
    return executor && closedTwiceBy(executor, closings);
  },
});

const closedTwiceBy = (executor: Executor, closings: Closing[]): Executor => {
  const { acquire, configure } = executor;
  return {
    ...executor,
    ...(acquire
      ? {
          async acquire(request) {
            const lease = await acquire(request);
            return typeof lease === 'string' ? lease : { ...lease, executor: closedTwiceBy(lease.executor, closings) };
          },
        }
      : {}),
    ...(configure
      ? {
          async configure(request) {
            const configured = await configure(request);
            return { ...configured, executor: closedTwiceBy(configured.executor, closings) };
          },
        }
      : {}),
    prepare: prepareWith(executor, closings),
  };
};

const prepareWith =
  (executor: Executor, closings: Closing[]): Executor['prepare'] =>
  async (request) => {
    const environment = await executor.prepare(request);
    return {
      ...environment,
      async close(options) {
        await environment.close(options);
        await environment.close(options).then(
          () => closings.push({ error: undefined }),
          (error: unknown) => closings.push({ error }),
        );
      },
    };
  };

/** A command that sleeps, with a number that no other process has among its arguments. */
export const uniqueSleep = (): string => `sleep ${900_000_000 + (randomBytes(4).readUInt32BE() % 90_000_000)}`;

/** Processes of this machine with these words as their command line, inside of containers and other places too. */
export const processesOf = (command: string): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && commandOf(pid) === command);

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
  } catch {
    return '';
  }
};

/** Asks again and again, for what tells nobody when it happens. */
export const until = async (happened: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await happened())) await systemClock.sleep(20);
};
