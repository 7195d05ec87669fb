import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { startTestCoordinator, type TestCoordinator, type TestJob } from '../../test/support/coordinator/index.ts';
import { connect, info, instantClock, keep, serve, serveRaw, systemId } from './testing/connect.ts';
import type { CoordinatorClient } from './types.ts';

let coordinator: TestCoordinator;
let client: CoordinatorClient;
let job: TestJob;
const start = async (options: Parameters<typeof startTestCoordinator>[0] = {}): Promise<void> => {
  coordinator = keep(await startTestCoordinator(options));
  client = connect(coordinator.url, {}, { clock: instantClock().clock });
  job = coordinator.queue({});
  await client.requestJob({ token: coordinator.token, systemId, info });
  await client.updateJob(job, { state: 'running' }, info);
};
const content = randomBytes(300_000);
const body = () => Readable.from([content.subarray(0, 100_000), content.subarray(100_000)], { objectMode: false });

describe('upload', () => {
  beforeEach(() => start());

  it.each([
    { why: 'with its length when it is known', size: content.length },
    { why: 'in chunks when not', size: undefined },
  ])('sends the file $why', async ({ size }) => {
    const answer = await client.uploadArtifact(job, {
      filename: 'report "1".zip',
      format: 'gzip',
      type: 'junit',
      expireIn: '1 week',
      body,
      ...(size !== undefined ? { size } : {}),
    });
    expect(answer).toMatchObject({ status: 201, statusText: '201 Created', correlationId: expect.any(String) });
    expect(job.artifacts).toHaveLength(1);
    const [stored] = job.artifacts;
    expect(stored).toMatchObject({
      query: '?artifact_format=gzip&artifact_type=junit&expire_in=1+week',
      filename: 'report "1".zip',
    });
    expect(stored?.body.equals(content)).toBe(true);
    expect(stored?.contentLength === undefined).toBe(size === undefined);
    expect(coordinator.problems).toEqual([]);
  });

  it('makes the body anew for each attempt, and says what the server said in the end', async () => {
    let made = 0;
    const counted = (): Readable => {
      made += 1;
      return body();
    };
    coordinator.fail({ method: 'POST', path: '/artifacts', times: 2, answer: 503 });
    expect(await client.uploadArtifact(job, { filename: 'a', body: counted })).toMatchObject({ status: 201 });
    expect(made).toBe(3);
    coordinator.fail({ method: 'POST', path: '/artifacts', times: 5, answer: 503 });
    expect(
      await client.uploadArtifact(job, { filename: 'a', body: counted, format: 'zip', type: 'archive' }),
    ).toMatchObject({
      status: 503,
      statusText: `POST ${coordinator.url}/api/v4/jobs/${job.id}/artifacts: 503 Service Unavailable (503 injected)`,
    });
    expect(made).toBe(8);
  });

  it('waits as long as the server asks: the job has nothing else to do', async () => {
    const { clock, slept } = instantClock();
    const patient = connect(coordinator.url, {}, { clock });
    coordinator.fail({ method: 'POST', path: '/artifacts', times: 1, answer: 429, headers: { 'retry-after': '60' } });
    expect(await patient.uploadArtifact(job, { filename: 'a', body })).toMatchObject({ status: 201 });
    expect(slept).toEqual([60_000]);
  });

  it.each([
    { why: 'the file cannot be read', body: () => Readable.from(failing()), says: /cannot be read/ },
    {
      why: 'the file cannot be opened',
      body: async () => Promise.reject(new Error('no such file')),
      says: /no such file/,
    },
    { why: 'the file is shorter than was said', body: () => Readable.from([Buffer.alloc(10)]), says: /./ },
  ])('$why: an answer that says so', async ({ body: broken, says }) => {
    const answer = await client.uploadArtifact(job, { filename: 'a', body: broken, size: 20 });
    expect(answer).toMatchObject({ status: -1, statusText: expect.stringMatching(says) });
    expect(job.artifacts).toEqual([]);
  });

  it('ends when the job does, and the file with it', async () => {
    const endless = Readable.from(endlessBytes());
    const closed = new Promise((resolve) => endless.once('close', resolve));
    const stop = new AbortController();
    const answer = client.uploadArtifact(job, { filename: 'a', body: () => endless }, stop.signal);
    setTimeout(() => stop.abort(), 30);
    expect(await answer).toMatchObject({ status: -1 });
    await closed;
  });
});

