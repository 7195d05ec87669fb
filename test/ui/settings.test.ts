import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createAuthority } from '../../src-main/gitlab/testing/authority.ts';
import { startProxy } from '../../src-main/gitlab/testing/proxy-server.ts';
import { createTestApp, startApp } from '../support/app.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { createFakeApp } from '../support/fake-app.ts';
import { busyScene, manyJobs } from '../support/recordings.ts';
import { describeWith, itWith } from '../support/require.ts';
import { busyApp, now, useWindows, violations } from './harness.ts';

/** SET1 and JOB4 as a person meets them: the real engine behind the real window. */
describeWith(['chromium', 'bash'], 'settings in a real browser', () => {
  const windows = useWindows();
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const keep = <T extends { close(): unknown }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'harrier-settings-'));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };
  const textOf = (folder: string): string => readFileSync(join(folder, 'config.toml'), 'utf8');
  /** A coordinator that only a proxy finds: its name is known to nobody else. */
  const hidden = ({ url, token }: TestCoordinator) => ({ url: url.replace('127.0.0.1', 'gitlab.test'), token });

  itWith('posix', 'a proxy: tried before it is saved, used at once; its login never reaches the window', async () => {
    const folder = newFolder();
    const coordinator = keep(await startTestCoordinator());
    const proxy = keep(await startProxy({ login: 'me:planted-secret' }));
    const app = keep(await startApp(folder, hidden(coordinator), { globals: '# mine stays' }));
    const { page } = await windows.open(app, { hash: '#/settings' });
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('http://gitlab.test').filter({ hasText: 'cannot be reached' }).waitFor();
    await page.getByRole('radio', { name: 'This one' }).check();
    const address = page.getByLabel('Address of the proxy');
    await address.fill('socks5://me:planted-secret@127.0.0.1');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('or the address of an HTTP proxy').waitFor();
    expect(await address.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByText('planted-secret').count()).toBe(0);
    await address.fill(proxy.url);
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText(/407/).waitFor();
    await address.fill(proxy.url.replace('//', '//me:planted-secret@'));
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText(`GitLab answers, through the proxy ${proxy.url}`).waitFor();
    expect(textOf(folder)).not.toContain('proxy');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('stay while the address stays').waitFor();
    await expect.poll(() => coordinator.asked(coordinator.token)).toBeGreaterThan(0);
    expect(textOf(folder)).toMatch(/# mine stays[\s\S]*\[harrier\]\n\s*proxy = "http:\/\/me:planted-secret@/);
    await page.reload();
    await page.getByText('stay while the address stays').waitFor();
    expect(await address.inputValue()).toBe(proxy.url);
    await page.getByLabel('Reached without it').fill('gitlab.com');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => textOf(folder)).toMatch(/me:planted-secret@[\s\S]*no_proxy = "gitlab\.com"/);
    expect(JSON.stringify(app.snapshot())).not.toContain('planted-secret');
    expect(await violations(page)).toEqual([]);
  });

  itWith('posix', 'a runner has a proxy of its own, with a test of its own', async () => {
    const folder = newFolder();
    const coordinator = keep(await startTestCoordinator());
    const proxy = keep(await startProxy());
    const app = keep(await startApp(folder, hidden(coordinator), { globals: '[harrier]\nproxy = "none"' }));
    const [runner] = app.snapshot().runners;
    const { page } = await windows.open(app, { hash: `#/runners/${runner?.key}/edit` });
    const field = page.getByLabel('Proxy');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByLabel('What was reached').getByText('cannot be reached').waitFor();
    await field.fill(proxy.url);
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText(`through the proxy ${proxy.url}`).waitFor();
    await field.fill('carrier pigeon');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('or the address of an HTTP proxy').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await field.fill(proxy.url);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => coordinator.asked(coordinator.token)).toBeGreaterThan(0);
    expect(textOf(folder)).toContain(`proxy = "${proxy.url}"`);
  });

  itWith(['posix', 'openssl'], 'a file of further authorities is checked, tried and used', async () => {
    const folder = newFolder();
    const authority = keep(createAuthority());
    const { key, cert } = authority.issue('localhost', 'DNS:localhost');
    const coordinator = keep(await startTestCoordinator({ tls: { key, cert } }));
    const app = keep(await startApp(folder, coordinator));
    const { page } = await windows.open(app, { hash: '#/settings' });
    const field = page.getByLabel('File of further authorities');
    const damaged = join(folder, 'damaged.pem');
    writeFileSync(damaged, 'nothing of use');
    await field.fill(damaged);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('there is no certificate in it that can be read').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('no secure connection to').waitFor();
    await field.fill(authority.caPath);
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('GitLab answers.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => coordinator.asked(coordinator.token)).toBeGreaterThan(0);
  });

  itWith('posix', 'history: limits count at once, when a job ends and at a start; a running job stays', async () => {
    const folder = newFolder();
    const coordinator = keep(await startTestCoordinator());
    let app = await startApp(folder, coordinator, { globals: '[harrier]\nhistory_count = 300' });
    closers.push(() => app.close());
    const run = async (name: string) => {
      const job = coordinator.queue({ name, script: [`echo ${name}`] });
      await job.done;
      await expect.poll(() => app.snapshot().jobs.find((each) => each.id === job.id)?.endedMs).toBeDefined();
    };
    for (const name of ['one', 'two', 'three']) await run(name);
    const go = join(folder, 'go');
    const long = coordinator.queue({ name: 'long', script: [`while [ ! -e ${go} ]; do sleep 0.05; done`] });
    const { page } = await windows.open(app, { hash: '#/settings' });
    await page.getByText('Now: 3 ended jobs').waitFor();
    const most = page.getByLabel('Ended jobs at most');
    expect(await most.locator('option:checked').textContent()).toBe('300');
    await most.selectOption('500 jobs');
    await expect.poll(() => textOf(folder)).toContain('history_count = 500');
    await page.getByLabel('Not older than').selectOption('30 days');
    await expect.poll(() => textOf(folder)).toContain('history_age = "720h"');
    const names = () =>
      page.getByRole('option').evaluateAll((rows) => rows.map((row) => row.getAttribute('title')?.split(/\s/)[0]));
    await page.evaluate(() => void (location.hash = '#/jobs'));
    await expect.poll(names).toEqual(['long', 'three', 'two', 'one']);
    writeFileSync(join(folder, 'config.toml'), textOf(folder).replace('history_count = 500', 'history_count = 1'));
    await expect.poll(names, { timeout: 10_000 }).toEqual(['long', 'three']);
    writeFileSync(go, '');
    await long.done;
    await expect.poll(names).toEqual(['long']);
    await page.getByLabel('Lines of the log').getByText('Job succeeded').waitFor();
    await app.close();
    writeFileSync(join(folder, 'config.toml'), textOf(folder).replace('history_count = 1', 'history_count = 0'));
    app = await createTestApp(folder);
    expect(app.snapshot().jobs.map(({ name }) => name)).toEqual(['long']);
    await app.start();
    expect(app.snapshot().jobs).toEqual([]);
    await expect.poll(() => readdirSync(join(folder, 'data', 'jobs'))).toEqual([]);
  });

  it('a limit that removes jobs asks first, and says how many', async () => {
    const app = createFakeApp({
      ...busyScene(now),
      jobs: manyJobs(now, 3000).map((job) => ({ ...job, endedMs: now })),
    });
    const { page } = await windows.open(app, { hash: '#/settings' });
    const most = page.getByLabel('Ended jobs at most');
    await most.selectOption('500 jobs');
    await page.getByRole('dialog', { name: 'Remove 2,500 jobs?' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await most.inputValue()).toBe('2000');
    await most.selectOption('500 jobs');
    await page.getByRole('button', { name: 'Remove 2,500 jobs' }).click();
    await expect.poll(() => most.inputValue()).toBe('500');
    await most.selectOption('10,000 jobs');
    expect(app.asked.filter(({ name }) => name === 'settings.change').map(({ input }) => input)).toEqual([
      { historyCount: 500 },
      { historyCount: 10_000 },
    ]);
  });

  itWith(
    'posix',
    'folders say what decides on them; a reset says what goes, and config.toml keeps the rest',
    async () => {
      const folder = newFolder();
      const coordinator = keep(await startTestCoordinator());
      const globals =
        '[harrier]\n# on purpose\nmin_free_disk = "1m"\nproxy = "none"\nstart_paused = true\nhistory_age = "90m"';
      const app = keep(
        await startApp(folder, coordinator, { globals, runner: '  builds_dir = "/tmp/harrier-own-builds"' }),
      );
      const { page } = await windows.open(app, { hash: '#/settings' });
      await page.getByText(join(folder, 'data'), { exact: true }).waitFor();
      await page.getByText('/tmp/harrier-own-builds').waitFor();
      await page.getByText('It counts from the next start').waitFor();
      await page.getByRole('button', { name: 'Copy path: Builds' }).click();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('/tmp/harrier-own-builds');
      await page.getByText('There is no other language yet').waitFor();
      expect(await page.getByLabel('Not older than').locator('option:checked').textContent()).toBe('90m');
      await page.getByRole('group', { name: 'Theme' }).getByLabel('Dark').check();
      await page.getByRole('button', { name: 'Reset settings' }).click();
      await page.getByText('Runners, their tokens and everything else in config.toml stay').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
      await page.getByText('All settings of this page are as they were at first.').waitFor();
      const after = textOf(folder);
      expect(after).toMatch(/\[harrier\]\n# on purpose\nmin_free_disk = "1m"\n/);
      expect(after).toContain(coordinator.token);
      expect(after).not.toMatch(/proxy|start_paused|history/);
      expect(await page.getByRole('checkbox', { name: /^Start paused/ }).isChecked()).toBe(false);
      expect(await page.getByRole('radio', { name: 'As the system says' }).isChecked()).toBe(true);
      expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('light');
      expect(readFileSync(join(folder, 'config.toml.bak'), 'utf8')).toContain('proxy = "none"');
    },
  );

  itWith('posix', 'what does not fit this machine stands in the editor and in the health', async () => {
    const folder = newFolder();
    const coordinator = keep(await startTestCoordinator());
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    closers.push(() => other.close());
    const { port } = other.address() as AddressInfo;
    const app = keep(
      await startApp(folder, coordinator, {
        executor: 'custom',
        runner: '  [runners.custom]\n    run_exec = "/nowhere/run"',
      }),
    );
    const { page } = await windows.open(app, { hash: '#/settings' });
    await page.getByText('mine: /nowhere/run is no program that can be run').waitFor();
    await page.evaluate(() => void (location.hash = '#/config'));
    await page.getByRole('button', { name: /1 hint/ }).click();
    await page.getByText('/nowhere/run is no program that can be run. Check the path').first().waitFor();
    await app.handlers['config.read']({}).then(({ text, revision }) =>
      app.handlers['config.check']({
        text: `${text}\n[session_server]\nlisten_address = "127.0.0.1:${port}"\n`,
        revision,
      }),
    );
    await page.reload();
    await page.getByRole('button', { name: /2 hints/ }).click();
    await page.getByText(`port ${port} is used by another program on this machine`).first().waitFor();
  });

  it('sizes of letters stay over a reload and leave nothing out of reach', async () => {
    const { page } = await windows.open(busyApp(), { hash: '#/jobs/r-mbp-8980' });
    const heightOf = (label: string) =>
      page
        .getByLabel(label)
        .locator('[data-line]')
        .first()
        .evaluate((row) => row.getBoundingClientRect().height);
    await page.getByText('webhooks.test.ts').first().waitFor();
    const before = await heightOf('Lines of the log');
    await page.evaluate(() => void (location.hash = '#/settings'));
    await page.getByRole('group', { name: 'Letters in the log' }).getByLabel('16 px').check();
    await page.getByRole('group', { name: 'Size of the letters' }).getByLabel('15 px').check();
    await page.reload();
    await page.evaluate(() => void (location.hash = '#/jobs/r-mbp-8980'));
    await page.getByText('webhooks.test.ts').first().waitFor();
    expect(await heightOf('Lines of the log')).toBeCloseTo((before * 16 * 15) / (12 * 13), 0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.evaluate(() => void (location.hash = '#/runners'));
    const button = page.getByRole('button', { name: 'More for nightly' });
    await button.click();
    const [at, menu] = [await button.boundingBox(), await page.getByRole('menu').boundingBox()];
    expect((menu?.x ?? 0) + (menu?.width ?? 0)).toBeCloseTo((at?.x ?? 0) + (at?.width ?? 0), 0);
  });
});
