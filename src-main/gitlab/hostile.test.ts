import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { connect, info, instantClock, serve, serveRaw, systemId } from './testing/connect.ts';

const job = { id: 1, token: 'glcbt-secret-token' };
const body = Buffer.from('log');

/** Every call against a server that is no GitLab: each gives an answer, none throws. */
async function allCalls(url: string) {
  const client = connect(url, {}, { clock: instantClock().clock });
  const download = await client.downloadArtifact(job, { direct: true });
  download.body?.destroy();
  return {
    request: await client.requestJob({ token: 'glrt-secret-token', systemId, info }),
    update: await client.updateJob(job, { state: 'running' }, info),
    trace: await client.patchTrace(job, { start: 0, body, debug: false }),
    upload: await client.uploadArtifact(job, { filename: 'a', body: () => bodyOf('content') }),
    download,
    verify: await client.verifyRunner({ token: 'glrt-secret-token', info }),
    probe: await client.probe(),
  };
}
const bodyOf = async (text: string) => (await import('node:stream')).Readable.from([Buffer.from(text)]);

describe('what is no GitLab', () => {
  it('a captive portal says 200 and a page to everything', async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in'),
    );
    const page = 'HTTP status 200 (a web page, not GitLab’s API)';
    expect(await allCalls(url)).toMatchObject({
      request: { kind: 'failed', status: 200, message: page },
      update: { kind: 'failed', message: page },
      trace: { kind: 'failed', message: page },
      upload: { status: 200 },
      download: { status: -1, statusText: '200 OK (no artifacts, but text/html)' },
      verify: { ok: false, kind: 'notGitLab', message: page },
      probe: { ok: false, kind: 'notGitLab', message: page },
    });
  });

  it('a portal on another host gets neither tokens nor bodies', async () => {
    const seen: string[] = [];
    const portal = await serve((request, response) => {
      request.on('data', (chunk) => seen.push(String(chunk)));
      seen.push(`${request.method} ${JSON.stringify(request.headers)}`);
      request.on('end', () => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
    });
    const url = await serve((_, response) => response.writeHead(302, { location: `${portal}/login` }).end());
    expect(await allCalls(url)).toMatchObject({ request: { kind: 'failed' }, update: { kind: 'failed' } });
    expect(seen.every((text) => text.startsWith('GET'))).toBe(true);
    expect(seen.join()).not.toContain('secret');
  });

  it('a proxy’s 403 page is not the server’s word on a job', async () => {
    const url = await serve((_, response) =>
      response.writeHead(403, { 'content-type': 'text/html' }).end('<html>Blocked'),
    );
    expect(await allCalls(url)).toMatchObject({
      request: { kind: 'refused', status: 403, message: 'HTTP status 403 (a web page, not GitLab’s API)' },
      update: { kind: 'failed' },
      trace: { kind: 'failed' },
    });
  });

  it.each([
    {
      why: 'a 201 that is a page',
      type: 'text/html',
      text: '<html>',
      says: 'HTTP status 201 (a web page, not GitLab’s API)',
    },
    {
      why: 'a 201 without a type',
      type: 'text/plain',
      text: '{}',
      says: 'HTTP status 201 (not the answer that GitLab’s API gives)',
    },
    { why: 'an empty 201', type: 'application/json', text: '', says: 'HTTP status 201 (an empty answer)' },
    {
      why: 'half a document',
      type: 'application/json',
      text: '{"x": ',
      says: 'HTTP status 201 (not the answer that GitLab’s API gives)',
    },
  ])('no job: $why', async ({ type, text, says }) => {
    const url = await serve((_, response) => response.writeHead(201, { 'content-type': type }).end(text));
    const answer = await connect(url).requestJob({ token: 't', systemId, info });
    expect(answer).toEqual({ kind: 'failed', status: -1, message: says, retryable: false });
  });

  it.each([
    { why: 'a job in broken JSON is told with id and token', text: '{"id":7,"token":"glcbt-7","steps":[' },
    { why: 'so is one whose middle is damaged', text: '{ "id": 7, "token": "glcbt-7", "steps": [nonsense] }' },
  ])('$why', async ({ text }) => {
    const url = await serve((_, response) =>
      response.writeHead(201, { 'content-type': 'application/json; charset=utf-8' }).end(text),
    );
    expect(await connect(url).requestJob({ token: 't', systemId, info })).toEqual({
      kind: 'invalidJob',
      problem: { id: 7, token: 'glcbt-7', problems: ['payload: the server’s answer is not valid JSON'] },
    });
  });

  it.each([
    { why: 'a list instead of a job', text: '[]' },
    { why: 'a number instead of a job', text: '5' },
    { why: 'null instead of a job', text: 'null' },
  ])('$why has no id to report to', async ({ text }) => {
    const url = await serve((_, response) => response.writeHead(201, { 'content-type': 'application/json' }).end(text));
    const answer = await connect(url).requestJob({ token: 't', systemId, info });
    expect(answer).toMatchObject({ kind: 'invalidJob', problem: { id: undefined, token: undefined } });
  });
});

