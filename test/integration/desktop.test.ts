import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { EngineSnapshot } from '../../src-shared/ipc.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { type Desktop, type DesktopOptions, startDesktop } from '../support/desktop.ts';
import { describeWith } from '../support/require.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-desktop-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
};
const open = (folder: string, options: DesktopOptions = {}): Desktop => {
  const desktop = startDesktop(folder, options);
  closers.push(async () => {
    if (desktop.process.exitCode === null && desktop.process.signalCode === null) desktop.process.kill('SIGKILL');
    await desktop.ended;
  });
  return desktop;
};
const withRunner = async (
  options: DesktopOptions & { readonly globals?: string } = {},
): Promise<{ desktop: Desktop; folder: string; coordinator: TestCoordinator }> => {
  const folder = emptyFolder();
  const coordinator = await startTestCoordinator();
  closers.push(() => coordinator.close());
  writeFileSync(
    join(folder, 'config.toml'),
    `check_interval = 1\n${options.globals ?? ''}\n[[runners]]\n  name = "mine"\n  url = "${coordinator.url}"\n  token = "${coordinator.token}"\n  executor = "shell"\n`,
    { mode: 0o600 },
  );
  const desktop = open(folder, options);
  await desktop.next('tooltip', (text) => text === 'Harrier: Idle, waiting for jobs', 0);
  if (!options.args?.includes('--hidden')) await desktop.next('show', undefined, 0);
  return { desktop, folder, coordinator };
};
interface Row {
  readonly label?: string;
  readonly submenu?: readonly Row[];
}
const snapshotOf = async (desktop: Desktop): Promise<EngineSnapshot> =>
  (await desktop.call<{ value: EngineSnapshot }>('engine.snapshot', {})).value;
/** What the person reads at the tray. */
const tooltip = (desktop: Desktop): unknown => desktop.asked.findLast(({ what }) => what === 'tooltip')?.detail;
const firstOfMenu = (desktop: Desktop): unknown =>
  (desktop.asked.findLast(({ what }) => what === 'trayMenu')?.detail as readonly Row[] | undefined)?.[0]?.label;

