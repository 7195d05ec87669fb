import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { startTestCoordinator } from '../support/coordinator/index.ts';
import { createFakeApp } from '../support/fake-app.ts';
import { busyScene, emptyScene } from '../support/recordings.ts';
import { describeWith, tool } from '../support/require.ts';
import { terminalApp, terminalJob } from '../support/terminal-scene.ts';
import { busyApp, now, useWindows } from './harness.ts';
import { launchBrowser, openWindow } from './window.ts';

const go = (page: Page, hash: string) => page.evaluate((to) => void (location.hash = to), hash);
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();

describeWith(['chromium', 'bash'], 'security in a real browser', () => {
  const windows = useWindows();

  it('a violation of the policy is noticed: without this, the next test could not fail', async () => {
    const browser = await launchBrowser(tool('chromium').path);
    try {
      const { page, complaints, close } = await openWindow(browser, busyApp());
      await page.evaluate(() => {
        const image = document.createElement('img');
        image.src = 'https://evil.example/x.png';
        document.body.append(image);
      });
      await expect.poll(() => complaints.join('\n')).toContain('policy: img-src https://evil.example/x.png');
      await close();
    } finally {
      await browser.close();
    }
  });

  // What the browser complains about fails each test of this block (harness.ts).
  it('every view, dialog and library goes without a violation of the policy (S3)', async () => {
    const { page } = await windows.open(createFakeApp(emptyScene), { hash: '#/jobs' });
    await page.getByRole('button', { name: 'Connect to GitLab' }).waitFor();
    for (const hash of ['#/runners', '#/pipelines', '#/terminals', '#/containers', '#/config', '#/settings']) {
      await go(page, hash);
      await page.getByRole('heading').first().waitFor();
    }
    const busy = await windows.open(busyApp(), { hash: '#/jobs/r-mbp-8980' });
    const { page: second } = busy;
    await second.locator('[data-problem]').first().waitFor();
    await second.getByLabel('Search log').fill('refund');
    await second.getByLabel('Wrap lines').click();
    await go(second, '#/jobs/r-mbp-9001');
    await second.getByText('41 of 63 tests').waitFor();
    for (const hash of [
      '#/runners/r-shell',
      '#/runners/r-shell/edit',
      '#/runners/add',
      '#/pipelines',
      '#/pipelines/p1',
      '#/pipelines/run',
    ]) {
      await go(second, hash);
      await second.getByRole('heading').first().waitFor();
    }
    await go(second, '#/containers');
    await press(second, 'Remove…');
    await second.getByRole('dialog').waitFor();
    await second.keyboard.press('Escape');
    await go(second, '#/config');
    await second.locator('.cm-content').first().waitFor();
    await second.locator('.cm-content').first().click();
    await second.keyboard.type('# typed');
    await go(second, '#/settings');
    await second.getByLabel('Dark').check();
    await second.keyboard.press('Control+k');
    await second.getByRole('dialog').waitFor();
    await second.keyboard.press('Escape');
    await second.keyboard.press('?');
    await second.getByRole('dialog').waitFor();
    const terminal = await windows.open(terminalApp(now), { hash: `#/jobs/${terminalJob}` });
    await press(terminal.page, 'Terminal');
    await terminal.page.locator('.xterm-rows').waitFor();
  });

  it('names of jobs, branches, images, runners and messages are texts, wherever they stand (S28)', async () => {
    const evil = '<img src=x onerror="document.title=1"><svg onload="document.title=2"></svg>![a](javascript:alert(1))';
    const app = busyApp();
    const scene = busyScene(now);
    app.change({
      runners: (scene.runners ?? []).map((runner) => ({ ...runner, name: evil, reason: evil, tokenTail: evil })),
      jobs: (scene.jobs ?? []).map((job) => ({
        ...job,
        name: evil,
        project: evil,
        ref: evil,
        stage: evil,
        runnerName: evil,
        ...(job.state === 'failed' ? { message: evil } : {}),
        webUrl: 'javascript:document.title=3',
        stages: job.stages.map((stage) => ({ ...stage, name: evil })),
        details: { image: evil, services: evil },
      })),
      pipelines: (scene.pipelines ?? []).map((pipeline) => ({ ...pipeline, ref: evil, folder: evil })),
      notices: [{ id: 'n', level: 'warning', text: evil }],
      stateText: evil,
    });
    const { page } = await windows.open(app, { hash: '#/jobs' });
    const [job] = app.snapshot().jobs;
    for (const hash of [
      '#/jobs',
      `#/jobs/${job?.key}`,
      '#/jobs/r-mbp-8980',
      '#/runners',
      '#/runners/r-mbp',
      '#/pipelines',
      '#/pipelines/p1',
      '#/terminals',
    ]) {
      await go(page, hash);
      await page.getByRole('heading').first().waitFor();
      await page.getByText('<img src=x').first().waitFor();
      expect(await page.locator('img, svg[onload], script:not([src])').count(), hash).toBe(0);
      expect(await page.locator('a[href^="javascript:"]').count(), hash).toBe(0);
      expect(await page.title()).toBe('Harrier');
    }
    app.tell('note.show', { id: '1', level: 'failure', title: evil, body: evil, link: '#/runners' });
    await page.getByRole('region', { name: 'Notifications' }).getByText('<img src=x').first().waitFor();
    expect(await page.locator('img, svg[onload]').count()).toBe(0);
    expect(await page.title()).toBe('Harrier');
  });

  it('a terminal cannot name the window, open a link by itself or put anything into the clipboard (S28)', async () => {
    const app = terminalApp(now);
    const { page } = await windows.open(app, { hash: `#/jobs/${terminalJob}` });
    await page.evaluate(() => navigator.clipboard.writeText('mine'));
    await press(page, 'Terminal');
    await page.locator('.xterm').waitFor();
    await expect.poll(() => app.shells.length).toBeGreaterThan(0);
    const [shell] = app.shells;
    shell?.print(
      `\x1b]0;owned\x07\x1b]2;owned\x07\x1b]52;c;${Buffer.from('planted').toString('base64')}\x07\x1b]8;;javascript:document.title=1\x07click me\x1b]8;;\x07\r\n\x1b[?1049h\x1b[21t\x1b[cdone`,
    );
    await expect.poll(() => page.locator('.xterm-rows').innerText()).toContain('done');
    expect(await page.title()).toBe('Harrier');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('mine');
    expect(await page.locator('.xterm a').count()).toBe(0);
    // Asked for its title, a terminal that answers would type the text of the attacker into the shell.
    expect(shell?.typed ?? '').not.toContain('owned');
  });

  it('the wizard is as it was after the window was closed and opened anew; the token is asked for again (ON3)', async () => {
    const app = createFakeApp(emptyScene);
    const { page, host } = await windows.open(app, { hash: '#/runners/add' });
    await page.getByLabel('Server address').fill('gitlab.orbit.dev');
    await page.keyboard.press('Enter');
    await page.getByLabel('Token', { exact: true }).fill(' glrt-\n good ');
    await page.keyboard.press('Enter');
    await page.getByRole('radio', { name: /^SSH/ }).check();
    await page.getByLabel('Host').fill('build.local');
    const context = page.context();
    await page.close();
    const again = await context.newPage();
    await again.goto(`${new URL(host.url).origin}/#/runners/add`);
    await again.getByText('Tokens and passwords are not kept').waitFor();
    expect(await again.getByLabel('Token', { exact: true }).inputValue()).toBe('');
    await again.getByLabel('Token', { exact: true }).fill('glrt-good');
    await again.keyboard.press('Enter');
    await again.getByLabel('Host').waitFor();
    expect(await again.getByLabel('Host').inputValue()).toBe('build.local');
    expect(app.asked.findLast(({ name }) => name === 'token.check')?.input).toMatchObject({ token: 'glrt-good' });
  });

  /** From the first step to the end, with an answer of GitLab. */
  const addRunner = async (page: Page) => {
    await page.getByLabel('Server address').fill('gitlab.orbit.dev');
    await page.keyboard.press('Enter');
    const token = page.getByLabel('Token', { exact: true });
    await token.waitFor();
    expect(await token.getAttribute('type')).toBe('password');
    await token.fill('glrt-planted-7Kfa');
    await page.keyboard.press('Enter');
    for (const name of ['Continue', 'Continue', 'Add runner']) await press(page, name);
    await page.getByRole('button', { name: 'Add another runner' }).waitFor();
  };
  const added = async (host: 'electron' | 'web') => {
    const app = createFakeApp({
      ...emptyScene,
      host: { kind: host, platform: 'linux', canPickFolder: host !== 'web' },
    });
    let asked = false;
    const { login: _login, ...settings } = await app.handlers['settings.read']({});
    app.answer('settings.change', async () => {
      asked = true;
      return { ok: true };
    });
    app.answer('settings.read', async () => ({
      ...settings,
      asked,
      notifications: false,
      ...(host === 'electron' ? { login: { on: false, needsApproval: false } } : {}),
    }));
    app.answer('runner.add', async () => {
      const [runner] = (busyScene(now).runners ?? []).filter(({ key }) => key === 'r-mbp');
      app.change({ state: 'idle', runners: runner ? [runner] : [] });
      return { runner: 'r-mbp' };
    });
    return app;
  };

  it('notifications and start at login are asked once, both off until somebody says yes (ON4)', async () => {
    const app = await added('electron');
    const { page } = await windows.open(app, { hash: '#/runners/add' });
    await addRunner(page);
    const notify = page.getByRole('checkbox', { name: /^Notify me/ });
    const login = page.getByRole('checkbox', { name: /^Start when I log in/ });
    expect([await notify.isChecked(), await login.isChecked()]).toEqual([false, false]);
    expect(app.asked.filter(({ name }) => name === 'settings.change' || name === 'login.set')).toEqual([]);
    await press(page, /^Save answers/);
    await page.getByText('Settings changes it at any time').waitFor();
    expect(app.asked.filter(({ name }) => name === 'settings.change').map(({ input }) => input)).toEqual([
      { notifications: false },
    ]);
    expect(app.asked.some(({ name }) => name === 'login.set')).toBe(false);
    await press(page, 'Add another runner');
    await addRunner(page);
    expect(await page.getByRole('checkbox', { name: /^Notify me/ }).count()).toBe(0);
  });

  it('a token is typed unseen and never shown again: its last four characters are (ON5)', async () => {
    const app = await added('web');
    const { page } = await windows.open(app, { hash: '#/runners/add' });
    await addRunner(page);
    await press(page, 'Show runner');
    await page.getByText('7Kfa').first().waitFor();
    await press(page, 'Ask GitLab');
    const input = page.getByLabel('Personal access token');
    expect([await input.getAttribute('type'), await input.inputValue()]).toEqual(['password', '']);
    expect(await input.getAttribute('autocomplete')).toBe('off');
    await page.keyboard.press('Escape');
    await go(page, '#/config');
    await page.locator('.cm-content').first().waitFor();
    expect(await page.content()).not.toMatch(/glrt-planted/);
    const stored = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(stored).not.toMatch(/planted/);
  });

  it('in a browser nothing is dead: what needs the desktop is not there, or done another way (WEB1)', async () => {
    const app = busyApp();
    // A call that only the desktop can answer.
    for (const name of ['folder.pick', 'link.open', 'login.set'] as const)
      app.answer(name, async () => {
        throw new Error(`${name} was asked of the web host`);
      });
    const { page } = await windows.open(app, { hash: '#/settings' });
    await page.getByRole('checkbox', { name: /^Notify me/ }).waitFor();
    for (const absent of ['Start when I log in', 'Start hidden', 'Closing the window', 'Icon in the Dock'])
      expect(await page.getByText(absent).count(), absent).toBe(0);
    // A folder is chosen in the window, a link is an ordinary one, a log comes as a download, a note stands in the page.
    await go(page, '#/pipelines/run');
    await page.getByText('payments-api').first().waitFor();
    await go(page, '#/jobs/r-mbp-8980');
    await page.locator('[data-problem]').first().waitFor();
    const links = await page
      .locator('a[target]')
      .evaluateAll((all) => all.map((link) => [link.getAttribute('href')?.slice(0, 8), link.getAttribute('rel')]));
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(link).toEqual(['https://', 'noreferrer noopener']);
    await press(page, 'Save, copy, open');
    const raw = page.getByRole('menuitem', { name: 'Save as the job printed it' });
    const [download] = await Promise.all([page.waitForEvent('download'), raw.click()]);
    expect(download.suggestedFilename()).toMatch(/\.log$/);
    app.tell('note.show', { id: '1', level: 'info', title: 'told here', body: '', link: '#/jobs' });
    await page.getByText('told here').waitFor();
    expect(app.asked.filter(({ name }) => ['folder.pick', 'link.open', 'login.set'].includes(name))).toEqual([]);
  });

  it('the process of the page dies during a job: the job goes on, and the page comes back with its whole log (S22)', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'harrier-crash-')));
    const coordinator = await startTestCoordinator();
    const app = await startApp(folder, coordinator);
    try {
      const gate = join(folder, 'go');
      const job = coordinator.queue({
        name: 'long',
        script: ['echo before', `until [ -e ${gate} ]; do sleep 0.05; done`, 'echo after'],
      });
      await job.reached('running');
      const { page, host } = await windows.open(app, { hash: '#/jobs' });
      await page.getByText('before', { exact: true }).waitFor();
      const session = await page.context().newCDPSession(page);
      const crashed = page.waitForEvent('crash');
      void session.send('Page.crash').catch(() => {});
      await crashed;
      const again = await page.context().newPage();
      await page.close();
      await again.goto(`${new URL(host.url).origin}/#/jobs/${app.snapshot().jobs[0]?.key}`);
      await again.getByText('before', { exact: true }).waitFor();
      writeFileSync(gate, '');
      await again.getByText('after', { exact: true }).waitFor();
      await job.done;
      expect(job.state).toBe('success');
    } finally {
      await app.close();
      await coordinator.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
