import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { startApp } from '../support/app.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import type { FakeApp } from '../support/fake-app.ts';
import { describeWith } from '../support/require.ts';
import { terminalApp, terminalJob } from '../support/terminal-scene.ts';
import { now, useWindows, violations } from './harness.ts';

const screen = (page: Page) => page.locator('.xterm-rows');
const shows = (page: Page, text: string | RegExp) =>
  expect.poll(() => screen(page).innerText(), { timeout: 8000 }).toMatch(text);

describeWith('chromium', 'terminals in the window', () => {
  const windows = useWindows();
  const openOne = async (app: FakeApp) => {
    const { page } = await windows.open(app, { hash: `#/jobs/${terminalJob}` });
    await page.getByRole('button', { name: 'Terminal', exact: true }).click();
    await page.locator('.xterm').waitFor();
    await expect.poll(() => app.shells.length).toBeGreaterThan(0);
    return page;
  };

  it('shows what is printed, types what is typed, follows size, letters and theme', async () => {
    const app = terminalApp(now);
    const page = await openOne(app);
    const shell = app.shells[0];
    shell?.print('\x1b[31mred\x1b[0m plain\r\n$ ');
    await shows(page, /red plain/);
    await page.keyboard.type('ls -l ✓');
    await expect.poll(() => shell?.typed).toContain('ls -l ✓');
    await shows(page, /\$ ls -l ✓/);
    const size = () => (shell?.size ?? '').split('x').map(Number) as [number, number];
    await expect.poll(() => size()[0]).toBeGreaterThan(90);
    const [columns] = size();
    await page.getByLabel('Larger letters').click();
    await expect.poll(() => size()[0]).toBeLessThan(columns);
    await page.setViewportSize({ width: 800, height: 600 });
    await expect.poll(() => size()[0]).toBeLessThan(columns / 1.5);
    const ground = () =>
      page
        .locator('.xterm-scrollable-element')
        .first()
        .evaluate((each) => getComputedStyle(each).backgroundColor);
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(ground).not.toBe(light);
  });

  it('a paste of several lines is shown before it runs; one line goes in at once', async () => {
    const app = terminalApp(now);
    const page = await openOne(app);
    const shell = app.shells[0];
    const paste = async (text: string) => {
      await page.evaluate((value) => navigator.clipboard.writeText(value), text);
      await page.locator('.xterm-helper-textarea').focus();
      await page.keyboard.press('Control+Shift+V');
    };
    await paste('one line');
    await expect.poll(() => shell?.typed).toBe('one line');
    await paste('rm -rf a\nrm -rf b\n');
    const dialog = page.getByRole('dialog', { name: 'Paste 2 lines?' });
    expect(await dialog.getByLabel('What would be pasted').inputValue()).toBe('rm -rf a\nrm -rf b\n');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(shell?.typed).toBe('one line');
    await page.getByRole('button', { name: 'Paste', exact: true }).click();
    await dialog.getByRole('button', { name: 'Paste 2 lines' }).click();
    await expect.poll(() => shell?.typed).toBe('one linerm -rf a\rrm -rf b\r');
  });

  it('finds, copies, and gives the keyboard back', async () => {
    const app = terminalApp(now);
    const page = await openOne(app);
    app.shells[0]?.print(
      Array.from({ length: 300 }, (_, at) => `line ${at} ${at % 100 === 7 ? 'needle' : ''}\r\n`).join(''),
    );
    await shows(page, /line 299/);
    const size = () => page.getByText(/^\d+ × \d+$/).innerText();
    const before = await size();
    await page.keyboard.press('Control+Shift+F');
    // The bar takes a line or two; a new size drops what is selected, and with it where a search stands.
    await expect.poll(size).not.toBe(before);
    await page.getByRole('textbox', { name: 'Search in the terminal' }).fill('needle');
    await page.getByText('3 of 3').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2 of 3').waitFor();
    await shows(page, /line 107 needle/);
    await page.getByRole('button', { name: 'Copy what is selected' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('needle');
    await page.getByRole('textbox', { name: 'Search in the terminal' }).press('Escape');
    await page.keyboard.press('Tab');
    await expect.poll(() => app.shells[0]?.typed).toBe('\t');
    await page.keyboard.press('Control+F6');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-current'))).toBe('page');
  });

  it('several tabs; a terminal outlives a reload and a lost connection; an old question is not answered twice', async () => {
    const app = terminalApp(now);
    const page = await openOne(app);
    app.shells[0]?.print('first \x1b[6n\r\n');
    await shows(page, /first/);
    await expect.poll(() => app.shells[0]?.typed).toMatch(/^\x1b\[\d+;\d+R$/);
    const answer = app.shells[0]?.typed;
    await page.getByRole('link', { name: 'Places' }).click();
    await page.getByRole('button', { name: 'Open terminal in' }).first().click();
    await expect.poll(() => app.shells.length).toBe(2);
    app.shells[1]?.print('second\r\n');
    await shows(page, /second/);
    const tabs = page.getByRole('navigation', { name: 'Terminals' });
    await tabs.getByRole('link').nth(1).click();
    await shows(page, /first/);
    await page.reload();
    await shows(page, /first/);
    await page.evaluate(() => (window as unknown as { breakConnection(): void }).breakConnection());
    app.shells[0]?.print('while away\r\n');
    await shows(page, /first[\s\S]*while away/);
    expect(app.shells[0]?.typed).toBe(answer);
    await page.getByRole('button', { name: /^Close terminal .* \(2\)$/ }).click();
    await expect.poll(() => app.snapshot().terminals.length).toBe(1);
  });

  it('says why it has ended, and what is kept can be looked at, kept longer and removed', async () => {
    const app = terminalApp(now);
    const page = await openOne(app);
    app.shells[0]?.print('bye\r\n');
    app.shells[0]?.end();
    await page.getByText('The shell has ended.').waitFor();
    await shows(page, /bye/);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Open another terminal' }).click();
    await expect.poll(() => app.shells.length).toBe(2);

    await page.getByRole('link', { name: 'Places' }).click();
    await page.getByText('1.2 GB').first().waitFor();
    await page.getByRole('button', { name: /1 h longer/ }).click();
    await page.getByText(/^1:2\d:\d\d left$/).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove all' }).click();
    await page.getByText('Nothing is kept.').waitFor();
  });

  it('has its lines as text for a screen reader when that is asked for', async () => {
    const app = terminalApp(now);
    const page = await openOne(app);
    app.shells[0]?.print('to be read aloud\r\n');
    await page.getByLabel('For screen readers').click();
    await page.locator('.xterm-accessibility-tree').getByText('to be read aloud').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describeWith(['chromium', 'bash', 'linux'], 'a real shell in a real browser', () => {
  const windows = useWindows();
  let folder = '';
  let coordinator: TestCoordinator;
  let app: HarrierApp | undefined;
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'ui-terminal-')));
    coordinator = await startTestCoordinator();
  });
  afterEach(async () => {
    await app?.close();
    await coordinator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a command in the job, knows its size, and stays over a reload and the failure of the job', async () => {
    app = await startApp(folder, coordinator, { runner: '  [runners.harrier]\n    keep_failed = "1h"\n' });
    const { page } = await windows.open(app, { hash: '#/jobs' });
    coordinator.queue({ script: ['until [ -e go ]; do sleep 0.05; done', 'exit 1'], name: 'held' });
    await page.getByRole('button', { name: 'Terminal', exact: true }).click();
    await page.locator('.xterm').waitFor();
    const type = async (text: string): Promise<void> => {
      await page.locator('.xterm-helper-textarea').focus();
      await page.keyboard.type(`${text}\n`);
    };
    await type('echo "<$CI_JOB_NAME>"; stty size');
    await shows(page, /<held>\s+\d+ \d+/);
    const shown = async () => {
      const [columns, rows] = (await page.getByText(/^\d+ × \d+$/).innerText()).split(' × ');
      return `${rows} ${columns}`;
    };
    await page.setViewportSize({ width: 900, height: 500 });
    await expect
      .poll(async () => {
        await type('stty size');
        return (await screen(page).innerText()).includes(`\n${await shown()}`);
      })
      .toBe(true);
    await page.reload();
    await shows(page, /<held>/);
    await type('touch go');
    await expect.poll(() => app?.snapshot().kept.length, { timeout: 10_000 }).toBe(1);
    await type('echo still"-"here');
    await shows(page, /still-here/);
    await page.getByRole('link', { name: 'Places' }).click();
    await page.getByRole('button', { name: 'Remove the environment of held' }).click();
    await page.getByText('Nothing is kept.').waitFor();
    await page.getByRole('navigation', { name: 'Terminals' }).getByRole('link', { name: /^held/ }).click();
    await page.getByText('The kept environment was removed.').waitFor();
  });
});
