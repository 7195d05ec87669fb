import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCoordinator } from '../../test/support/coordinator/index.ts';
import { describeWith } from '../../test/support/require.ts';
import { proxyFor } from './proxy.ts';
import { type Authority, createAuthority, type KeyPair } from './testing/authority.ts';
import { connect, info, keep, serve, systemId } from './testing/connect.ts';
import { startProxy } from './testing/proxy-server.ts';
import { apiBase } from './url.ts';

describe('which proxy', () => {
  const env = { HTTP_PROXY: 'http://plain:1', HTTPS_PROXY: 'http://secure:2' };
  it.each([
    { why: 'https has its own', url: 'https://gitlab.test', env, proxy: 'http://secure:2' },
    { why: 'so has http', url: 'http://gitlab.test', env, proxy: 'http://plain:1' },
    {
      why: 'one does not stand in for the other',
      url: 'https://gitlab.test',
      env: { HTTP_PROXY: 'http://plain:1' },
      proxy: undefined,
    },
    {
      why: 'lower case counts',
      url: 'https://gitlab.test',
      env: { https_proxy: 'http://lower:3' },
      proxy: 'http://lower:3',
    },
    {
      why: 'upper case counts first',
      url: 'https://gitlab.test',
      env: { ...env, https_proxy: 'http://lower:3' },
      proxy: 'http://secure:2',
    },
    { why: 'an empty one is none', url: 'https://gitlab.test', env: { HTTPS_PROXY: '' }, proxy: undefined },
    {
      why: 'no scheme means http',
      url: 'https://gitlab.test',
      env: { HTTPS_PROXY: 'secure:2' },
      proxy: 'http://secure:2',
    },
    { why: 'localhost is never proxied', url: 'http://localhost:8080', env, proxy: undefined },
    { why: 'nor is loopback', url: 'http://127.1.2.3', env, proxy: undefined },
    { why: 'nor its IPv6 form', url: 'http://[::1]:80', env, proxy: undefined },
  ])('$why', ({ url, env: given, proxy }) => {
    expect(proxyFor(new URL(url), given)?.shown).toBe(proxy);
  });

  it.each([
    { list: '*', url: 'http://gitlab.test', exempt: true },
    { list: 'gitlab.test', url: 'http://gitlab.test', exempt: true },
    { list: 'gitlab.test', url: 'http://ci.gitlab.test', exempt: true },
    { list: 'gitlab.test', url: 'http://mygitlab.test', exempt: false },
    { list: '.gitlab.test', url: 'http://ci.gitlab.test', exempt: true },
    { list: '.gitlab.test', url: 'http://gitlab.test', exempt: false },
    { list: '*.gitlab.test', url: 'http://ci.gitlab.test', exempt: true },
    { list: ' a.test , GITLAB.test ', url: 'http://gitlab.test', exempt: true },
    { list: 'gitlab.test:8080', url: 'http://gitlab.test:8080', exempt: true },
    { list: 'gitlab.test:8080', url: 'http://gitlab.test', exempt: false },
    { list: 'gitlab.test:443', url: 'https://gitlab.test', exempt: true },
    { list: '10.0.0.0/8', url: 'http://10.1.2.3', exempt: true },
    { list: '10.0.0.0/8', url: 'http://11.1.2.3', exempt: false },
    { list: '10.1.2.3', url: 'http://10.1.2.3:81', exempt: true },
    { list: '10.1.2.3:80', url: 'http://10.1.2.3:81', exempt: false },
    { list: 'fd00::/8', url: 'http://[fd12::1]', exempt: true },
    { list: '[fd12::1]:80', url: 'http://[fd12::1]', exempt: true },
    { list: '10.0.0.0/99,nonsense/8,/,:', url: 'http://10.1.2.3', exempt: false },
    { list: 'test', url: 'http://gitlab.test', exempt: true },
  ])('NO_PROXY="$list" and $url', ({ list, url, exempt }) => {
    const env = { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://p:1', NO_PROXY: list };
    expect(proxyFor(new URL(url), env) === undefined).toBe(exempt);
  });

  it('keeps its login apart from what people see', () => {
    const proxy = proxyFor(new URL('https://gitlab.test'), { HTTPS_PROXY: 'http://me:p%40ss@proxy:3128' });
    expect(proxy?.shown).toBe('http://proxy:3128');
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    const broken = { HTTPS_PROXY: 'socks5://me:secret@proxy' };
    expect(() => proxyFor(new URL('https://gitlab.test'), broken)).toThrow(/"socks5:\/\/proxy" cannot be used/);
  });
});

describe('plain http through a proxy', () => {
  it('is asked with the whole address; a login goes to the proxy alone', async () => {
    const proxy = keep(await startProxy({ login: 'me:secret' }));
    const coordinator = keep(await startTestCoordinator());
    const { port } = new URL(coordinator.url);
    const HTTP_PROXY = proxy.url.replace('//', '//me:secret@');
    const client = connect(`http://gitlab.test:${port}`, { env: { HTTP_PROXY } });
    const job = coordinator.queue({});
    expect(await client.requestJob({ token: coordinator.token, systemId, info })).toMatchObject({ kind: 'job' });
    await client.updateJob(job, { state: 'running' }, info);
    const body = Buffer.from('log');
    expect(await client.patchTrace(job, { start: 0, body, debug: false })).toMatchObject({ kind: 'accepted' });
    expect(proxy.seen[0]).toBe(`POST http://gitlab.test:${port}/api/v4/jobs/request`);
    expect(coordinator.requests[0]?.headers).toMatchObject({ host: `gitlab.test:${port}` });
    expect(coordinator.problems).toEqual([]);
    expect(await client.probe()).toMatchObject({ ok: true, viaProxy: proxy.url });
  });

  it('NO_PROXY goes past it, an explicit proxy does not ask it', async () => {
    const proxy = keep(await startProxy());
    const coordinator = keep(await startTestCoordinator());
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: '*' };
    await connect(coordinator.url, { env }).requestJob({ token: 't', systemId, info });
    expect(proxy.seen).toEqual([]);
    await connect(coordinator.url, { env, proxy: proxy.url }).requestJob({ token: 't', systemId, info });
    expect(proxy.seen).toHaveLength(1);
  });

  it.each([
    {
      why: 'a login that is missing',
      proxy: async () => keep(await startProxy({ login: 'me:secret' })).url,
      says: /407: the proxy asks for a login/,
    },
    { why: 'nobody there', proxy: async () => 'http://127.0.0.1:1', says: /nobody listens/ },
    {
      why: 'another kind of proxy',
      proxy: async () => 'socks5://127.0.0.1:1',
      says: /knows http:\/\/ and https:\/\/ proxies/,
    },
    { why: 'no address', proxy: async () => 'http://[', says: /cannot be used/ },
    {
      why: 'a page of the proxy',
      proxy: () => serve((_, response) => response.writeHead(403, { 'content-type': 'text/html' }).end('<html>')),
      says: /a web page/,
    },
  ])('$why is told in words', async ({ proxy, says }) => {
    const client = connect('http://gitlab.test', { env: { HTTP_PROXY: await proxy() } });
    const answer = await client.requestJob({ token: 't', systemId, info });
    expect(answer).toMatchObject({ message: expect.stringMatching(says) });
    expect(await client.probe()).toMatchObject({ ok: false });
  });
});

