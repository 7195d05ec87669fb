import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterEach, expect } from 'vitest';
import { describeWith, itWith, tool } from '../support/require.ts';
import { launchBrowser } from './window.ts';

/** The whole of it, as a person meets it first: `harrier serve` on an empty machine, one press on "Try it". */
describeWith(['chromium', 'bash', 'git'], 'harrier serve', () => {
  let child: ChildProcess | undefined;
  let browser: Browser | undefined;
  let folder = '';
  afterEach(async () => {
    await browser?.close();
    if (child?.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  itWith('posix', 'runs the sample with a live log that ends green', async () => {
    folder = mkdtempSync(join(tmpdir(), 'harrier-real-'));
    child = spawn(process.execPath, [resolve('dist/cli.js'), 'serve', '--config', join(folder, 'config.toml')], {
      env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_STATE_HOME: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (printed += text));
    while (!/http:\S+/.test(printed)) await once(child.stdout as NodeJS.ReadableStream, 'data');
    const url = /http:\S+/.exec(printed)?.[0] ?? '';

    browser = await launchBrowser(tool('chromium').path);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    // The job is short: the page itself notes whether a line of the script stood there while the job still ran.
    await page.evaluate(() => {
      const seen = { live: false };
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const running = /Running/.test(document.querySelector('article header')?.textContent ?? '');
        if (running && /step_script[\s\S]*\$ \S/.test(document.querySelector('article')?.textContent ?? ''))
          seen.live = true;
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await page.getByRole('button', { name: 'Try it' }).click();
    const log = page.getByLabel('Lines of the log');
    await log.getByText('Running with harrier').waitFor();
    await log.getByText('Job succeeded').waitFor();
    await page
      .locator('header')
      .getByText(/Passed/)
      .waitFor();
    expect(await page.evaluate(() => (window as unknown as { seen: { live: boolean } }).seen.live)).toBe(true);
    await page.getByRole('link', { name: 'Pipeline', exact: true }).click();
    // The board offers another run once every job has ended.
    await page.getByRole('button', { name: 'Run again' }).waitFor();
    expect(await page.getByText('Passed', { exact: true }).count()).toBe(4);
    expect(complaints).toEqual([]);

    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});
