import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../src-main/app/dispatch.ts';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { silentLogger } from '../../src-main/base/logger.ts';
import { type CallName, calls } from '../../src-shared/ipc.ts';
import { createTestApp } from '../support/app.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { describeWith } from '../support/require.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const token = 'glrt-planted-runner-token';
const planted = {
  token,
  'cache key': 'planted-cache-secret-key',
  'value of environment': 'planted-environment-value',
  'password of SSH': 'planted-ssh-password',
  'password in an address': 'planted-proxy-password',
  'login of the proxy': 'planted-proxy-login',
  'masked variable': 'planted-masked-variable',
  'file variable': 'planted-file-variable',
  'personal token': 'glpat-planted-personal',
  'registration token': 'GR1348941planted-registration',
  'second runner token': 'glrt-planted-another-token',
};

const open = async (): Promise<{ app: HarrierApp; coordinator: TestCoordinator; folder: string }> => {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-secrets-'));
  const coordinator = await startTestCoordinator({ tokens: [token] });
  writeFileSync(
    join(folder, 'config.toml'),
    `check_interval = 1
# ${planted['second runner token']} was the one before
[harrier]
  editor = "${join(folder, 'editor')}"
  proxy = "http://mira:${planted['login of the proxy']}@proxy.example:3128"
  no_proxy = "127.0.0.1"
[[runners]]
  name = "mine"
  url = "${coordinator.url}"
  token = "${token}"
  executor = "shell"
  environment = ["API_KEY=${planted['value of environment']}", "HTTP_PROXY_OF_JOB=http://user:${planted['password in an address']}@proxy.example:3128"]
  [runners.cache.s3]
    AccessKey = "key"
    SecretKey = "${planted['cache key']}"
  [runners.ssh]
    password = "${planted['password of SSH']}"
`,
    { mode: 0o600 },
  );
  const app = await createTestApp(folder, {
    env: { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder },
  });
  closers.push(async () => {
    await app.close();
    await coordinator.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { app, coordinator, folder };
};

describeWith(['bash', 'posix'], 'a real engine and its windows', () => {
  it('no planted secret is in any snapshot, event, answer or failure, nor in history and log (S12)', async () => {
    const { app, coordinator, folder } = await open();
    const crossed: string[] = [];
    const note = (what: string, value: unknown): void => void crossed.push(`${what} ${JSON.stringify(value)}`);
    app.subscribe((name, payload) => note(name, payload));
    const ask = async (name: CallName, input: object = {}): Promise<unknown> => {
      const answer = await dispatch(app.handlers, silentLogger, name, input);
      note(name, answer);
      return answer.ok ? answer.value : answer.error;
    };
    await app.start();
    await ask('settings.change', { notifications: true });
    const go = join(folder, 'go');
    const job = coordinator.queue({
      name: 'prints',
      variables: [
        { key: 'MASKED', value: planted['masked variable'], masked: true },
        { key: 'FILE', value: planted['file variable'], file: true, masked: true },
      ],
      script: ['echo "see $MASKED"', 'cat "$FILE"', 'env | sort', `until [ -e ${go} ]; do sleep 0.05; done`, 'exit 3'],
    });
    await job.reached('running');
    await expect.poll(() => app.snapshot().jobs[0]?.traceBytes ?? 0).toBeGreaterThan(500);
    const [runner] = app.snapshot().runners;
    const key = app.snapshot().jobs[0]?.key ?? '';
    const reads: readonly (readonly [CallName, object?])[] = [
      ['engine.snapshot'],
      ['job.variables', { job: key }],
      ['trace.read', { job: key, start: 0, length: 1_048_576 }],
      ['trace.index', { job: key, fromBlock: 0 }],
      ['config.read'],
      ['runner.settings', { runner: runner?.key }],
      ['runner.verify', { runner: runner?.key }],
      ['runner.ask', { runner: runner?.key, token: planted['personal token'] }],
      ['runner.setToken', { runner: runner?.key, token: planted['second runner token'] }],
      ['token.check', { url: coordinator.url, token: planted['personal token'] }],
      ['token.check', { url: coordinator.url, token }],
      ['runner.add', { url: coordinator.url, token: planted['registration token'], executor: 'shell' }],
      ['runner.add', { url: coordinator.url, token: planted['personal token'], executor: 'shell' }],
      [
        'runner.preview',
        { url: coordinator.url, executor: 'ssh', settings: { ssh: { password: planted['password of SSH'] } } },
      ],
      ['target.search', { url: coordinator.url, token: planted['personal token'], kind: 'project', text: '' }],
      ['settings.read'],
      ['connection.test', {}],
      ['machine.find'],
      ['docker.engines'],
    ];
    for (const [name, input] of reads) await ask(name, input);
    // The editor: a draft, a mistake beside a secret, and what comes back of it.
    const file = (await ask('config.read')) as { text: string; revision: string };
    for (const text of [
      `${file.text}\nlimit = "x"`,
      `${file.text}\n[[`,
      file.text.replace('name = "mine"', 'name = 7'),
    ]) {
      await ask('config.check', { text, revision: file.revision });
      await ask('config.save', { text, revision: file.revision });
    }
    await ask('config.read');
    writeFileSync(go, '');
    await job.done;
    await expect.poll(() => app.snapshot().jobs[0]?.endedMs).toBeDefined();
    await ask('engine.snapshot');
    await ask('trace.read', { job: key, start: 0, length: 1_048_576 });
    // Logs cross as base64.
    const all = crossed
      .map((text) =>
        text.replace(/"data":"([A-Za-z0-9+/=]+)"/g, (_, data: string) => Buffer.from(data, 'base64').toString()),
      )
      .join('\n');
    expect(all).toContain('see [MASKED]');
    expect(all.length).toBeGreaterThan(20_000);
    const kept = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /history|log/.test(entry.name))
      .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'latin1'));
    expect(kept.length).toBeGreaterThan(0);
    for (const [what, secret] of [...Object.entries(planted), ['token of the job', job.token] as const]) {
      // The environment of an entry is the job's own to print.
      const isTheJobs = what === 'value of environment' || what === 'password in an address';
      const searched = isTheJobs ? crossed.filter((text) => !text.startsWith('trace.')).join('\n') : all;
      expect(searched.includes(secret) ? `${what} crossed: …${around(searched, secret)}` : '').toBe('');
      if (!isTheJobs)
        expect(
          kept.some((text) => text.includes(secret)),
          `${what} is kept`,
        ).toBe(false);
    }
  });
});

