import { X509Certificate } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { systemClock } from '../../src-main/base/clock.ts';
import { silentLogger } from '../../src-main/base/logger.ts';
import { importImage } from '../../src-main/executors/docker/testing/image.ts';
import { selfSigned } from '../../src-main/session/certificate.ts';
import { startSessionServer } from '../../src-main/session/server.ts';
import { startApp } from '../support/app.ts';
import { startTestCoordinator, type TestCoordinator, type TestJob } from '../support/coordinator/index.ts';
import { describeWith, itWith } from '../support/require.ts';

describe('the certificate of the session server', () => {
  it.each(['runner.example.test', '127.0.0.1', '::1', '2001:db8::17:a', 'fe80:1:2:3:4:5:6:7'])(
    'is for %s',
    async (host) => {
      const { cert } = await selfSigned(host, Date.now());
      const read = new X509Certificate(cert);
      expect(read.subject).toBe('O=GitLab Runner');
      expect(read.verify(read.publicKey)).toBe(true);
      expect(/[:]|^[\d.]+$/.test(host) ? read.checkIP(host) : read.checkHost(host)).toBe(host);
      expect(Date.parse(read.validTo) - Date.now()).toBeGreaterThan(700 * 86_400_000);
      expect(read.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    },
  );
});

const listening = { timeoutMs: 1000, clock: systemClock, log: silentLogger };
it.each([
  {
    why: 'a scheme',
    options: { listenAddress: ':0', advertiseAddress: 'https://x:1' },
    says: 'url not valid, scheme defined',
  },
  { why: 'no port', options: { listenAddress: 'localhost' }, says: 'must be host:port' },
  { why: 'a port that is none', options: { listenAddress: 'localhost:99999' }, says: 'must be host:port' },
])('an address with $why is refused', async ({ options, says }) => {
  await expect(startSessionServer({ ...listening, ...options })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(says),
  });
});
it('an address that is taken is named', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  await expect(startSessionServer({ ...listening, listenAddress: `127.0.0.1:${port}` })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
  });
  other.close();
});

let folder: string;
let coordinator: TestCoordinator;
let app: HarrierApp | undefined;
beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'web-terminal-')));
  coordinator = await startTestCoordinator();
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await coordinator.close();
  rmSync(folder, { recursive: true, force: true });
});

const serve = async (more = ''): Promise<void> => {
  app = await startApp(folder, coordinator, {
    globals: `[session_server]\n  listen_address = "127.0.0.1:0"\n${more}`,
  });
};

/** Dials as GitLab's Workhorse does. */
const dial = (job: TestJob, options: { token?: string; protocol?: string | undefined; path?: string } = {}) => {
  const { url, certificate, authorization } = job.session ?? { url: '', certificate: '', authorization: '' };
  const protocol = 'protocol' in options ? options.protocol : 'terminal.gitlab.com';
  const socket = new WebSocket(
    `${url.replace('https', 'wss')}${options.path ?? '/exec'}`,
    protocol === undefined ? [] : [protocol],
    {
      ca: certificate,
      headers: { Authorization: options.token ?? authorization },
    },
  );
  let text = '';
  const looks = new Set<() => void>();
  socket.on('message', (data, isBinary) => {
    text += isBinary ? String(data) : Buffer.from(String(data), 'base64').toString();
    for (const look of looks) look();
  });
  socket.on('error', () => {});
  return {
    socket,
    opened: new Promise<number>((resolve) => {
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (request, { statusCode }) => {
        resolve(statusCode ?? 0);
        request.destroy();
      });
    }),
    closed: new Promise<number>((resolve) => socket.once('close', resolve)),
    shows: (wanted: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => void (text.includes(wanted) && resolve());
        looks.add(look);
        look();
      }),
  };
};
const held = { script: ['echo ready', 'until [ -e go ]; do sleep 0.02; done'] };

