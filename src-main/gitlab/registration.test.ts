import { expect, it } from 'vitest';
import { startTestCoordinator } from '../../test/support/coordinator/index.ts';
import { connect, info, keep, serve, systemId } from './testing/connect.ts';

const start = async (options: Parameters<typeof startTestCoordinator>[0] = {}) => {
  const coordinator = keep(await startTestCoordinator(options));
  return { coordinator, client: connect(coordinator.url) };
};
const refused = { ok: false, status: 403, kind: 'refused', message: '403 Forbidden' };

it('verify tells whose token it is, and that an unknown one is refused', async () => {
  const { coordinator, client } = await start();
  const { token } = coordinator;
  expect(await client.verifyRunner({ token, systemId, info })).toEqual({ ok: true, id: 42, token });
  expect([...(coordinator.runners[0]?.managers.keys() ?? [])]).toEqual([systemId]);
  expect(await client.verifyRunner({ token: 'glrt-unknown', info })).toEqual(refused);
  expect(coordinator.problems).toEqual([]);
});

it('registers with a registration token, and says why it cannot', async () => {
  const { coordinator, client } = await start({ registrationToken: 'GR1348941reg' });
  const request = { registrationToken: 'GR1348941reg', info, run_untagged: true, locked: true, paused: false };
  const made = await client.registerRunner({ ...request, description: 'mine', tag_list: 'a,b' });
  expect(made).toMatchObject({ ok: true, id: 43, token: expect.stringContaining('t1_') });
  expect(coordinator.runners[1]).toMatchObject({ description: 'mine', parameters: { tag_list: 'a,b', locked: true } });
  expect(await client.registerRunner({ ...request, run_untagged: false })).toEqual({
    ok: false,
    status: 400,
    kind: 'invalid',
    message: '400: tags_list: can not be empty when runner is not allowed to pick untagged jobs',
  });
  expect(await client.registerRunner({ ...request, registrationToken: 'wrong' })).toEqual(refused);
  const closed = await start();
  expect(await closed.client.registerRunner(request)).toMatchObject({ kind: 'refused', status: 410 });
});

it('creates a runner with a personal access token', async () => {
  const { client } = await start({ personalToken: 'glpat-mine' });
  const parameters = { runner_type: 'project_type', project_id: 5, tag_list: 'a' };
  expect(await client.createRunner({ personalToken: 'glpat-mine', parameters })).toMatchObject({
    ok: true,
    token: expect.stringMatching(/^glrt-/),
  });
  expect(await client.createRunner({ personalToken: 'glpat-other', parameters })).toMatchObject({
    kind: 'refused',
    status: 401,
  });
  const incomplete = { runner_type: 'project_type' };
  expect(await client.createRunner({ personalToken: 'glpat-mine', parameters: incomplete })).toMatchObject({
    kind: 'invalid',
    message: '400: project_id is missing',
  });
});

it('renews a token, which ends the old one', async () => {
  const { coordinator, client } = await start({ personalToken: 'glpat-mine' });
  const first = await client.resetToken(coordinator.token);
  expect(first).toMatchObject({
    ok: true,
    token: expect.stringMatching(/^glrt-/),
    expiresAt: '2030-01-01T00:00:00.000Z',
  });
  expect(await client.resetToken('glrt-test-coordinator-token')).toEqual(refused);
  expect(await client.resetTokenWithPersonalToken(42, 'glpat-mine')).toMatchObject({ ok: true });
  expect(await client.resetTokenWithPersonalToken(42, 'glpat-wrong')).toMatchObject({ kind: 'refused', status: 401 });
  expect(coordinator.requests[0]?.headers).not.toHaveProperty('runner-token');
  expect(coordinator.requests[2]).toMatchObject({ body: Buffer.from('null') });
});

it('removes this machine, or the runner', async () => {
  const { coordinator, client } = await start();
  const { token } = coordinator;
  await client.verifyRunner({ token, systemId, info });
  expect(await client.unregisterManager(token, systemId)).toMatchObject({ ok: true, status: 204 });
  expect(await client.unregisterManager(token, systemId)).toMatchObject({ ok: false, status: 404 });
  expect(await client.unregisterRunner(token)).toMatchObject({ ok: true });
  expect(await client.unregisterRunner(token)).toEqual({ ok: false, status: 403, message: '403 Forbidden' });
});

it.each([
  {
    why: 'an old server says 200 in plain text: valid, but without an id',
    status: 200,
    type: 'text/plain',
    body: '200',
    answer: { ok: true, id: 0, token: 'glrt-x' },
  },
  {
    why: 'a sign-in page is no GitLab',
    status: 200,
    type: 'text/html',
    body: '<html>',
    answer: { ok: false, kind: 'notGitLab', message: 'HTTP status 200 (a web page, not GitLab’s API)' },
  },
  {
    why: 'broken JSON is told',
    status: 200,
    type: 'application/json',
    body: '{"id": 1',
    answer: { ok: false, kind: 'notGitLab', message: 'HTTP status 200 (not the answer that GitLab’s API gives)' },
  },
  {
    why: 'an empty body is told',
    status: 200,
    type: 'application/json',
    body: '',
    answer: { ok: false, kind: 'notGitLab', message: 'HTTP status 200 (an empty answer)' },
  },
  {
    why: 'a wrong type is told',
    status: 200,
    type: 'application/json',
    body: '{"id": "7", "token": "t"}',
    answer: { ok: false, kind: 'notGitLab' },
  },
  {
    why: 'a list is told',
    status: 200,
    type: 'application/json',
    body: '[1]',
    answer: { ok: false, kind: 'notGitLab' },
  },
  {
    why: 'an orphaned runner',
    status: 422,
    type: 'application/json',
    body: '{"message": "orphaned"}',
    answer: { ok: false, kind: 'invalid', message: '422: orphaned' },
  },
  {
    why: 'not found is another server',
    status: 404,
    type: 'text/html',
    body: '<h1>',
    answer: { ok: false, kind: 'notGitLab' },
  },
  {
    why: 'a server in trouble',
    status: 501,
    type: 'text/plain',
    body: 'no',
    answer: { ok: false, kind: 'serverError', message: 'HTTP status 501' },
  },
])('verify: $why', async ({ status, type, body, answer }) => {
  const url = await serve((_, response) => void response.writeHead(status, { 'content-type': type }).end(body));
  expect(await connect(url).verifyRunner({ token: 'glrt-x', info })).toMatchObject(answer);
});

it.each([
  {
    why: 'a long pause is told, not waited for',
    body: '{"message": "later"}',
    says: '429: later; the server asks to wait 60 s',
  },
])('$why', async ({ body, says }) => {
  const headers = { 'content-type': 'application/json', 'retry-after': '60' };
  const url = await serve((_, response) => void response.writeHead(429, headers).end(body));
  expect(await connect(url).verifyRunner({ token: 't', info })).toMatchObject({ kind: 'serverError', message: says });
});

it('a renewed token that is empty is none', async () => {
  const url = await serve(
    (_, response) => void response.writeHead(201, { 'content-type': 'application/json' }).end('{}'),
  );
  expect(await connect(url).resetToken('t')).toMatchObject({
    ok: false,
    kind: 'notGitLab',
    message: 'the answer holds no token',
  });
});