const around = (text: string, secret: string): string => {
  const at = text.indexOf(secret);
  return text.slice(Math.max(0, at - 200), at + secret.length + 20);
};

describe('what a window may name (S11)', () => {
  /** Every text of the contract that a window sends, by what it is. Ids name something that the engine knows. */
  const ids: Readonly<Partial<Record<CallName, string>>> = {
    'job.cancel': 'job',
    'job.variables': 'job',
    'job.keep': 'job',
    'file.open': 'job',
    'trace.open': 'job',
    'trace.read': 'job',
    'trace.index': 'job',
    'trace.search': 'job',
    'terminal.open': 'job',
    'terminal.read': 'terminal',
    'terminal.write': 'terminal',
    'terminal.resize': 'terminal',
    'terminal.close': 'terminal',
    'kept.extend': 'job',
    'kept.remove': 'job',
    'runner.pause': 'runner',
    'runner.resume': 'runner',
    'runner.stop': 'runner',
    'runner.remove': 'runner',
    'runner.verify': 'runner',
    'runner.resetToken': 'runner',
    'runner.setToken': 'runner',
    'runner.ask': 'runner',
    'runner.settings': 'runner',
    'runner.change': 'runner',
    'connection.test': 'runner',
    'pipeline.cancel': 'pipeline',
  };
  const rest: Readonly<Partial<Record<CallName, object>>> = {
    'job.keep': { on: true },
    'file.open': { path: 'outside' },
    'trace.read': { start: 0, length: 100 },
    'trace.index': { fromBlock: 0 },
    'trace.search': { fromBlock: 0, query: { text: 'x', matchCase: false, wholeWord: false, expression: false } },
    'terminal.open': { columns: 80, rows: 24 },
    'terminal.read': { start: 0 },
    'terminal.write': { data: 'x' },
    'terminal.resize': { columns: 80, rows: 24 },
    'kept.extend': { byMs: 1 },
    'runner.remove': { onServer: false },
    'runner.setToken': { token },
    'runner.ask': { token },
    'runner.change': { values: {} },
  };

  it('an id that is a path, or nobody’s, is refused by every call that takes one', async () => {
    const { app, folder } = await open();
    writeFileSync(join(folder, 'outside'), 'read me if you can');
    // An editor is there, so that what keeps a file from being opened is its path.
    writeFileSync(join(folder, 'editor'), `#!/bin/sh\necho "$@" >> ${folder}/opened\n`, { mode: 0o755 });
    for (const [name, field] of Object.entries(ids))
      for (const hostile of [
        '../../outside',
        `${folder}/outside`,
        'outside',
        '..',
        '__proto__',
        'constructor',
        '%2e%2e/outside',
        'a\0b',
      ]) {
        const answer = await dispatch(app.handlers, silentLogger, name, {
          [field]: hostile,
          ...rest[name as CallName],
        });
        const label = `${name} ${hostile}`;
        // A job without a log has an empty one.
        if (name === 'trace.read') expect(answer, label).toEqual({ ok: true, value: { size: 0, data: '' } });
        else if (name === 'trace.index' || name === 'trace.search')
          expect(JSON.stringify(answer), label).not.toContain('read me');
        else expect(answer, label).toMatchObject({ ok: false });
        if (!answer.ok) expect(answer.error.code, label).not.toBe('INTERNAL');
      }
    expect(existsSync(join(folder, 'opened'))).toBe(false);
  });

  it('every call with a key takes part', () => {
    const withKey = Object.entries(calls)
      .filter(([, { input }]) =>
        Object.entries((input as { entries?: Record<string, unknown> }).entries ?? {}).some(([field]) =>
          ['job', 'runner', 'terminal', 'pipeline'].includes(field),
        ),
      )
      .map(([name]) => name);
    expect(Object.keys(ids).sort()).toEqual(withKey.sort());
  });

  it('paths: only a config file that was found is taken, only an engine that was picked is asked, folders are listed by name', async () => {
    const { app, folder } = await open();
    const ask = (name: CallName, input: object) => dispatch(app.handlers, silentLogger, name, input);
    expect(await ask('machine.choose', { path: '/etc/shadow', how: 'copy' })).toMatchObject({ ok: false });
    expect(await ask('docker.contents', { address: 'unix:///etc/passwd' })).toMatchObject({ ok: false });
    expect(await ask('docker.prune', { address: 'tcp://evil.example:2375', caches: true, kept: true })).toMatchObject({
      ok: false,
    });
    expect(await ask('pipeline.run', { folder: '/etc' })).toMatchObject({ ok: false });
    writeFileSync(join(folder, 'file'), 'content of a file');
    expect(JSON.stringify(await ask('folder.list', { folder }))).not.toContain('content of a file');
  });
});
