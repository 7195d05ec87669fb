import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createFakeApp, type FakeApp } from '../../test/support/fake-app.ts';
import { busyScene } from '../../test/support/recordings.ts';
import { itWith } from '../../test/support/require.ts';
import { silentLogger } from '../base/logger.ts';
import { startWebHost, type WebHost } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'harrier-web-'));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), '<!doctype html><meta nonce="__NONCE__">');
writeFileSync(join(folder, 'assets', 'a-1.js'), 'export {}');
writeFileSync(join(folder, 'assets', 'a-1.js.map'), '{}');
writeFileSync(join(folder, '..', 'harrier-outside.txt'), 'secret');
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(join(folder, '..', 'harrier-outside.txt'), { force: true });
});

const hosts: WebHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});
const start = async (
  app: FakeApp = createFakeApp(),
): Promise<{ host: WebHost; origin: string; port: number; token: string }> => {
  const host = await startWebHost({ app, rendererFolder: folder, port: 0, log: silentLogger });
  hosts.push(host);
  const { origin, port, hash } = new URL(host.url);
  return { host, origin, port: Number(port), token: hash.replace('#token=', '') };
};
/** A request whose every header can be forged. */
const ask = (
  port: number,
  options: { path?: string; method?: string; headers?: Record<string, string>; body?: string } = {},
) =>
  new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: string }>(
    (resolve, reject) => {
      const made = request(
        {
          host: '127.0.0.1',
          port,
          path: options.path ?? '/',
          method: options.method ?? 'GET',
          headers: { host: `127.0.0.1:${port}`, ...options.headers },
        },
        (response) => {
          let body = '';
          response
            .setEncoding('utf8')
            .on('data', (chunk) => (body += chunk))
            .on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
        },
      );
      made.on('error', reject).end(options.body);
    },
  );
const signIn = (port: number, token: string, headers: Record<string, string> = {}) =>
  ask(port, {
    path: '/session',
    method: 'POST',
    headers: { origin: `http://127.0.0.1:${port}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
const cookieOf = (answer: Awaited<ReturnType<typeof ask>>): string =>
  String(answer.headers['set-cookie']).split(';')[0] ?? '';
/** How a connection ends: its status when it was refused, `open` when it was not. */
const knock = (port: number, headers: Record<string, string>, path = '/socket') =>
  new Promise<{ status: number | 'open'; socket: WebSocket }>((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('open', () => resolve({ status: 'open', socket }));
    socket.on('unexpected-response', (_request, response) => resolve({ status: response.statusCode ?? 0, socket }));
    socket.on('error', () => {});
  });

describe('pages (S2, S3, S26)', () => {
  it('the page comes with the policy, a nonce of its own, and no way to be framed or guessed', async () => {
    const { port } = await start();
    const [first, second] = [await ask(port), await ask(port)];
    expect(first.status).toBe(200);
    const policy = String(first.headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
      `connect-src 'self' ws://127.0.0.1:${port}`,
    ])
      expect(policy).toContain(part);
    expect(policy).not.toMatch(/unsafe/);
    expect(first.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(first.headers['access-control-allow-origin']).toBeUndefined();
    const nonce = /nonce="([^"]+)"/.exec(first.body)?.[1];
    expect(policy).toContain(`'nonce-${nonce}'`);
    expect(second.body).not.toBe(first.body);
    expect(JSON.stringify(first)).not.toContain(hosts[0]?.url.split('#token=')[1]);
  });

  it.each([
    { path: '/assets/a-1.js', status: 200 },
    { path: '/assets/a-1.js.map', status: 404 },
    { path: '/assets', status: 404 },
    { path: '/../harrier-outside.txt', status: 404 },
    { path: '/%2e%2e/harrier-outside.txt', status: 404 },
    { path: '/assets%2fa-1.js', status: 404 },
    { path: '/assets/..%5c..%5charrier-outside.txt', status: 404 },
    { path: '//etc/passwd', status: 404 },
  ])('$path is $status', async ({ path, status }) => {
    const { port } = await start();
    const answer = await ask(port, { path });
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('secret');
  });

  it.each([
    { why: 'another name (DNS rebinding)', host: 'evil.example:7410' },
    { why: 'another port', host: '127.0.0.1:1' },
    { why: 'a name that begins like ours', host: '127.0.0.1.evil.example' },
    { why: 'an address of the network', host: '192.168.0.2' },
  ])('$why is refused for every request', async ({ host }) => {
    const { port, token } = await start();
    expect((await ask(port, { headers: { host } })).status).toBe(421);
    expect((await signIn(port, token, { host, origin: `http://${host}` })).status).toBe(421);
    expect((await knock(port, { host, origin: `http://${host}` })).status).toBe(403);
  });

  it('only GET, and no listing of what a POST might do', async () => {
    const { port } = await start();
    expect((await ask(port, { method: 'POST' })).status).toBe(405);
    expect((await ask(port, { method: 'OPTIONS', path: '/session' })).status).toBe(405);
    expect((await ask(port, { method: 'HEAD' })).body).toBe('');
  });
});

