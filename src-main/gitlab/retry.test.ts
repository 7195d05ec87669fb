import { describe, expect, it } from 'vitest';
import { startTestCoordinator } from '../../test/support/coordinator/index.ts';
import { retryAfterSeconds } from './http.ts';
import { connect, info, instantClock, keep, serve, systemId } from './testing/connect.ts';

const job = { id: 1, token: 't' };

describe('the retry layer', () => {
  it.each([408, 429, 500, 502, 503, 504, 512, 599])('%i is asked five times, with growing pauses', async (status) => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.writeHead(status).end();
    });
    const { clock, slept } = instantClock();
    const answer = await connect(url, {}, { clock }).requestJob({ token: 't', systemId, info });
    expect(answer).toMatchObject({ kind: 'failed', status, retryable: true });
    expect(requests).toBe(5);
    expect(slept[0]).toBe(100);
    for (const [index, most] of [100, 200, 400, 800].entries()) {
      expect(slept[index]).toBeGreaterThanOrEqual(100);
      expect(slept[index]).toBeLessThanOrEqual(most);
    }
  });

  it.each([400, 401, 404, 409, 422, 501, 505, 511])('%i is an answer', async (status) => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.writeHead(status).end();
    });
    await connect(url).requestJob({ token: 't', systemId, info });
    expect(requests).toBe(1);
  });

  it('the first good answer counts, and the body comes whole each time', async () => {
    const coordinator = keep(await startTestCoordinator());
    const client = connect(coordinator.url, {}, { clock: instantClock().clock });
    const given = coordinator.queue({});
    coordinator.fail({ method: 'POST', path: '/jobs/request', times: 2, answer: 503 });
    await client.requestJob({ token: coordinator.token, systemId, info });
    await client.updateJob(given, { state: 'running' }, info);
    coordinator.fail({ method: 'PATCH', path: '/trace', times: 4, answer: 500 });
    expect(await client.patchTrace(given, { start: 0, body: Buffer.from('log'), debug: false })).toMatchObject({
      kind: 'accepted',
    });
    expect(given.trace).toBe('log');
    expect(coordinator.problems).toEqual([]);
  });

  it('a short pause that the server asks for is kept, a long one is told to those who have something to do', async () => {
    for (const [seconds, requests] of [
      [2, 5],
      [60, 1],
    ] as const) {
      let seen = 0;
      const url = await serve((_, response) => {
        seen += 1;
        response.writeHead(429, { 'retry-after': String(seconds) }).end();
      });
      const { clock, slept } = instantClock();
      const client = connect(url, {}, { clock });
      const answer = { kind: 'failed', retryAfterSeconds: seconds };
      expect(await client.requestJob({ token: 't', systemId, info })).toMatchObject(answer);
      expect(seen).toBe(requests);
      expect(slept).toEqual(Array(requests - 1).fill(seconds * 1000));
      expect(await client.updateJob(job, { state: 'running' }, info)).toMatchObject(answer);
      expect(await client.patchTrace(job, { start: 0, body: Buffer.from('x'), debug: false })).toMatchObject(answer);
    }
  });

  it('a wait ends when the call is taken back', async () => {
    const url = await serve((_, response) => response.writeHead(503, { 'retry-after': '5' }).end());
    const stop = new AbortController();
    const asked = connect(url).requestJob({ token: 't', systemId, info, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    expect(await asked).toMatchObject({ kind: 'failed', status: 503 });
  });
});

describe('the pause that a server asks for', () => {
  const now = Date.parse('Wed, 21 Oct 2015 07:28:00 GMT');
  it.each([
    { why: 'seconds', headers: { 'retry-after': '60' }, seconds: 60 },
    {
      why: 'a reset time has precedence',
      headers: { 'ratelimit-resettime': 'Wed, 21 Oct 2015 07:28:07 GMT', 'retry-after': '60' },
      seconds: 7,
    },
    {
      why: 'a reset time in the past counts as absent',
      headers: { 'ratelimit-resettime': 'Wed, 21 Oct 2015 07:27:00 GMT', 'retry-after': '60' },
      seconds: 60,
    },
    {
      why: 'a reset time of another form does not count',
      headers: { 'ratelimit-resettime': '2030-01-01' },
      seconds: undefined,
    },
    { why: 'a date is not taken', headers: { 'retry-after': 'Wed, 21 Oct 2015 07:29:00 GMT' }, seconds: undefined },
    { why: 'zero is not taken', headers: { 'retry-after': '0' }, seconds: undefined },
    { why: 'less than nothing is not taken', headers: { 'retry-after': '-5' }, seconds: undefined },
    { why: 'nor are words', headers: { 'retry-after': 'soon' }, seconds: undefined },
    { why: 'nothing', headers: {}, seconds: undefined },
  ])('$why', ({ headers, seconds }) => {
    expect(retryAfterSeconds(headers, now)).toBe(seconds);
  });
});