describe('what breaks on the wire', () => {
  it.each([
    { why: 'nobody listens', serve: async () => 'http://127.0.0.1:1', says: /nobody listens at this address/ },
    { why: 'a name that nobody knows', serve: async () => 'http://gitlab.invalid', says: /name of the server/ },
    { why: 'the connection is closed at once', serve: () => serveRaw((socket) => socket.destroy()), says: /./ },
    { why: 'no HTTP comes', serve: () => serveRaw((socket) => void socket.end('SSH-2.0-OpenSSH\r\n')), says: /./ },
    {
      why: 'endless headers',
      serve: () =>
        serveRaw(
          (socket) => void socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`)),
        ),
      says: /./,
    },
  ])('$why', async ({ serve: start, says }) => {
    expect(await allCalls(await start())).toMatchObject({
      request: { kind: 'failed', status: -1, message: expect.stringMatching(says) },
      update: { kind: 'failed' },
      trace: { kind: 'failed' },
      upload: { status: -1 },
      download: { status: -1 },
      verify: { ok: false, kind: 'unreachable' },
      probe: { ok: false, kind: 'unreachable' },
    });
  });

  it('an answer that ends in its middle is none; a download that does so fails while it is read', async () => {
    const url = await serveRaw((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id'));
    });
    const client = connect(url);
    expect(await client.updateJob(job, { state: 'running' }, info)).toMatchObject({ kind: 'failed' });
    const { body: stream } = await client.downloadArtifact(job, { direct: true });
    await expect(stream?.toArray()).rejects.toThrow();
  });

  it('a server that never answers is left after the time limit', async () => {
    const url = await serveRaw(() => {});
    const upload = { filename: 'a', body: () => bodyOf('x'), timeoutMs: 50 };
    const answer = await connect(url).uploadArtifact(job, upload);
    expect(answer).toMatchObject({ status: -1, statusText: expect.stringContaining('did not answer in time') });
  });

  it('an answer without an end is cut off', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(4 * 1024 * 1024, 'x');
      const more = (): void => void (response.destroyed || response.write(chunk, more));
      more();
    });
    const answer = await connect(url).verifyRunner({ token: 't', info });
    expect(answer).toMatchObject({ ok: false, message: 'the answer is larger than 64 MiB' });
  });

  it.each([
    { why: 'an endless circle', location: '/again', says: 'HTTP status 307' },
    { why: 'an address of another kind', location: 'file:///etc/passwd', says: /redirects to an address that cannot/ },
    { why: 'no address', location: 'http://[', says: /redirects to an address that cannot/ },
  ])('a redirect to $why', async ({ location, says }) => {
    let hops = 0;
    const url = await serve((_, response) => {
      hops += 1;
      response.writeHead(307, { location }).end();
    });
    const answer = await connect(url).requestJob({ token: 't', systemId, info });
    expect(answer).toMatchObject({ kind: 'failed', message: expect.stringMatching(says) });
    expect(hops).toBeLessThanOrEqual(11);
  });

  it('a server that moved gets the same request again, with token and body', async () => {
    const seen: string[] = [];
    const target = await serve((request, response) => {
      request.on('data', (chunk) => seen.push(`${request.method} ${request.headers['job-token']} ${chunk}`));
      request.on('end', () => response.writeHead(202).end());
    });
    const url = await serve(
      (request, response) => void response.writeHead(308, { location: `${target}${request.url}` }).end(),
    );
    expect(await connect(url).patchTrace(job, { start: 0, body, debug: false })).toEqual({ kind: 'accepted' });
    expect(seen).toEqual(['PATCH glcbt-secret-token log']);
  });

  it('a kept connection that the server closed meanwhile costs no answer', async () => {
    let requests = 0;
    const url = await serveRaw((socket) => {
      let served = 0;
      socket.on('data', () => {
        served += 1;
        requests += 1;
        // The second request on a connection meets its end, as when a keep-alive time is over on the server's side.
        if (served === 2) socket.end();
        else socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n');
      });
    });
    const client = connect(url);
    for (let i = 0; i < 3; i += 1)
      expect(await client.patchTrace(job, { start: 0, body, debug: false })).toEqual({ kind: 'accepted' });
    expect(requests).toBeGreaterThan(3);
  });
});

describe('an address that cannot be used', () => {
  it.each(['', 'gitlab.example.com', 'ftp://gitlab.example.com', 'http:/gitlab', 'https://', 'http://a b/'])(
    '"%s" is an answer of every call',
    async (url) => {
      const client = connect(url);
      expect(await client.requestJob({ token: 't', systemId, info })).toMatchObject({ kind: 'refused', status: -100 });
      expect(await client.updateJob(job, { state: 'running' }, info)).toMatchObject({ kind: 'abort' });
      expect(await client.probe()).toMatchObject({ ok: false, kind: 'invalidUrl' });
      expect(await client.verifyRunner({ token: 't', info })).toMatchObject({ ok: false, status: -100 });
    },
  );

  it('keeps a password in it to itself', async () => {
    const answer = await connect('ftp://user:hunter22@host').requestJob({ token: 't', systemId, info });
    expect(JSON.stringify(answer)).not.toContain('hunter22');
  });
});

it('many calls over one long-lived signal leave no listeners on it', async () => {
  const url = await serve((_, response) => response.writeHead(202).end());
  const client = connect(url, {}, { clock: systemClock });
  const { signal } = new AbortController();
  let added = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    added += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    added -= 1;
    remove(...args);
  };
  for (let i = 0; i < 20; i += 1) await client.patchTrace(job, { start: 0, body, debug: false }, signal);
  expect(added).toBe(0);
});