describe('upload to odd servers', () => {
  it('413: the size limit', async () => {
    await start({ maxArtifactBytes: 1000 });
    const answer = await client.uploadArtifact(job, { filename: 'a', body });
    expect(answer).toMatchObject({ status: 413, statusText: expect.stringContaining('413 Request Entity Too Large') });
  });

  it('a refusal that comes before the body was read is heard', async () => {
    const url = await serve((_, response) => {
      response.writeHead(413, { 'content-type': 'application/json', connection: 'close' }).end('{"message":"too big"}');
    });
    const endless = Readable.from(endlessBytes());
    const answer = await connect(url).uploadArtifact({ id: 1, token: 't' }, { filename: 'a', body: () => endless });
    expect(answer).toMatchObject({ status: 413, statusText: expect.stringContaining('too big') });
    expect(endless.destroyed).toBe(true);
  });

  it('a redirect (307) is followed with the body made anew; one without an address is an answer', async () => {
    const sizes: number[] = [];
    const target = await serve((request, response) => {
      let size = 0;
      request.on('data', (chunk) => (size += chunk.length));
      request.on('end', () => {
        sizes.push(size);
        response.writeHead(201).end();
      });
    });
    const url = await serve((request, response) => {
      request.resume().on('end', () => response.writeHead(307, { location: `${target}${request.url}` }).end());
    });
    let made = 0;
    const counted = (): Readable => {
      made += 1;
      return body();
    };
    const upload = { filename: 'a', size: content.length, body: counted };
    expect(await connect(url).uploadArtifact({ id: 1, token: 't' }, upload)).toMatchObject({ status: 201 });
    expect(made).toBe(2);
    expect(sizes[0]).toBeGreaterThan(content.length);
    const lost = await serve((request, response) => request.resume().on('end', () => response.writeHead(307).end()));
    expect(await connect(lost).uploadArtifact({ id: 1, token: 't' }, upload)).toMatchObject({ status: 307 });
  });

  it('holds no more than a few chunks of a large file', async () => {
    const server = createServer((request, response) => request.resume().on('end', () => response.writeHead(201).end()));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    keep({ close: () => new Promise((resolve) => server.close(resolve)) });
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const large = async function* () {
      for (let i = 0; i < 400; i += 1) {
        yield Buffer.alloc(256 * 1024);
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
    };
    const answer = await connect(url).uploadArtifact(
      { id: 1, token: 't' },
      { filename: 'a', body: () => Readable.from(large(), { objectMode: false }) },
    );
    expect(answer.status).toBe(201);
    expect(most).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('download', () => {
  beforeEach(async () => {
    await start();
    await client.uploadArtifact(job, { filename: 'artifacts.zip', body });
  });
  const read = async (stream: Readable | undefined): Promise<Buffer> => Buffer.concat((await stream?.toArray()) ?? []);

  it.each([
    { why: 'from GitLab', direct: false, store: false },
    { why: 'from GitLab, though a direct one was asked for', direct: true, store: false },
    { why: 'from the object store', direct: true, store: true },
  ])('$why, without a token for others', async ({ direct, store }) => {
    coordinator.useObjectStore(store);
    const answer = await client.downloadArtifact(job, { direct });
    expect(answer).toMatchObject({ status: 200, statusText: '200 OK' });
    expect(answer.directHost).toBe(store ? '127.0.0.1' : undefined);
    expect((await read(answer.body)).equals(content)).toBe(true);
    expect(coordinator.problems).toEqual([]);
  });

  it.each([
    {
      why: 'a wrong token',
      credentials: () => ({ id: job.id, token: 'wrong' }),
      status: 401,
      says: '401 Unauthorized',
    },
    {
      why: 'no artifacts',
      credentials: () => ({ id: 4711, token: job.token }),
      status: 404,
      says: '404 Not Found',
    },
  ])('$why', async ({ credentials, status, says }) => {
    expect(await client.downloadArtifact(credentials(), { direct: true })).toMatchObject({ status, statusText: says });
  });

  it('a direct one tries once, the other has the retry layer', async () => {
    coordinator.fail({ method: 'GET', path: '/artifacts', times: 1, answer: 503 });
    expect(await client.downloadArtifact(job, { direct: true })).toMatchObject({ status: 503 });
    coordinator.fail({ method: 'GET', path: '/artifacts', times: 1, answer: 503 });
    const answer = await client.downloadArtifact(job, { direct: false });
    expect(answer.status).toBe(200);
    answer.body?.destroy();
  });

  it('ends when the job does', async () => {
    const url = await serveRaw((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'));
    });
    const stop = new AbortController();
    const answer = await connect(url).downloadArtifact({ id: 1, token: 't' }, { direct: true }, stop.signal);
    const reading = read(answer.body);
    stop.abort();
    await expect(reading).rejects.toThrow();
  });
});

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(10);
  throw new Error('out/x.txt cannot be read');
}
async function* endlessBytes(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024);
}