describeWith(['bash', 'linux'], "GitLab's web terminal", () => {
  it('opens in the job for one client with the right token, and holds the job until that one leaves', async () => {
    await serve();
    const job = coordinator.queue(held);
    await job.reached('running');
    expect(job.session?.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/session\/[0-9a-f]{64}$/);
    expect(job.session?.authorization).toMatch(/^[0-9a-f]{64}$/);
    expect(job.updates[0]?.['info']).toMatchObject({ features: { session: true, terminal: true } });

    const first = dial(job);
    expect(await first.opened).toBe(101);
    expect(first.socket.protocol).toBe('terminal.gitlab.com');
    first.socket.send(Buffer.from('echo "in $CI_JOB_NAME" ✓; touch go\r'));
    await first.shows('in test ✓');

    expect(await dial(job).opened).toBe(423);
    expect(await dial(job, { token: 'x'.repeat(64) }).opened).toBe(401);
    expect(await dial(job, { token: '' }).opened).toBe(401);
    expect(await dial(job, { path: '/other' }).opened).toBe(404);
    expect(await dial(job, { path: '0/exec' }).opened).toBe(404);
    const { url = '', certificate = '', authorization = '' } = job.session ?? {};
    const plain = await new Promise<number>((resolve, reject) => {
      get(`${url}/exec`, { ca: certificate, headers: { authorization } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      }).on('error', reject);
    });
    expect(plain).toBe(405);

    await job.printed('Terminal is connected, will time out in 30m0s...');
    expect(job.state).toBe('running');
    first.socket.send(Buffer.from('echo still"-"here\r'));
    await first.shows('still-here');
    first.socket.close();
    await job.done;
    expect(job.trace).toMatch(/Terminal disconnected[\s\S]*Job succeeded/);
    expect(await dial(job).opened).toBe(404);
  });

  it('speaks base64; closes when the shell ends, then another client may come', async () => {
    await serve();
    const job = coordinator.queue(held);
    await job.reached('running');
    const first = dial(job, { protocol: 'base64.terminal.gitlab.com' });
    expect(await first.opened).toBe(101);
    const say = (text: string): void => first.socket.send(Buffer.from(text).toString('base64'));
    say('echo en"coded"\r');
    await first.shows('encoded');
    say('exit\r');
    expect(await first.closed).toBe(1000);
    const second = dial(job);
    expect(await second.opened).toBe(101);
    second.socket.send('text where bytes must be');
    expect(await second.closed).toBe(1003);
    expect(await dial(job, { protocol: undefined }).opened).toBe(400);
    const third = dial(job);
    expect(await third.opened).toBe(101);
    third.socket.send(Buffer.from('touch go; exit\r'));
    await job.done;
  });

  it('lets go of a job whose time for the terminal is over', async () => {
    await serve('  session_timeout = 1\n  advertise_address = "127.0.0.1:4711"\n');
    const job = coordinator.queue(held);
    await job.reached('running');
    expect(job.session?.url).toContain('https://127.0.0.1:4711/session/');
    await app?.close();
    await serve('  session_timeout = 1\n');
    const next = coordinator.queue(held);
    await next.reached('running');
    const client = dial(next);
    expect(await client.opened).toBe(101);
    client.socket.send(Buffer.from('touch go\r'));
    await next.done;
    expect(next.trace).toContain('terminal session timed out (maximum time allowed - 1s)');
    expect(await client.closed).not.toBe(1000);
  });

  itWith(['docker', 'busybox'], 'opens in the build container of a Docker job', async () => {
    await importImage();
    const image = 'harrier-test:busybox';
    const docker = `  [runners.docker]\n    image = "${image}"\n    helper_image = "${image}"\n    pull_policy = "if-not-present"\n`;
    app = await startApp(folder, coordinator, {
      executor: 'docker',
      runner: docker,
      globals: '[session_server]\n  listen_address = "127.0.0.1:0"\n',
    });
    const job = coordinator.queue(held);
    await job.reached('running');
    const client = dial(job);
    expect(await client.opened).toBe(101);
    client.socket.send(Buffer.from('echo "in $CI_JOB_NAME"\r'));
    await client.shows('in test');
    // Not before the script: the stages before it may clear the folder.
    await job.printed('ready');
    client.socket.send(Buffer.from('touch /builds/group/project/go\r'));
    await job.printed('Terminal is connected');
    client.socket.close();
    await job.done;
    expect(job.trace).toMatch(/Terminal disconnected[\s\S]*Job succeeded/);
  });

  it.each([
    { executor: 'shell', section: '' },
    { executor: 'docker', section: '  [runners.docker]\n    image = "alpine"\n' },
    { executor: 'ssh', section: '  [runners.ssh]\n    host = "127.0.0.1"\n    user = "nobody"\n' },
  ])('$executor: is not announced without an address', async ({ executor, section }) => {
    app = await startApp(folder, coordinator, { executor, runner: section });
    await expect
      .poll(() => [...(coordinator.runners[0]?.managers.values() ?? [])][0]?.features, { timeout: 5000 })
      .toMatchObject({ variables: true, session: false, terminal: false });
  });
});
