import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestCoordinator, type TestCoordinator, type TestJob } from './index.ts';

/** The strictness itself: what our own client never sends. */
let coordinator: TestCoordinator;
beforeEach(async () => {
  coordinator = await startTestCoordinator();
});
afterEach(() => coordinator.close());

const headers = {
  'user-agent': 'gitlab-runner 19.4.0 (HEAD; go1.25; linux/amd64)',
  'x-request-id': '0'.repeat(32),
  'content-type': 'application/json',
};
const send = (method: string, path: string, body: unknown, more: Record<string, string> = {}) =>
  fetch(`${coordinator.url}/api/v4/${path}`, {
    method,
    headers: { ...headers, ...more },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
/** A job of a server that is told to be old, so that it runs without an acknowledgement. */
const running = async (): Promise<TestJob> => {
  const job = coordinator.queue({});
  job.status = 'running';
  return job;
};

it.each([
  { why: 'no token', body: {}, status: 400 },
  { why: 'another token', body: { token: 'glrt-other' }, status: 403 },
  { why: 'no info', body: { token: 'glrt-test-coordinator-token' }, status: 400 },
  { why: 'no JSON', body: 'text', status: 400 },
])('a job request with $why is refused', async ({ body, status }) => {
  expect((await send('POST', 'jobs/request', body)).status).toBe(status);
});

it.each([
  { why: 'no Content-Range', range: undefined, status: 400 },
  { why: 'a unit in it', range: 'bytes 0-2', status: 400 },
  { why: 'a gap', range: '5-7', status: 416 },
])('a PATCH with $why is refused', async ({ range, status }) => {
  const job = await running();
  const more = { 'job-token': job.token, 'content-type': 'text/plain', ...(range ? { 'content-range': range } : {}) };
  const answer = await send('PATCH', `jobs/${job.id}/trace?debug_trace=false`, 'abc', more);
  expect(answer.status).toBe(status);
  if (status === 416) expect(answer.headers.get('range')).toBe('0-0');
  expect(job.trace).toBe('');
});

it.each([
  { why: 'no form', type: 'application/zip', body: 'PK' },
  { why: 'a form without an end', type: 'multipart/form-data; boundary=x', body: '--x\r\n\r\nPK' },
  {
    why: 'another field',
    type: 'multipart/form-data; boundary=x',
    body: '--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\nContent-Type: application/octet-stream\r\n\r\nPK\r\n--x--\r\n',
  },
])('artifacts as $why are refused', async ({ type, body }) => {
  const job = await running();
  const answer = await send('POST', `jobs/${job.id}/artifacts`, body, { 'job-token': job.token, 'content-type': type });
  expect(answer.status).toBe(400);
  expect(coordinator.problems).toHaveLength(1);
});

it('an update without a token, of an unknown state or after the end is refused', async () => {
  const job = await running();
  const put = async (body: object) => (await send('PUT', `jobs/${job.id}`, body, { 'job-token': job.token })).status;
  const good = { token: job.token, info: {}, output: {} };
  expect(await put({ state: 'running' })).toBe(400);
  expect(await put({ ...good, state: 'paused' })).toBe(400);
  expect(await put({ ...good, state: 'success' })).toBe(200);
  expect(await put({ ...good, state: 'success' })).toBe(403);
  expect(job.states).toEqual(['pending', 'running', 'success']);
});

it('notes a client that does not say who it is', async () => {
  await fetch(`${coordinator.url}/api/v4/runners/verify`, { method: 'POST', body: '{}' });
  expect(coordinator.problems.join()).toMatch(/user agent.*request id/s);
});
