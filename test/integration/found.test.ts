import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { otherPoller } from '../../src-main/app/found/installs.ts';
import { readProcesses } from '../../src-main/app/found/services.ts';
import { createApp } from '../../src-main/app/root.ts';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { silentLogger } from '../../src-main/base/logger.ts';
import type { SnapshotPatch } from '../../src-shared/ipc.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';

let folder = '';
let coordinator: TestCoordinator;
const apps: HarrierApp[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'harrier-found-'));
  coordinator = await startTestCoordinator();
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await coordinator.close();
  rmSync(folder, { recursive: true, force: true });
});

const official = () => join(folder, 'etc', 'config.toml');
const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const oneRunner = () =>
  `# of the official runner\nconcurrent = 3\n\n[[runners]]\n  name = "old desk"\n  url = "${coordinator.url}"\n  token = "${coordinator.token}"\n  executor = "shell"\n`;
const machine = () => ({
  env: { PATH: process.env['PATH'], HOME: folder, HARRIER_DATA: join(folder, 'data') },
  platform: 'linux' as const,
  uid: 1000,
  systemFolder: join(folder, 'etc'),
});
/** A window on this machine, as it is opened without any flag. */
const open = async (configPath?: string) => {
  const app = await createApp({
    configPath,
    machine: machine(),
    env: machine().env,
    log: silentLogger,
    assetsFolder: '',
    host: { kind: 'web', platform: 'linux', canPickFolder: false },
    pickFolder: async () => null,
    openLink: async () => {},
    configMayBeMissing: true,
  });
  apps.push(app);
  await app.start();
  return app;
};
const own = () => join(folder, 'data', 'config.toml');

describe('what the official runner has here (ON2)', () => {
  it('nothing there: the default file, nothing to choose', async () => {
    const app = await open();
    expect(app.snapshot().configPath).toBe(join(folder, '.gitlab-runner', 'config.toml'));
    expect(await app.handlers['machine.find']({})).toMatchObject({ found: [], decided: true });
  });

  it('found, offered, and untouched until a person chooses: no job is asked for', async () => {
    write(official(), oneRunner());
    const app = await open();
    expect(app.snapshot()).toMatchObject({ configPath: own(), runners: [] });
    expect(await app.handlers['machine.find']({})).toEqual({
      found: [
        {
          path: official(),
          runners: [
            { name: 'old desk', url: coordinator.url, executor: 'shell', tokenTail: coordinator.token.slice(-4) },
          ],
        },
      ],
      decided: false,
      canUse: true,
      own: own(),
    });
    expect(coordinator.requests).toEqual([]);
    expect(readFileSync(official(), 'utf8')).toBe(oneRunner());
  });

  it('used: the windows see its runners, it is the one file from then on', async () => {
    write(official(), oneRunner());
    const app = await open();
    const patches: SnapshotPatch[] = [];
    app.subscribe((name, payload) => {
      if (name === 'state.patch') patches.push(payload as SnapshotPatch);
    });
    await app.handlers['machine.choose']({ path: official(), how: 'use' });
    expect(patches.at(0)).toMatchObject({ configPath: official(), concurrent: 3, runners: [{ name: 'old desk' }] });
    await expect.poll(() => coordinator.asked(coordinator.token)).toBeGreaterThan(0);
    const key = app.snapshot().runners[0]?.key ?? '';
    await app.handlers['runner.change']({ runner: key, values: { limit: 2 } });
    expect(readFileSync(official(), 'utf8')).toContain('# of the official runner');
    await app.close();
    expect((await open()).snapshot()).toMatchObject({ configPath: official(), runners: [{ limit: 2 }] });
  });

  it('copied: our own file is the very copy, the other one stays as it is', async () => {
    write(official(), oneRunner());
    const app = await open();
    await app.handlers['machine.choose']({ path: official(), how: 'copy' });
    expect(app.snapshot()).toMatchObject({ configPath: own(), runners: [{ name: 'old desk' }] });
    expect(readFileSync(own(), 'utf8')).toBe(oneRunner());
    await app.handlers['runner.remove']({ runner: app.snapshot().runners[0]?.key ?? '', onServer: false });
    expect(readFileSync(official(), 'utf8')).toBe(oneRunner());
    expect((await app.handlers['machine.find']({})).decided).toBe(true);
  });

  it('copied into a file that is there: its runners are added', async () => {
    write(official(), oneRunner());
    const named = join(folder, 'mine.toml');
    write(named, 'concurrent = 7 # mine\n');
    const app = await open(named);
    expect(await app.handlers['machine.find']({})).toMatchObject({ canUse: false, own: named, decided: true });
    await app.handlers['machine.choose']({ path: official(), how: 'copy' });
    expect(readFileSync(named, 'utf8')).toMatch(/^concurrent = 7 # mine\n/);
    expect(app.snapshot().runners).toMatchObject([{ name: 'old desk' }]);
    await expect(app.handlers['machine.choose']({ path: official(), how: 'use' })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
  });

  it('left: nobody is asked again', async () => {
    write(official(), oneRunner());
    const app = await open();
    await app.handlers['machine.choose']({ path: official(), how: 'leave' });
    await app.close();
    const again = await open();
    expect(again.snapshot()).toMatchObject({ configPath: own(), runners: [] });
    expect((await again.handlers['machine.find']({})).decided).toBe(true);
  });

  it('a broken file is told with its line and cannot be taken; a path that was not found neither', async () => {
    write(official(), 'concurrent = \n');
    const app = await open();
    const { found } = await app.handlers['machine.find']({});
    expect(found[0]?.problem).toContain('config.toml:1');
    await expect(app.handlers['machine.choose']({ path: official(), how: 'use' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await expect(app.handlers['machine.choose']({ path: '/etc/passwd', how: 'copy' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });
});

describe('a gitlab-runner that runs', () => {
  it.each([
    {
      why: 'a service with its file',
      line: '  812 root     /usr/bin/gitlab-runner run --config /etc/gitlab-runner/config.toml --working-directory /home/gitlab-runner',
      found: [{ pid: 812, user: 'root', configPath: '/etc/gitlab-runner/config.toml' }],
    },
    { why: 'by hand', line: '99 mira gitlab-runner run', found: [{ pid: 99, user: 'mira' }] },
    {
      why: 'Windows, quoted',
      line: '7 SYSTEM "C:\\GitLab-Runner\\gitlab-runner.exe" run --config="C:\\GitLab-Runner\\config.toml"',
      found: [{ pid: 7, user: 'SYSTEM' }],
    },
    { why: 'another command of it', line: '99 mira gitlab-runner list', found: [] },
    { why: 'somebody who reads about it', line: '99 mira vim gitlab-runner run', found: [] },
    { why: 'nothing', line: '', found: [] },
  ])('$why', ({ line, found }) => expect(readProcesses(line)).toMatchObject(found));

  it('with the same file or the same token it is told; with others it is not', async () => {
    write(official(), oneRunner());
    const tokens = [coordinator.token];
    const root = { pid: 812, user: 'root' };
    const told = (path: string, services: object[]) => otherPoller(path, tokens, machine(), services as never);
    expect(await told(own(), [root])).toContain('process 812, user root');
    expect(await told(official(), [{ ...root, configPath: official() }])).toContain('same tokens');
    expect(await told(own(), [{ ...root, configPath: join(folder, 'other.toml') }])).toBeUndefined();
    expect(await told(own(), [])).toBeUndefined();
    expect(await otherPoller(own(), [], machine(), [root])).toBeUndefined();
  });
});