describeWith('openssl', 'https through a proxy', () => {
  let authority: Authority;
  let pair: KeyPair;
  beforeAll(() => {
    authority = createAuthority();
    pair = authority.issue('gitlab', 'DNS:gitlab.test,IP:127.0.0.1');
  });
  afterAll(() => authority.close());
  const start = async (options: Parameters<typeof startProxy>[0] = {}, login = '') => {
    const coordinator = keep(await startTestCoordinator({ tls: pair }));
    const proxy = keep(await startProxy(options));
    const url = `https://gitlab.test:${new URL(coordinator.url).port}`;
    const env = { HTTPS_PROXY: proxy.url.replace('//', `//${login}`) };
    return { coordinator, proxy, url, client: connect(url, { tlsCaFile: authority.caPath, env }) };
  };

  it('goes through a tunnel that is used again, and the chain is the server’s', async () => {
    const { coordinator, proxy, client, url } = await start({ login: 'me:secret' }, 'me:secret@');
    const request = { token: coordinator.token, systemId, info };
    for (let i = 0; i < 10; i += 1) expect(await client.requestJob(request)).toEqual({ kind: 'none' });
    // The pool may open a second one while the first still ends its answer.
    expect(proxy.seen.length).toBeLessThanOrEqual(2);
    expect(proxy.seen[0]).toBe(`CONNECT ${new URL(url).host}`);
    expect(coordinator.problems).toEqual([]);
    expect(await client.probe()).toMatchObject({
      ok: true,
      viaProxy: proxy.url,
      chain: [{ subject: 'gitlab' }, { subject: 'Test Authority' }],
    });
  });

  it('a proxy that speaks TLS itself serves both kinds', async () => {
    const { coordinator, proxy, client } = await start({ tls: pair });
    expect(await client.requestJob({ token: coordinator.token, systemId, info })).toEqual({ kind: 'none' });
    const plain = keep(await startTestCoordinator());
    const over = connect(`http://gitlab.test:${new URL(plain.url).port}`, {
      tlsCaFile: authority.caPath,
      env: { HTTP_PROXY: proxy.url },
    });
    expect(await over.requestJob({ token: plain.token, systemId, info })).toEqual({ kind: 'none' });
    expect(proxy.seen).toHaveLength(2);
  });

  it.each([
    { why: 'a login that is missing', options: { login: 'me:secret' }, says: /proxy .* asks for a login/ },
    {
      why: 'a host that it does not want',
      options: { refuse: 403 },
      says: /proxy .* refuses a connection to gitlab.test:\d+ \(403\)/,
    },
  ])('$why is told in words, without the login', async ({ options, says }) => {
    const { coordinator, client } = await start(options, 'me:wrong@');
    const answer = await client.requestJob({ token: coordinator.token, systemId, info });
    expect(answer).toMatchObject({ kind: 'failed', status: -1, message: expect.stringMatching(says) });
    expect(JSON.stringify(answer)).not.toContain('wrong');
  });
});

it.each([
  { url: 'https://gitlab.test', base: 'https://gitlab.test/api/v4/' },
  { url: 'https://gitlab.test///', base: 'https://gitlab.test/api/v4/' },
  { url: 'https://gitlab.test/ci', base: 'https://gitlab.test/api/v4/' },
  { url: 'https://gitlab.test/ci/', base: 'https://gitlab.test/api/v4/' },
  { url: 'http://host:81/gitlab/', base: 'http://host:81/gitlab/api/v4/' },
  { url: ' https://gitlab.test ', base: 'https://gitlab.test/api/v4/' },
  { url: 'gitlab.test', base: undefined },
  { url: 'https://', base: undefined },
  { url: 'https://gitlab.test/?a=b', base: undefined },
])('the base of "$url"', ({ url, base }) => {
  expect(apiBase(url)?.href).toBe(base);
});
