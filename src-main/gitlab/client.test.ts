import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { startTestCoordinator, type TestCoordinator, type TestJob } from '../../test/support/coordinator/index.ts';
import { createRunnerInfo } from './info.ts';
import { connect, info, keep, systemId } from './testing/connect.ts';
import type { CoordinatorClient, JobCredentials } from './types.ts';

let coordinator: TestCoordinator;
let client: CoordinatorClient;
const start = async (options: Parameters<typeof startTestCoordinator>[0] = {}) => {
  coordinator = keep(await startTestCoordinator(options));
  client = connect(coordinator.url);
};
const ask = (token = coordinator.token) => client.requestJob({ token, systemId, info });
const give = async (spec: Parameters<TestCoordinator['queue']>[0] = {}): Promise<TestJob> => {
  const job = coordinator.queue(spec);
  expect(await ask()).toMatchObject({ kind: 'job', payload: { id: job.id } });
  return job;
};
const outputOf = (text: string) => ({
  checksum: `crc32:${crc32(text).toString(16).padStart(8, '0')}`,
  bytesize: Buffer.byteLength(text),
});
const patch = (job: JobCredentials, start: number, text: string, debug = false) =>
  client.patchTrace(job, { start, body: Buffer.from(text), debug });

describe('a job from request to result', () => {
  beforeEach(() => start());

  it('is given with its payload, acknowledged, logged and reported, and nobody complains', async () => {
    const job = await give({ script: ['echo hello'], name: 'build' });
    expect(await client.updateJob(job, { state: 'running' }, info)).toEqual({ kind: 'ok' });
    expect(await patch(job, 0, 'hello ')).toEqual({ kind: 'accepted', intervalSeconds: 1 });
    expect(await patch(job, 6, 'world\n', true)).toEqual({ kind: 'accepted', intervalSeconds: 1 });
    const output = outputOf('hello world\n');
    const update = { state: 'failed', failure_reason: 'script_failure', exit_code: 3, output } as const;
    expect(await client.updateJob(job, update, info)).toEqual({ kind: 'ok' });
    await job.done;
    expect(job.trace).toBe('hello world\n');
    expect(job.patches).toMatchObject([
      { range: '0-5', debug: false },
      { range: '6-11', debug: true },
    ]);
    expect(job.checksumFits).toBe(true);
    expect(job.updates).toEqual([
      { info, token: job.token, state: 'running', output: {} },
      { info, token: job.token, ...update, checksum: output.checksum },
    ]);
    expect(job.states).toEqual(['pending', 'waiting', 'running', 'failed']);
    expect(coordinator.problems).toEqual([]);
  });

  it('nothing may be sent before the acknowledgement', async () => {
    const job = await give();
    expect(await patch(job, 0, 'early')).toMatchObject({ kind: 'abort' });
    expect(await client.updateJob(job, { state: 'failed' }, info)).toMatchObject({ kind: 'failed' });
    expect(coordinator.problems).toHaveLength(2);
  });

  it('a second final update, after the answer to the first was lost, is an end like the first', async () => {
    const job = await give();
    await client.updateJob(job, { state: 'running' }, info);
    coordinator.fail({ method: 'PUT', path: '/jobs/', times: 1, answer: 'lost' });
    expect(await client.updateJob(job, { state: 'success' }, info)).toMatchObject({ kind: 'ok' });
    expect(job.updates.map(({ state }) => state)).toEqual(['running', 'success']);
  });
});

describe('asking for jobs', () => {
  it('keeps last_update for each token and sends it back', async () => {
    await start({ tokens: ['glrt-one', 'glrt-two'] });
    for (const token of ['glrt-one', 'glrt-one', 'glrt-two']) expect(await ask(token)).toEqual({ kind: 'none' });
    const sent = coordinator.requests.map(
      ({ body }) => (JSON.parse(String(body)) as { last_update?: string }).last_update,
    );
    expect(sent).toEqual([undefined, 'update-1', undefined]);
    coordinator.queue({ runner: 'glrt-two' });
    expect(await ask('glrt-one')).toEqual({ kind: 'none' });
    expect(await ask('glrt-two')).toMatchObject({ kind: 'job' });
    expect(coordinator.problems).toEqual([]);
  });

  it('waits in a long poll until a job appears', async () => {
    await start({ longPollMs: 20_000 });
    await ask();
    const waiting = ask();
    const job = coordinator.queue({});
    expect(await waiting).toMatchObject({ kind: 'job', payload: { id: job.id } });
  });

  it('a held request can be taken back', async () => {
    await start({ longPollMs: 20_000 });
    await ask();
    const stop = new AbortController();
    const waiting = client.requestJob({ token: coordinator.token, systemId, info, signal: stop.signal });
    stop.abort();
    expect(await waiting).toMatchObject({ kind: 'failed', message: 'the request was taken back' });
  });

  it('says what GitLab says of the token, and takes a paused runner for an idle one', async () => {
    await start();
    expect(await ask('glrt-unknown')).toEqual({ kind: 'refused', status: 403, message: '403 Forbidden' });
    coordinator.queue({});
    coordinator.pause(coordinator.token);
    expect(await ask()).toEqual({ kind: 'none' });
    coordinator.revoke(coordinator.token);
    expect(await ask()).toMatchObject({ kind: 'refused' });
  });

  it('sends a session when there is one', async () => {
    await start();
    const session = { url: 'https://host:8093/session/1', certificate: 'PEM', authorization: 'secret' };
    await client.requestJob({ token: coordinator.token, systemId, info, session });
    expect(JSON.parse(String(coordinator.requests[0]?.body))).toMatchObject({ session });
  });

  it('over http there is no chain for jobs; numbers, nulls and unknown keys are taken as Go takes them', async () => {
    await start();
    coordinator.queueRaw({ steps: null, variables: null, job_info: null, future: { a: 1 }, image: null });
    const answer = await ask();
    expect(answer).toMatchObject({ kind: 'job', payload: { variables: [], steps: [], future: { a: 1 } } });
    expect(answer).not.toHaveProperty('tls');
  });

  it('a payload with wrong types is told with id and token, so that it can be reported', async () => {
    await start();
    const job = coordinator.queueRaw({ steps: 'none', variables: [{ key: 'A', value: 5 }] });
    expect(await ask()).toEqual({
      kind: 'invalidJob',
      problem: {
        id: job.id,
        token: job.token,
        problems: ['variables.0.value: expected string, found number', 'steps: expected Array, found string'],
      },
    });
  });
});