describe('signing in (S26)', () => {
  it('a right token becomes a cookie that scripts cannot read and other sites cannot send', async () => {
    const { port, token } = await start();
    expect((await ask(port, { path: '/session' })).status).toBe(401);
    const answer = await signIn(port, token);
    expect(answer.status).toBe(204);
    expect(String(answer.headers['set-cookie'])).toMatch(/^harrier_\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(String(answer.headers['set-cookie'])).not.toContain(token);
    expect((await ask(port, { path: '/session', headers: { cookie: `other=1; ${cookieOf(answer)}` } })).status).toBe(
      204,
    );
  });

  it.each([
    { why: 'a foreign page', headers: { origin: 'https://evil.example' }, status: 403 },
    { why: 'a page of another port', headers: { origin: 'http://127.0.0.1:1' }, status: 403 },
    { why: 'a sandboxed page', headers: { origin: 'null' }, status: 403 },
  ])('$why may not, even with the token', async ({ headers, status }) => {
    const { port, token } = await start();
    expect((await signIn(port, token, headers)).status).toBe(status);
  });

  it('wrong tokens are refused, and after ten of them the right one as well for a while', async () => {
    const { port, token } = await start();
    const answers = [];
    for (let at = 0; at < 12; at++) answers.push((await signIn(port, `wrong${at}`)).status);
    expect(answers).toEqual([...Array(10).fill(403), 429, 429]);
    expect((await signIn(port, token)).status).toBe(429);
  });

  it('a body that is too long or none is refused', async () => {
    const { port } = await start();
    expect((await signIn(port, 'x'.repeat(10_000))).status).toBe(413);
    const answer = await ask(port, {
      path: '/session',
      method: 'POST',
      headers: { origin: `http://127.0.0.1:${port}` },
      body: '{',
    });
    expect(answer.status).toBe(403);
  });
});

itWith('posix', 'the address is kept for its owner alone, and only while it holds (S26)', async () => {
  const addressFile = join(folder, '..', `harrier-address-${process.pid}`);
  // Left there by somebody else, for everybody to read.
  writeFileSync(addressFile, 'http://127.0.0.1:1/#token=theirs', { mode: 0o666 });
  const host = await startWebHost({
    app: createFakeApp(),
    rendererFolder: folder,
    port: 0,
    addressFile,
    log: silentLogger,
  });
  expect(readFileSync(addressFile, 'utf8')).toBe(`${host.url}\n`);
  expect(statSync(addressFile).mode & 0o777).toBe(0o600);
  await host.close();
  expect(existsSync(addressFile)).toBe(false);
});

describe('connections (S13, S26)', () => {
  it('need our origin and the cookie', async () => {
    const { port, token, origin } = await start();
    const cookie = cookieOf(await signIn(port, token));
    expect((await knock(port, { origin })).status).toBe(401);
    expect((await knock(port, { origin, cookie: `harrier_${port}=guess` })).status).toBe(401);
    expect((await knock(port, { cookie })).status).toBe(403);
    expect((await knock(port, { cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect((await knock(port, { cookie, origin }, '/other')).status).toBe(404);
    const { status, socket } = await knock(port, { cookie, origin });
    expect(status).toBe('open');
    socket.terminate();
  });

  const connect = async (app: FakeApp): Promise<WebSocket> => {
    const { port, token, origin } = await start(app);
    return (await knock(port, { origin, cookie: cookieOf(await signIn(port, token)) })).socket;
  };
  const ended = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.on('close', resolve));

  it.each([
    { why: 'no JSON', data: '{' },
    { why: 'no id', data: '{"name":"engine.start"}' },
    { why: 'bytes', data: Buffer.from([1, 2]) },
    { why: 'more than a call can be', data: `{"id":1,"name":"x","input":"${'x'.repeat(300_000)}"}` },
  ])('$why ends the connection', async ({ data }) => {
    const app = createFakeApp();
    const socket = await connect(app);
    socket.send(data);
    expect(await ended(socket)).toBeGreaterThan(1000);
    expect(app.asked).toEqual([]);
  });

  it('a flood of calls is answered or refused, never piled up', async () => {
    const app = createFakeApp();
    let taken = 0;
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    app.answer('server.probe', async () => {
      taken++;
      await held;
      return { ok: true, message: '' };
    });
    const socket = await connect(app);
    const answers: { ok: boolean }[] = [];
    const all = new Promise<void>((resolve) =>
      socket.on('message', (data) => {
        answers.push(JSON.parse(String(data)));
        // 16 are worked on and 256 wait; all others have been refused by now.
        if (answers.length === 1000 - 16 - 256) {
          expect(taken).toBe(16);
          letGo();
        }
        if (answers.length === 1000) resolve();
      }),
    );
    for (let id = 0; id < 1000; id++) socket.send(JSON.stringify({ id, name: 'server.probe', input: { url: 'x' } }));
    await all;
    expect(taken).toBe(16 + 256);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(16 + 256);
    socket.terminate();
  });

  it('one subscription serves all windows; none is left when they are gone', async () => {
    const app = createFakeApp(busyScene(1));
    const { port, token, origin } = await start(app);
    const cookie = cookieOf(await signIn(port, token));
    const sockets = [];
    for (let at = 0; at < 3; at++) sockets.push((await knock(port, { origin, cookie })).socket);
    expect(app.listeners).toBe(1);
    const seen = sockets.map(
      (socket) => new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data)))),
    );
    app.change({ stateText: 'changed' });
    expect(new Set(await Promise.all(seen)).size).toBe(1);
    const gone = sockets.map(ended);
    for (const socket of sockets) socket.close();
    await Promise.all(gone);
    for (let turn = 0; turn < 100 && app.listeners > 0; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(app.listeners).toBe(0);
  });

  it('a window that does not read is cut off; memory stays bounded', async () => {
    const app = createFakeApp(busyScene(1));
    const socket = await connect(app);
    const end = ended(socket);
    (socket as unknown as { _socket: { pause(): void; resume(): void } })._socket.pause();
    const big = 'x'.repeat(500_000);
    for (let at = 0; at < 200 && app.listeners > 0; at++) {
      app.change({ stateText: `${at}${big}` });
      await new Promise((resolve) => setImmediate(resolve));
    }
    (socket as unknown as { _socket: { resume(): void } })._socket.resume();
    await end;
    expect(app.listeners).toBe(0);
  });
});

describe('ports', () => {
  it('a port in use: the next one', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const host = await startWebHost({ app: createFakeApp(), rendererFolder: folder, port, log: silentLogger });
    hosts.push(host);
    expect(Number(new URL(host.url).port)).toBeGreaterThan(port);
    await new Promise((resolve) => other.close(resolve));
  });

  it('a window that was not built is said so, and nothing is left listening', async () => {
    await expect(
      startWebHost({ app: createFakeApp(), rendererFolder: join(folder, 'nothing'), port: 0, log: silentLogger }),
    ).rejects.toMatchObject({ code: 'INTERNAL', hint: 'Run `npm run build`.' });
  });

  it('closing ends the connections and frees the port at once', async () => {
    const { host, port, token, origin } = await start();
    const { socket } = await knock(port, { origin, cookie: cookieOf(await signIn(port, token)) });
    const end = new Promise((resolve) => socket.on('close', resolve));
    await host.close();
    hosts.length = 0;
    await end;
    await expect(ask(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
