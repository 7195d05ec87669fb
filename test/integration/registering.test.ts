import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../src-main/gitlab/testing/authority.ts';
import { createTestApp } from '../support/app.ts';
import { startTestCoordinator, type TestCoordinatorOptions } from '../support/coordinator/index.ts';
import { itWith } from '../support/require.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const coordinatorWith = async (options: TestCoordinatorOptions = {}) => {
  const coordinator = await startTestCoordinator(options);
  closers.push(() => coordinator.close());
  return coordinator;
};

/** The whole app on an empty folder, its engine running. */
const open = async (text?: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-register-'));
  const configPath = join(folder, 'config.toml');
  if (text !== undefined) writeFileSync(configPath, text);
  const app = await createTestApp(folder);
  await app.start();
  closers.push(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, app, call: app.handlers, config: () => readFileSync(configPath, 'utf8') };
};
const page = async (): Promise<string> => {
  const server: Server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Wiki</h1>'),
  );
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  closers.push(() => new Promise((done) => server.close(done)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('the server is looked at first', () => {
  it('GitLab answers; a web page, a dead port and no address do not', async () => {
    const { url } = await coordinatorWith();
    const { call } = await open();
    expect(await call['server.probe']({ url })).toMatchObject({ ok: true, message: 'GitLab answers.' });
    expect(await call['server.probe']({ url: await page() })).toMatchObject({
      ok: false,
      code: 'SERVER_NOT_GITLAB',
      hint: expect.stringContaining('Leave out the path'),
    });
    expect(await call['server.probe']({ url: 'http://127.0.0.1:1' })).toMatchObject({
      ok: false,
      code: 'SERVER_UNREACHABLE',
    });
    expect(await call['server.probe']({ url: 'ftp://gitlab' })).toMatchObject({ ok: false, code: 'INPUT_INVALID' });
  });

  it('a path too many is left out, and said', async () => {
    const { url } = await coordinatorWith();
    const { call } = await open();
    expect(await call['server.probe']({ url: `${url}/group/project` })).toMatchObject({ ok: true, url });
  });

  it('http that leads to https is followed, and said', async () => {
    const { url } = await coordinatorWith();
    const server = createServer((request, response) =>
      response.writeHead(301, { location: `${url}${request.url}` }).end(),
    );
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    closers.push(() => new Promise((done) => server.close(done)));
    const { call } = await open();
    const old = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await call['server.probe']({ url: old })).toMatchObject({ ok: true, url });
  });

  itWith(
    'openssl',
    'a private authority: shown, trusted by its fingerprint or its file, and used from then on',
    async () => {
      const authority = createAuthority();
      closers.push(() => authority.close());
      const coordinator = await coordinatorWith({ tls: authority.issue('localhost', 'DNS:localhost') });
      const { call, folder } = await open();
      const { url } = coordinator;
      expect(await call['server.probe']({ url, caFile: authority.caPath })).toMatchObject({
        ok: true,
        chain: [{ subject: 'localhost', issuer: 'Test Authority' }, {}],
      });
      const plain = await call['server.probe']({ url: url.replace('https', 'http') });
      expect(plain.ok).toBe(false);
      const refused = await call['server.probe']({ url });
      // The server sends its own certificate only: there is nothing that could be trusted as an authority.
      expect(refused).toMatchObject({ ok: false, code: 'SERVER_TLS', canTrust: false });

      const whole = authority.issue('localhost', 'DNS:localhost');
      const complete = await coordinatorWith({ tls: { key: whole.key, cert: `${whole.cert}${authority.ca}` } });
      const shown = await call['server.probe']({ url: complete.url });
      expect(shown).toMatchObject({ ok: false, canTrust: true });
      const top = shown.chain?.at(-1);
      expect(top).toMatchObject({ subject: 'Test Authority', issuer: 'Test Authority' });
      await expect(call['server.trust']({ url: complete.url, fingerprint: 'AA:BB' })).rejects.toMatchObject({
        code: 'SERVER_TLS',
      });
      expect(await call['server.trust']({ url: complete.url, fingerprint: top?.fingerprint ?? '' })).toEqual({
        file: join(folder, 'certs', 'localhost.crt'),
      });
      expect(await call['server.probe']({ url: complete.url })).toMatchObject({ ok: true });
      await call['runner.add']({ url: complete.url, token: complete.token, executor: 'shell' });
      await expect.poll(() => complete.asked(complete.token)).toBeGreaterThan(0);
    },
  );

  itWith('openssl', 'https to a server that speaks http says so, and http is not taken without asking', async () => {
    const { url } = await coordinatorWith();
    const { call } = await open();
    expect(await call['server.probe']({ url: url.replace('http:', 'https:') })).toMatchObject({
      ok: false,
      code: 'SERVER_TLS',
      elsewhere: url,
    });
  });
});

describe('the token is looked at before anything is made', () => {
  it('a runner token: known, of another server, revoked, or in the file already', async () => {
    const coordinator = await coordinatorWith();
    const { url, token } = coordinator;
    const { call } = await open();
    expect(await call['token.check']({ url, token: ` ${token}\n` })).toMatchObject({
      ok: true,
      kind: 'runner',
      runnerId: 42,
    });
    await call['runner.add']({ url, token, executor: 'shell' });
    expect(await call['token.check']({ url, token })).toMatchObject({
      ok: true,
      hint: expect.stringContaining('stands in config.toml already'),
    });
    const foreign = await call['token.check']({ url, token: 'glrt-of-another-server' });
    expect(foreign).toMatchObject({ ok: false, hint: expect.stringContaining('another server') });
    coordinator.revoke(token);
    expect(await call['token.check']({ url, token })).toMatchObject({ ok: false, kind: 'runner' });
  });

  it.each([
    {
      why: 'full rights',
      personal: {},
      answer: { ok: true, user: 'mira', scopes: ['group', 'project'], canSearch: true, version: '18.6.1' },
    },
    {
      why: 'an administrator',
      personal: { isAdmin: true },
      answer: { ok: true, scopes: ['instance', 'group', 'project'] },
    },
    {
      why: 'only the right to create',
      personal: { scopes: ['create_runner'] },
      answer: { ok: true, canSearch: false, scopes: ['instance', 'group', 'project'] },
    },
    {
      why: 'no right to create',
      personal: { scopes: ['read_api'] },
      answer: { ok: false, message: expect.stringContaining('scopes are read_api') },
    },
    {
      why: 'expired',
      personal: { state: 'expired' as const },
      answer: { ok: false, message: expect.stringContaining('Token is expired') },
    },
    {
      why: 'revoked',
      personal: { state: 'revoked' as const },
      answer: { ok: false, message: expect.stringContaining('Token was revoked') },
    },
  ])('a personal token: $why', async ({ personal, answer }) => {
    const { url } = await coordinatorWith({ personalToken: 'glpat-mine', personal });
    const { call } = await open();
    expect(await call['token.check']({ url, token: 'glpat-mine' })).toMatchObject({ kind: 'personal', ...answer });
  });

  it('a token without a known prefix is tried as each kind that can be tried', async () => {
    const { url } = await coordinatorWith({ tokens: ['oldRunnerToken'], personalToken: 'oldPersonalToken' });
    const { call } = await open();
    const kindOf = async (token: string) => (await call['token.check']({ url, token })).kind;
    expect(await kindOf('oldRunnerToken')).toBe('runner');
    expect(await kindOf('oldPersonalToken')).toBe('personal');
    expect(await kindOf('somethingElse')).toBe('registration');
  });
});

describe('a runner is made', () => {
  it('with a personal token, which is kept nowhere; what GitLab holds is known from then on', async () => {
    const coordinator = await coordinatorWith({ personalToken: 'glpat-secret-of-mira' });
    const { url } = coordinator;
    const { call, config, app, folder } = await open('# mine\nconcurrent = 2\n');
    const { targets } = await call['target.search']({
      url,
      token: 'glpat-secret-of-mira',
      kind: 'project',
      text: 'payments',
    });
    expect(targets).toEqual([{ id: 7, path: 'orbit/payments-api', name: 'Orbit / Payments API' }]);
    const { runner } = await call['runner.add']({
      url,
      token: 'glpat-secret-of-mira',
      name: 'desk',
      executor: 'shell',
      settings: { limit: 2 },
      scope: { type: 'project', id: 7, path: 'orbit/payments-api' },
      server: {
        tags: ['mac', 'fast'],
        runUntagged: false,
        locked: true,
        protectedOnly: true,
        maximumTimeout: 3600,
        paused: false,
      },
    });
    expect(coordinator.runners.at(-1)?.parameters).toEqual({
      runner_type: 'project_type',
      project_id: 7,
      description: 'desk',
      tag_list: 'mac,fast',
      run_untagged: false,
      locked: true,
      paused: false,
      access_level: 'ref_protected',
      maximum_timeout: 3600,
    });
    expect(config()).toMatch(/^# mine\nconcurrent = 2\n/);
    expect(config()).toContain('token = "glrt-created-1-secret"');
    const view = app.snapshot().runners.find(({ key }) => key === runner);
    expect(view).toMatchObject({
      name: 'desk',
      limit: 2,
      server: { tags: ['mac', 'fast'], protectedOnly: true, page: `${url}/orbit/payments-api/-/runners/43` },
    });
    await expect.poll(() => coordinator.asked('glrt-created-1-secret')).toBeGreaterThan(0);
    const kept = [
      config(),
      readFileSync(join(folder, 'data', 'server-facts.json'), 'utf8'),
      JSON.stringify(app.snapshot()),
    ];
    expect(kept.join('\n')).not.toContain('glpat-secret-of-mira');
    expect(kept.slice(1).join('\n')).not.toContain('glrt-created');
  });

  it.each([
    {
      why: 'no role in the project',
      options: { personalToken: 'glpat-a', personal: { hasRole: false } },
      input: { token: 'glpat-a', scope: { type: 'project' as const, id: 7, path: 'orbit/payments-api' } },
      code: 'TOKEN_REFUSED',
      hint: /Maintainer/,
    },
    {
      why: 'registration tokens are switched off',
      options: {},
      input: { token: 'glrtr-x' },
      code: 'TOKEN_REFUSED',
      hint: /New runner/,
    },
    {
      why: 'what it serves was not chosen',
      options: { personalToken: 'glpat-a' },
      input: { token: 'glpat-a' },
      code: 'INPUT_INVALID',
      hint: undefined,
    },
    {
      why: 'a timeout that GitLab does not take',
      options: { personalToken: 'glpat-a' },
      input: {
        token: 'glpat-a',
        scope: { type: 'group' as const, id: 12, path: 'orbit' },
        server: { maximumTimeout: 60 },
      },
      code: 'INPUT_INVALID',
      hint: undefined,
    },
  ])('or not, and nothing is written: $why', async ({ options, input, code, hint }) => {
    const { url } = await coordinatorWith(options);
    const { call, app } = await open();
    const adding = call['runner.add']({ url, executor: 'shell', ...input });
    await expect(adding).rejects.toMatchObject({ code, ...(hint ? { hint: expect.stringMatching(hint) } : {}) });
    expect(app.snapshot().runners).toEqual([]);
  });

  it('a file that cannot be edited takes the runner back', async () => {
    const coordinator = await coordinatorWith({ personalToken: 'glpat-a' });
    const { call, folder } = await open('concurrent = 1\n');
    writeFileSync(join(folder, 'config.toml'), 'concurrent = \n');
    await expect(
      call['runner.add']({
        url: coordinator.url,
        token: 'glpat-a',
        executor: 'shell',
        scope: { type: 'group', id: 12, path: 'orbit' },
      }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const removed = coordinator.requests.filter(({ method, path }) => method === 'DELETE' && path.endsWith('/runners'));
    expect(removed.map(({ status }) => status)).toEqual([204]);
  });

  it('with a registration token: tags and the rest go to GitLab; without tags it takes untagged jobs', async () => {
    const coordinator = await coordinatorWith({ registrationToken: 'GR1348941x', tokens: [] });
    const { call } = await open();
    const add = (server: object) =>
      call['runner.add']({ url: coordinator.url, token: 'GR1348941x', name: 'old way', executor: 'shell', server });
    await add({ tags: ['a', 'b'], runUntagged: false, locked: false, note: 'desk of mira' });
    await add({ runUntagged: false });
    expect(coordinator.runners.map(({ parameters }) => parameters)).toMatchObject([
      { description: 'old way', tag_list: 'a,b', run_untagged: false, locked: false, maintenance_note: 'desk of mira' },
      { run_untagged: true, locked: true },
    ]);
  });
});

describe('a runner is changed', () => {
  it('usual keys in the file, comments kept; a wrong value is refused with its name and nothing is saved', async () => {
    const coordinator = await coordinatorWith();
    const { call, config, app } = await open(
      `concurrent = 1 # one\n\n[[runners]]\n  # the desk\n  name = "old"\n  url = "${coordinator.url}"\n  token = "${coordinator.token}"\n  executor = "shell"\n  environment = ["SECRET=1"]\n`,
    );
    const key = app.snapshot().runners[0]?.key ?? '';
    expect(await call['runner.settings']({ runner: key })).toEqual({
      values: { name: 'old', executor: 'shell' },
      concurrent: 1,
    });
    await call['runner.change']({
      runner: key,
      values: { name: 'new', limit: 3, 'harrier.pty': true, 'docker.image': 'alpine' },
      concurrent: 4,
    });
    expect(config()).toContain('concurrent = 4 # one');
    expect(config()).toContain('# the desk\n  name = "new"');
    expect(config()).toContain('limit = 3');
    expect(app.snapshot()).toMatchObject({ concurrent: 4, runners: [{ key, name: 'new', limit: 3 }] });
    const before = config();
    await expect(call['runner.change']({ runner: key, values: { shell: 'fish' } })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('shell'),
    });
    await expect(call['runner.change']({ runner: key, values: { token: 'x' } })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    expect(config()).toBe(before);
    await call['runner.change']({ runner: key, values: { limit: null, 'harrier.pty': null } });
    expect(config()).not.toContain('limit');
  });

  it('its token is renewed, GitLab is asked what it holds, and it is removed here and there', async () => {
    const coordinator = await coordinatorWith({ personalToken: 'glpat-a' });
    const { url, token } = coordinator;
    const { call, config, app } = await open();
    const { runner } = await call['runner.add']({ url, token, executor: 'shell' });
    await call['runner.ask']({ runner, token: 'glpat-a' });
    expect(app.snapshot().runners[0]?.server).toMatchObject({
      tags: [],
      runUntagged: true,
      page: `${url}/group/project/-/runners/42`,
    });
    await expect(call['runner.ask']({ runner, token: 'glpat-b' })).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    const renewed = await call['runner.resetToken']({ runner });
    expect(renewed.runner).not.toBe(runner);
    expect(config()).toContain('glrt-renewed-42');
    expect(app.snapshot().runners).toMatchObject([{ key: renewed.runner, server: { runUntagged: true } }]);
    expect(await call['runner.verify']({ runner: renewed.runner })).toMatchObject({ valid: true });
    await call['runner.remove']({ runner: renewed.runner, onServer: true });
    expect(app.snapshot().runners).toEqual([]);
    expect(config()).not.toContain('[[runners]]');
  });

  it('gets another token when its own is dead; its settings stay', async () => {
    const coordinator = await coordinatorWith({ tokens: ['glrt-first-token', 'glrt-second-token'] });
    const { call, config, app } = await open();
    const { runner } = await call['runner.add']({
      url: coordinator.url,
      token: 'glrt-first-token',
      name: 'desk',
      executor: 'shell',
      settings: { limit: 3 },
    });
    coordinator.revoke('glrt-first-token');
    await expect.poll(() => app.snapshot().runners[0]?.trouble, { timeout: 15_000 }).toBe('refused');
    for (const [token, code] of [
      ['glpat-x', 'TOKEN_KIND'],
      ['glrt-wrong', 'TOKEN_REFUSED'],
    ] as const)
      await expect(call['runner.setToken']({ runner, token })).rejects.toMatchObject({ code });
    const next = await call['runner.setToken']({ runner, token: ' glrt-second-token\n' });
    expect(app.snapshot().runners).toMatchObject([{ key: next.runner, name: 'desk', limit: 3, id: 43 }]);
    expect(config()).not.toContain('glrt-first-token');
    await expect.poll(() => coordinator.asked('glrt-second-token')).toBeGreaterThan(0);
  });

  it('is stopped: its jobs end and are reported, no new one is taken', async () => {
    const coordinator = await coordinatorWith();
    const { call, app } = await open();
    const { runner } = await call['runner.add']({ url: coordinator.url, token: coordinator.token, executor: 'shell' });
    const job = coordinator.queue({ script: ['echo started', 'sleep 60'] });
    await job.printed('started');
    await call['runner.stop']({ runner });
    await job.done;
    expect(job.state).not.toBe('running');
    await expect.poll(() => app.snapshot().runners[0]?.state).toBe('paused');
  });
});