describeWith(['bash', 'linux'], 'the built desktop app over a stand-in for Electron', () => {
  it('before anything else: the scheme, one instance, the id for notifications, one isolated window, a menu without reload', async () => {
    const { desktop } = await withRunner();
    const names = desktop.asked.map(({ what }) => what);
    expect(names.slice(0, 2)).toEqual(['schemes', 'appUserModelId']);
    expect(desktop.asked[1]?.detail).toBe('dev.harrier.Harrier');
    expect(names.filter((name) => name === 'window')).toHaveLength(1);
    const window = desktop.asked.find(({ what }) => what === 'window')?.detail as { webPreferences: object };
    expect(window).toMatchObject({ name: 'main', windowStatePersistence: true });
    expect(window.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
    expect(window.webPreferences).not.toHaveProperty('enableBlinkFeatures');
    const menu = JSON.stringify(desktop.asked.find(({ what }) => what === 'menu')?.detail);
    expect(menu).toContain('zoomIn');
    expect(menu).not.toMatch(/reload/i);
  });

  it('the page and what it loads come from the built files under the policy; anything else is 404', async () => {
    const { desktop } = await withRunner();
    const page = await desktop.act<{ status: number; headers: Record<string, string>; body: string }>(
      'fetch',
      'app://harrier/',
    );
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    for (const path of ['../package.json', '%2e%2e/package.json', 'assets%2fx', 'index.html/..', 'main.js.map'])
      expect((await desktop.act<{ status: number }>('fetch', `app://harrier/${path}`)).status, path).toBe(404);
    expect((await desktop.act<{ status: number }>('fetch', 'app://elsewhere/')).status).toBe(404);
  });

  it('one Harrier: a second one starts nothing; the first shows its window and follows a link that only navigates (S14)', async () => {
    const { desktop } = await withRunner();
    const second = open(emptyFolder(), { firstInstance: false });
    expect(await second.ended).toBe(0);
    expect(second.asked.map(({ what }) => what)).toEqual(['schemes', 'appUserModelId', 'quit']);
    const link = desktop.next<string>('load');
    await desktop.act('emit', {
      target: 'app',
      event: 'second-instance',
      args: [['harrier', '--config', '/etc/passwd', 'harrier://job/12#L3']],
    });
    expect(await link).toBe('app://harrier/#/jobs/12/L3');
    const at = desktop.asked.length;
    const focused = desktop.next('focus');
    await desktop.act('emit', {
      target: 'app',
      event: 'second-instance',
      args: [['harrier', 'harrier://runner/x/remove', 'https://evil.example']],
    });
    await focused;
    expect(desktop.asked.slice(at).filter(({ what }) => ['load', 'external', 'dialog'].includes(what))).toEqual([]);
  });

  it('a call counts only from the main frame of the window (S10)', async () => {
    const { desktop } = await withRunner();
    expect(await snapshotOf(desktop)).toMatchObject({ host: { kind: 'electron' } });
    for (const from of ['app://harrier/', 'https://evil.example/', 'app://harrier.evil/', 'null', ''])
      expect(await desktop.call('engine.stop', { mode: 'now' }, from)).toMatchObject({ ok: false });
    expect((await snapshotOf(desktop)).state).not.toBe('stopped');
  });

  it('the same sentence in the tray, its tooltip, the window and harrier status (TR1)', async () => {
    const { desktop, folder, coordinator } = await withRunner();
    const status = (): string =>
      spawnSync(process.execPath, [resolve('dist/cli.js'), 'status', '--config', join(folder, 'config.toml')], {
        env: { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder, HARRIER_DATA: join(folder, 'data') },
        encoding: 'utf8',
      }).stdout;
    const allSay = async (text: string): Promise<void> => {
      await desktop.next('trayMenu', (menu: { label?: string }[]) => menu[0]?.label === text, 0);
      expect([tooltip(desktop), firstOfMenu(desktop), (await snapshotOf(desktop)).stateText]).toEqual([
        `Harrier: ${text}`,
        text,
        text,
      ]);
      expect(status()).toContain(text);
    };
    await allSay('Idle, waiting for jobs');
    const gate = join(folder, 'go');
    const job = coordinator.queue({ name: 'long', script: [`until [ -e ${gate} ]; do sleep 0.05; done`] });
    await allSay('Busy, 1 job');
    await desktop.act('click', 'Finish jobs, then stop');
    await allSay('Finishing 1 job, then stops');
    const stopped = desktop.next('tooltip', (text) => text === 'Harrier: Stopped');
    writeFileSync(gate, '');
    await stopped;
    expect(job.state).toBe('success');
    const idle = desktop.next('tooltip', (text) => text === 'Harrier: Idle, waiting for jobs');
    await desktop.act('click', 'Start');
    await idle;
    await desktop.act('click', 'Until I resume');
    await allSay('Paused');
    const resumed = desktop.next('tooltip', (text) => text === 'Harrier: Idle, waiting for jobs');
    await desktop.act('click', 'Resume');
    await resumed;
  });

  it('the menu alone opens the window, running jobs and the last failure (TR2)', async () => {
    const { desktop, folder, coordinator } = await withRunner({ args: ['--hidden'] });
    const broken = coordinator.queue({ name: 'broken', script: ['exit 3'] });
    await broken.done;
    const gate = join(folder, 'go');
    coordinator.queue({ name: 'long', script: [`until [ -e ${gate} ]; do sleep 0.05; done`] });
    const rows = (menu: readonly Row[]): string[] => menu.map(({ label }) => label ?? '-');
    const menu = await desktop.next<Row[]>(
      'trayMenu',
      (now) => rows(now).some((row) => row.startsWith('Running')) && rows(now).some((row) => row.startsWith('Last')),
      0,
    );
    expect(rows(menu)).toEqual([
      'Busy, 1 job',
      '-',
      'Open Harrier',
      'Running jobs (1)',
      expect.stringMatching(/^Last failed: broken · /),
      '-',
      'Pause',
      'Finish jobs, then stop',
      'Stop now',
      '-',
      'Quit Harrier',
    ]);
    expect(desktop.asked.some(({ what }) => what === 'window')).toBe(false);
    const keyOf = async (name: string): Promise<string | undefined> =>
      (await snapshotOf(desktop)).jobs.find((job) => job.name === name)?.key;
    const failed = desktop.next<string>('load');
    await desktop.act('click', rows(menu)[4]);
    expect(await failed).toBe(`app://harrier/#/jobs/${await keyOf('broken')}`);
    const running = desktop.next<string>('load');
    await desktop.act('click', menu[3]?.submenu?.[0]?.label);
    expect(await running).toBe(`app://harrier/#/jobs/${await keyOf('long')}`);
    const shown = desktop.next('focus');
    await desktop.act('click', 'Open Harrier');
    await shown;
    writeFileSync(gate, '');
  });

  it('closing the window asks on Linux, and not again once it was remembered (TR4)', async () => {
    const { desktop, folder } = await withRunner();
    const asked = desktop.next<{ message: string; checkboxLabel: string }>('dialog');
    const gone = desktop.next('destroyed');
    await desktop.act('answer', { button: 'Keep running', remember: true });
    await desktop.act('close');
    expect(await asked).toMatchObject({ message: 'Keep Harrier running?', checkboxLabel: 'Remember this' });
    await gone;
    expect(readFileSync(join(folder, 'config.toml'), 'utf8')).toContain('close_window = "keep"');
    const again = desktop.next('show');
    await desktop.act('emit', { target: 'app', event: 'second-instance', args: [['harrier']] });
    await again;
    const closed = desktop.next('destroyed');
    await desktop.act('close');
    await closed;
    expect(desktop.asked.filter(({ what }) => what === 'dialog')).toHaveLength(1);
    expect((await snapshotOf(desktop)).state).toBe('idle');
  });

  it('"close = quit" is a setting (TR4)', async () => {
    const { desktop } = await withRunner({ globals: '[harrier]\n  close_window = "quit"' });
    await desktop.act('close').catch(() => {});
    expect(await desktop.ended).toBe(0);
    expect(desktop.asked.some(({ what }) => what === 'dialog')).toBe(false);
  });

  const running = async (given: Awaited<ReturnType<typeof withRunner>>) => {
    const gate = join(given.folder, 'go');
    const job = given.coordinator.queue({
      name: 'long',
      script: [`until [ -e ${gate} ]; do sleep 0.05; done`],
    });
    await job.reached('running');
    await given.desktop.next('tooltip', (text) => text === 'Harrier: Busy, 1 job', 0);
    return { job, go: () => writeFileSync(gate, '') };
  };

  it('the process of the window dies twice during a job: loaded again once, then closed; the job goes on (S22)', async () => {
    const given = await withRunner();
    const { desktop } = given;
    const { job, go } = await running(given);
    const crash = { target: 'contents', event: 'render-process-gone', args: [{ reason: 'crashed', exitCode: 11 }] };
    const reloaded = desktop.next('reload');
    await desktop.act('emit', crash);
    await reloaded;
    const closed = desktop.next('destroyed');
    await desktop.act('emit', crash);
    await closed;
    expect(desktop.asked.filter(({ what }) => what === 'reload')).toHaveLength(1);
    await desktop.act('emit', {
      target: 'app',
      event: 'child-process-gone',
      args: [{ type: 'GPU', reason: 'killed', exitCode: 9 }],
    });
    await desktop.act('throwLater', 'thrown in the middle');
    await desktop.said('thrown in the middle');
    expect(desktop.log()).toMatch(/process of the window is gone.*reason=crashed/);
    expect(desktop.log()).toMatch(/helper process is gone.*type=GPU/);
    const shown = desktop.next('window');
    await desktop.act('click', 'Open Harrier');
    await shown;
    go();
    await job.done;
    expect(job.state).toBe('success');
  });

  it('quitting with a job asks: stay changes nothing, finish lets it end (RUN2, S23)', async () => {
    const given = await withRunner();
    const { desktop } = given;
    const { job, go } = await running(given);
    await desktop.act('answer', { button: 'Keep running' });
    const asked = desktop.next<{ message: string }>('dialog');
    await desktop.act('quit');
    expect(await asked).toMatchObject({ message: 'A job is running' });
    await desktop.act('answer', { button: 'Finish jobs, then quit' });
    const draining = desktop.next('tooltip', (text) => text === 'Harrier: Finishing 1 job, then stops');
    await desktop.act('quit');
    await draining;
    go();
    expect(await desktop.ended).toBe(0);
    expect(job.state).toBe('success');
  });

  it.each([
    { why: 'the system goes down', target: 'powerMonitor', event: 'shutdown', waits: true },
    { why: 'Windows ends the session', target: 'window', event: 'session-end', waits: false },
  ])('$why: no question, the job is reported, then the app ends (S23)', async ({ target, event, waits }) => {
    const given = await withRunner();
    const { desktop } = given;
    const { job } = await running(given);
    expect(await desktop.act('emit', { target, event })).toEqual({ prevented: waits });
    // The system may also ask the app to quit meanwhile.
    await desktop.act('quit').catch(() => {});
    expect(await desktop.ended).toBe(0);
    expect(job.finals.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'runner_interrupted' });
    expect(desktop.asked.some(({ what }) => what === 'dialog')).toBe(false);
  });

  it('a note of a failed job is shown by the system, and a click opens its log (NOT1)', async () => {
    const { desktop, coordinator } = await withRunner({ globals: '[harrier]\n  notifications = true' });
    const shown = desktop.next<{ title: string }>('notification');
    const job = coordinator.queue({ name: 'broken', script: ['exit 3'] });
    await job.done;
    expect(await shown).toMatchObject({ title: 'broken failed' });
    const opened = desktop.next<string>('load');
    await desktop.act('clickNote');
    expect(await opened).toMatch(/^app:\/\/harrier\/#\/jobs\/.+/);
  });

  it('what cannot be loaded is told in a box, since there is no window yet', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'config.toml'), 'concurrent = = 1\n');
    const desktop = open(folder);
    const box = await desktop.next<{ title: string; text: string }>('errorBox', undefined, 0);
    expect(box.text).toContain('config.toml:1');
    expect(await desktop.ended).toBe(1);
  });

  it('another engine on the same file: the window opens all the same, and says so', async () => {
    const { folder } = await withRunner();
    const second = open(folder);
    expect(await second.next<{ message: string }>('dialog', undefined, 0)).toMatchObject({
      type: 'error',
      message: expect.stringContaining('already'),
    });
    await second.next('load', undefined, 0);
    expect((await snapshotOf(second)).state).toBe('stopped');
  });

  it('speaks to the coordinator and to nobody else: started, idle, at work, with its window, stopped (PRV1)', async () => {
    const contacts = join(emptyFolder(), 'contacts');
    const { desktop, coordinator } = await withRunner({ contacts });
    const job = coordinator.queue({ name: 'works', script: ['echo x'] });
    await job.done;
    for (const call of ['engine.snapshot', 'config.read', 'settings.read', 'machine.find', 'docker.engines'])
      expect(await desktop.call(call, {})).toMatchObject({ ok: true });
    const { value } = await desktop.call<{ value: EngineSnapshot }>('engine.snapshot', {});
    expect(await desktop.call('runner.verify', { runner: value.runners[0]?.key })).toMatchObject({ ok: true });
    await desktop.act('quit').catch(() => {});
    expect(await desktop.ended).toBe(0);
    const seen = readFileSync(contacts, 'utf8').trim().split('\n');
    const { host, hostname } = new URL(coordinator.url);
    expect(seen).toContain('watching');
    expect(seen).toContain(host);
    expect([...new Set(seen)].filter((one) => !['watching', host, `name ${hostname}`].includes(one))).toEqual([]);
  });

  it('macOS: a template drawing in the menu bar; the Dock shows Harrier while a window is open, or always (TR5)', async () => {
    const { desktop } = await withRunner({ platform: 'darwin' });
    const tray = desktop.asked.find(({ what }) => what === 'tray')?.detail as { image: string };
    expect(tray).toMatchObject({ isTemplate: true, image: expect.stringMatching(/Template\.png$/) });
    expect(readFileSync(tray.image.replace('.png', '@2x.png')).length).toBeGreaterThan(0);
    const dock = (): unknown[] => desktop.asked.filter(({ what }) => what === 'dock').map(({ detail }) => detail);
    await desktop.next('load', undefined, 0);
    expect(dock()).toEqual([true]);
    // The tray is certain there: closing asks nothing.
    await desktop.act('close');
    expect(dock()).toEqual([true, false]);
    expect(desktop.asked.some(({ what }) => what === 'dialog')).toBe(false);
    await desktop.call('settings.change', { dockIcon: 'always' });
    const shown = desktop.next('window');
    await desktop.act('emit', { target: 'app', event: 'activate' });
    await shown;
    await desktop.act('close');
    expect(dock()).toEqual([true, false, true]);
  });

  it('started hidden on macOS: neither window nor Dock icon (TR5)', async () => {
    const { desktop } = await withRunner({ platform: 'darwin', args: ['--hidden'] });
    await desktop.next('dock', (isShown) => isShown === false, 0);
    expect(desktop.asked.some(({ what }) => what === 'window')).toBe(false);
  });

  it('Windows: the icon in the notification area has a number that stays (TR5)', async () => {
    const desktop = open(emptyFolder(), { platform: 'win32' });
    const { guid } = await desktop.next<{ guid: string }>('tray', undefined, 0);
    expect(guid).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const other = open(emptyFolder(), { platform: 'win32' });
    expect(await other.next('tray', undefined, 0)).toMatchObject({ guid });
  });
});