describe('the trace', () => {
  beforeEach(() => start());
  const running = async (): Promise<TestJob> => {
    const job = await give();
    await client.updateJob(job, { state: 'running' }, info);
    return job;
  };

  it('an offset that does not fit is answered with the right one', async () => {
    const job = await running();
    await patch(job, 0, '0123456789');
    job.cutTrace(4);
    expect(await patch(job, 10, 'x')).toEqual({ kind: 'range', offset: 6, intervalSeconds: 1 });
    expect(await patch(job, 0, 'x')).toMatchObject({ kind: 'range', offset: 6 });
  });

  it('a chunk that arrived though its answer was lost is not there twice', async () => {
    const job = await running();
    await patch(job, 0, 'first ');
    coordinator.fail({ method: 'PATCH', path: '/trace', times: 1, answer: 'lost' });
    expect(await patch(job, 6, 'second')).toMatchObject({ kind: 'range', offset: 12 });
    expect(job.trace).toBe('first second');
  });

  it('canceling is told beside the answer, canceled ends it', async () => {
    const job = await running();
    job.cancel();
    expect(await patch(job, 0, 'x')).toMatchObject({ kind: 'accepted', canceling: true });
    expect(await client.updateJob(job, { state: 'running' }, info)).toMatchObject({ kind: 'ok', canceling: true });
    job.status = 'canceled';
    expect(await patch(job, 1, 'x')).toMatchObject({ kind: 'abort' });
    expect(await client.updateJob(job, { state: 'failed' }, info)).toMatchObject({ kind: 'abort' });
  });

  it('another job’s token does not open this one', async () => {
    const job = await running();
    expect(await patch({ id: job.id, token: 'glcbt-other' }, 0, 'x')).toMatchObject({ kind: 'abort' });
    expect(await client.updateJob({ id: 4711, token: job.token }, { state: 'running' }, info)).toMatchObject({
      kind: 'abort',
    });
  });
});

describe('the final update', () => {
  it('202 means: the same again after the interval', async () => {
    await start({ finalWaits: 1 });
    const job = await give();
    await client.updateJob(job, { state: 'running' }, info);
    const final = { state: 'success', output: outputOf('') } as const;
    expect(await client.updateJob(job, final, info)).toEqual({ kind: 'accepted', intervalSeconds: 1 });
    expect(await client.updateJob(job, final, info)).toEqual({ kind: 'ok' });
  });

  it('412 means: the log that is there is not the one of the checksum', async () => {
    await start({ badChecksum: 412 });
    const job = await give();
    await client.updateJob(job, { state: 'running' }, info);
    const wrong = { state: 'success', output: outputOf('another log') } as const;
    expect(await client.updateJob(job, wrong, info)).toMatchObject({ kind: 'invalidTrace' });
  });
});

describe('info', () => {
  it('names all 31 features, and only those that are there are on', () => {
    const { features, ...rest } = createRunnerInfo({
      executor: 'docker',
      shell: 'bash',
      executorFeatures: ['image', 'no_such_feature'],
      gpus: 'all',
      labels: { site: 'desk' },
    });
    expect(Object.keys(features)).toHaveLength(31);
    expect(Object.entries(features).flatMap(([name, on]) => (on ? [] : [name]))).toEqual([
      'variables',
      'services',
      'shared',
      'session',
      'terminal',
      'proxy',
      'vault_secrets',
      'service_variables',
      'service_multiple_aliases',
      'image_executor_opts',
      'service_executor_opts',
      'native_steps_integration',
    ]);
    expect(rest).toMatchObject({ name: 'gitlab-runner', config: { gpus: 'all' }, labels: { site: 'desk' } });
  });
});
