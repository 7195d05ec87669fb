import { afterEach, expect, it } from 'vitest';
import type { Clock } from '../../src-main/base/clock.ts';
import { silentLogger } from '../../src-main/base/logger.ts';
import { createCoordinatorClient, createRunnerInfo } from '../../src-main/gitlab/index.ts';
import { runTestJob } from '../../src-main/job/testing/bench.ts';
import {
  startTestCoordinator,
  type TestCoordinator,
  type TestCoordinatorOptions,
} from '../support/coordinator/index.ts';

const minute = 60_000;
const info = createRunnerInfo({ executor: 'shell', shell: 'bash', executorFeatures: [] });
type FaultOf = NonNullable<TestCoordinatorOptions['faultOf']>;
/** What an outage looks like from a laptop: nobody there, a proxy that says so, a captive portal, a server under siege. */
const faces: readonly ReturnType<FaultOf>[] = [
  { answer: 'cut' },
  { answer: 503 },
  { answer: 'html' },
  { answer: 502 },
  { answer: 429, headers: { 'retry-after': '90' } },
  { answer: 'torn' },
  { answer: 'lost' },
];

let coordinator: TestCoordinator | undefined;
afterEach(async () => {
  await coordinator?.close();
  coordinator = undefined;
});

/** Real sockets to a coordinator that is away for half an hour of the bench's own time. */
async function setUp() {
  let clock: Clock | undefined;
  let from = Number.POSITIVE_INFINITY;
  let asked = 0;
  const now = (): number => clock?.monotonic() ?? 0;
  const server = await startTestCoordinator({
    faultOf: () => {
      if (now() < from || now() > from + 30 * minute) return undefined;
      asked += 1;
      return faces[asked % faces.length];
    },
  });
  coordinator = server;
  const job = server.queue({});
  return {
    job,
    server,
    asked: () => asked,
    clock: () => clock as Clock,
    begin: () => (from = now()),
    spec: {
      payload: { id: job.id, token: job.token },
      client: async (own: Clock) => {
        clock = own;
        const client = createCoordinatorClient({ url: server.url, env: {} }, { clock: own, log: silentLogger });
        await client.requestJob({ token: server.token, systemId: 's_0123456789ab', info });
        return client;
      },
    },
  };
}

it('half an hour without the coordinator in the middle of a job: its log arrives whole afterwards', async () => {
  const { job, server, spec, clock, begin, asked } = await setUp();
  const { outcome, elapsedMs } = await runTestJob({
    ...spec,
    stages: {
      step_script: async ({ onOutput }) => {
        begin();
        for (let at = 0; at < 35; at += 1) {
          await onOutput('stdout', Buffer.from(`minute ${at}\n`));
          await clock().sleep(minute);
        }
        return { code: 0 };
      },
    },
  });
  expect(outcome).toMatchObject({ state: 'success', delivery: 'reported' });
  expect(job.checksumFits).toBe(true);
  expect(job.trace.match(/^minute \d+$/gm)).toEqual(Array.from({ length: 35 }, (_, at) => `minute ${at}`));
  expect(elapsedMs).toBeGreaterThanOrEqual(35 * minute);
  // Neither silent for long nor hammering: with the retries of the HTTP layer some five a minute.
  expect(asked()).toBeGreaterThan(20);
  expect(asked()).toBeLessThan(300);
  expect(server.problems).toEqual([]);
});

it('half an hour without the coordinator at the end of a job: its result arrives afterwards, once', async () => {
  const { job, server, spec, begin } = await setUp();
  const { outcome, elapsedMs } = await runTestJob({
    ...spec,
    stages: {
      step_script: async ({ onOutput }) => {
        await onOutput('stdout', Buffer.from('all done\n'));
        begin();
        return { code: 7 };
      },
    },
  });
  expect(outcome).toMatchObject({ state: 'failed', exitCode: 7, delivery: 'reported' });
  expect(job.updates.filter(({ state }) => state !== 'running')).toMatchObject([{ state: 'failed', exit_code: 7 }]);
  expect(new Set(job.finals.map((final) => JSON.stringify(final))).size).toBe(1);
  expect(job.checksumFits).toBe(true);
  expect(job.trace).toContain('all done\n');
  expect(elapsedMs).toBeLessThan(40 * minute);
  expect(server.problems).toEqual([]);
});
