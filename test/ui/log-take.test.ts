import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { PipelineView } from '../../src-shared/ipc.ts';
import { createFakeApp, emptySnapshot, type FakeApp } from '../support/fake-app.ts';
import { busyScene } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { now, useWindows } from './harness.ts';

const job = 'r-mbp-9002';
const log = [
  'plain one',
  '\x1b[31mred two\x1b[0m and more',
  'old\rnew three',
  'needle four',
  ...Array.from({ length: 200 }, (_, at) => `filler ${at}`),
  'a Needle and a needle',
  'needless',
  'last',
  '',
].join('\n');
const withLog = (text = log): FakeApp => createFakeApp(busyScene(now), { [job]: text });
const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
const fromMenu = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('button', { name: 'Save, copy, open' }).click();
  await page.getByRole('menuitem', { name }).click();
};
const saved = async (page: Page, name: string): Promise<{ name: string; text: string }> => {
  const [download] = await Promise.all([page.waitForEvent('download'), fromMenu(page, name)]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
};

describeWith('chromium', 'taking a log along (LOG8)', () => {
  const { open } = useWindows();

  it('raw, as plain text, only some lines, with colours and without', async () => {
    const { page } = await open(withLog(), { hash: `#/jobs/${job}/L2-L3` });
    await page.locator('[data-picked]').nth(1).waitFor();
    expect(await saved(page, 'Save as the job printed it')).toEqual({ name: 'build-image-9002.log', text: log });
    await page.getByText('Saved as build-image-9002.log.').waitFor();
    const plain = await saved(page, 'Save as plain text');
    expect(plain.name).toBe('build-image-9002.txt');
    expect(plain.text.split('\n').slice(0, 4)).toEqual(['plain one', 'red two and more', 'new three', 'needle four']);
    expect(plain.text.endsWith('needless\nlast\n')).toBe(true);
    expect(await saved(page, 'Save 2 chosen lines')).toEqual({
      name: 'build-image-9002-L2-L3.txt',
      text: 'red two and more\nnew three\n',
    });
    await page.getByLabel('Copy 2 lines', { exact: true }).click();
    await page.getByText('2 lines copied').waitFor();
    expect(await clipboard(page)).toBe('red two and more\nnew three');
    await fromMenu(page, 'Copy 2 lines with colours');
    await expect.poll(() => clipboard(page)).toBe('\x1b[31mred two\x1b[0m and more\nnew three');
  });

  it('what is too large for the clipboard says so, and what to do', async () => {
    const { page } = await open(withLog('word '.repeat(1_700_000)), { hash: `#/jobs/${job}` });
    await page.getByText('word word').first().waitFor();
    await page.getByLabel('Copy log').click();
    await page.getByText('too large for the clipboard').waitFor();
  });

  it('times: since the start, time of day, off; the log fills the window and leaves it', async () => {
    const stamped = ['13:45:30.250', '13:45:31.500'].map((time, at) => `2026-01-31T${time}000Z 01O text ${at}`);
    const { page } = await open(withLog(`${stamped.join('\n')}\n`), { hash: `#/jobs/${job}` });
    const second = page.locator('[data-line="2"]');
    await second.getByText('text 1').waitFor();
    expect(await second.textContent()).toBe('20:01.2text 1');
    await page.getByLabel('Lines of the log').focus();
    await page.keyboard.press('t');
    await expect.poll(() => second.textContent()).toMatch(/^2\d\d:45:31\.500text 1$/);
    await page.keyboard.press('t');
    await expect.poll(() => second.textContent()).toBe('2text 1');
    await page.getByRole('button', { name: 'Fill the window' }).click();
    const size = await page.getByLabel('Log', { exact: true }).boundingBox();
    expect(size).toMatchObject({ x: 0, y: 0, width: 1440, height: 900 });
    // Nothing behind it takes the focus.
    for (let at = 0; at < 40; at++) {
      await page.keyboard.press('Tab');
      const inside = await page.evaluate(
        () => document.activeElement === document.body || document.activeElement?.closest('[data-full]') !== null,
      );
      expect(inside).toBe(true);
    }
    await page.getByLabel('Lines of the log').focus();
    await page.keyboard.press('Escape');
    await page.getByRole('navigation').waitFor();
    expect(await page.locator('[inert]').count()).toBe(0);
  });

  it('opens in the editor where there is one; elsewhere nothing offers it', async () => {
    const app = withLog();
    const { page } = await open(app, { hash: `#/jobs/${job}` });
    await page.getByText('last', { exact: true }).waitFor();
    const menu = page.getByRole('button', { name: 'Save, copy, open' });
    await menu.click();
    await page.getByRole('menuitem', { name: 'Save as plain text' }).waitFor();
    expect(await page.getByRole('menuitem', { name: /^Open/ }).count()).toBe(0);
    await page.keyboard.press('Escape');
    app.change({ host: { ...emptySnapshot.host, editor: 'VS Code' } });
    await fromMenu(page, 'Open in VS Code');
    await page.getByText('VS Code opens it.').waitFor();
    expect(app.asked.filter(({ name }) => name === 'trace.open')).toEqual([{ name: 'trace.open', input: { job } }]);
  });
});

describeWith('chromium', 'search in a log (LOG7)', () => {
  const { open } = useWindows();

  it('counts all, by case, word and expression; shows only lines with matches', async () => {
    const { page } = await open(withLog(), { hash: `#/jobs/${job}/L1` });
    await page.locator('[data-picked]').waitFor();
    await page.getByLabel('Search log').fill('needle');
    await page.getByText('1 of 4', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2 of 4', { exact: true }).waitFor();
    await page.getByText('a Needle and a needle').waitFor();
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.press('Shift+Enter');
    await page.getByText('4 of 4', { exact: true }).waitFor();
    await page.getByLabel('Match case').click();
    await page.getByText(/^\d of 3$/).waitFor();
    await page.getByLabel('Whole word').click();
    await page.getByText(/^\d of 2$/).waitFor();
    await page.getByLabel('Match case').click();
    await page.getByLabel('Whole word').click();
    await page.getByLabel('Regular expression (RE2)').click();
    await page.getByLabel('Search log').fill('^needle( four)?$|^a N');
    await page.getByText(/^\d of 2$/).waitFor();
    await page.getByLabel('Show only lines with matches').click();
    await page.getByText('2 lines with matches').waitFor();
    const numbers = () =>
      page.locator('[data-line]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-line')));
    expect(await numbers()).toEqual(['4', '205']);
    await page.getByLabel('Search log').fill('less$');
    await expect.poll(numbers).toEqual(['206']);
    // A line that is not among them is asked for: everything is shown again, and it is in view.
    await page.evaluate((key) => void (location.hash = `#/jobs/${key}/L100`), job);
    await page.getByText('filler 95', { exact: true }).waitFor();
    await page.getByText('filler 96', { exact: true }).waitFor();
  });

  it('goes on while the log grows, also with only the matches shown', async () => {
    const app = withLog('start\n');
    const { page } = await open(app, { hash: `#/jobs/${job}` });
    await page.getByText('start', { exact: true }).waitFor();
    await page.getByLabel('Search log').fill('hit');
    await page.getByText('No match').waitFor();
    await page.getByLabel('Show only lines with matches').click();
    for (let at = 0; at < 300; at++) app.print(job, `${at % 3 === 0 ? 'hit' : 'miss'} ${at}\n`);
    await page.getByText(/of 100$/).waitFor();
    await page.getByText('100 lines with matches').waitFor();
    expect(await page.getByText(/^miss/).count()).toBe(0);
  });
});

describeWith('chromium', 'problems and files (LOG9)', () => {
  const { open } = useWindows();
  const failed = [
    'building',
    'src/main.go:5:2: undefined: x',
    ...Array.from({ length: 100 }, (_, at) => `line ${at}`),
    'lib/a.ts(3,1): error TS2304: no x',
    'see ./docs/guide.md:12, /usr/share/x.txt:1 and http://example.com:80/a',
    'ERROR: Job failed: exit code 1',
    '',
  ].join('\n');

  it('a list beside the log and a key for the next one; files open for local pipelines only', async () => {
    const scene = busyScene(now);
    const of = { ...scene.jobs?.find(({ key }) => key === 'r-mbp-8980'), pipeline: 'p1' } as NonNullable<
      typeof scene.jobs
    >[number];
    const pipeline: PipelineView = {
      id: 'p1',
      folder: '/home/mira/code',
      ref: 'main',
      sha: 'a',
      state: 'failed',
      startedMs: now,
      stages: [],
    };
    const app = createFakeApp({ ...scene, jobs: [of], pipelines: [pipeline] }, { 'r-mbp-8980': failed });
    const { page } = await open(app, { hash: '#/jobs/r-mbp-8980' });
    await page.locator('[data-line="2"][data-problem]').waitFor();
    const list = page.getByRole('complementary', { name: 'Details' }).or(page.locator('aside'));
    expect(await list.getByRole('button', { name: /undefined: x/ }).count()).toBe(1);
    expect(await list.getByRole('button', { name: /TS2304/ }).count()).toBe(1);
    await page.getByLabel('Lines of the log').focus();
    await page.keyboard.press('e');
    await page.locator('[data-line="103"][data-problem]').waitFor();
    await page.keyboard.press('Shift+E');
    await page.locator('[data-line="2"][data-problem]').waitFor();
    expect(await page.locator('[data-line] button').count()).toBe(0);
    app.change({ host: { ...emptySnapshot.host, editor: 'VS Code' } });
    await page.locator('[data-line]').getByRole('button', { name: 'src/main.go:5:2' }).click();
    await page.keyboard.press('End');
    await page.locator('[data-line]').getByRole('button', { name: 'lib/a.ts(3,1)' }).click();
    await page.locator('[data-line]').getByRole('button', { name: './docs/guide.md:12' }).click();
    expect(await page.locator('[data-line="104"] button').allTextContents()).toEqual([
      './docs/guide.md:12',
      '/usr/share/x.txt:1',
    ]);
    expect(app.asked.filter(({ name }) => name === 'file.open').map(({ input }) => input)).toEqual([
      { job: 'r-mbp-8980', path: 'src/main.go', line: 5, column: 2 },
      { job: 'r-mbp-8980', path: 'lib/a.ts', line: 3, column: 1 },
      { job: 'r-mbp-8980', path: './docs/guide.md', line: 12 },
    ]);
    app.change({ pipelines: [] });
    await page.locator('[data-line] button').first().waitFor({ state: 'detached' });
  });
});
