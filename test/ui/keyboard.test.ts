import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { FakeApp } from '../support/fake-app.ts';
import { describeWith } from '../support/require.ts';
import { useWindows, violations } from './harness.ts';
import { appOf, fullApp, views } from './views.ts';
import { walk } from './walk.ts';

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement;
    return at?.getAttribute('aria-label') ?? at?.textContent?.trim() ?? '';
  });
/** Presses a button as a keyboard does. */
const enter = async (page: Page, name: string | RegExp): Promise<void> => {
  await page.getByRole('button', { name, exact: true }).first().focus();
  await page.keyboard.press('Enter');
};
const choose = async (page: Page, menu: string, item: string): Promise<void> => {
  await enter(page, menu);
  const entry = page.getByRole('menuitem', { name: item });
  for (let at = 0; at < 12 && !(await entry.evaluate((each) => each === document.activeElement)); at++)
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
};

describeWith('chromium', 'without a mouse', () => {
  const windows = useWindows();

  describe('Tab and arrows come to everything that can be pressed, the focus is seen, and nothing keeps it', () => {
    it.each(views)('$name', async (view) => {
      const app = appOf(view);
      const { page } = await windows.open(app, { hash: view.hash });
      await view.ready(page, app);
      const { missed, invisible, outside, stops } = await walk(page);
      expect({ missed, invisible, outside }).toEqual({ missed: [], invisible: [], outside: [] });
      expect(stops).toBeGreaterThan(8);
    });
    it.each([
      { width: 900, height: 600, why: 'with a rail' },
      { width: 640, height: 480, why: 'in one column' },
    ])('$why', async ({ width, height }) => {
      const app = fullApp();
      const { page } = await windows.open(app, { hash: '#/jobs/r-mbp-9001', width, height });
      await page.locator('[data-line]').first().waitFor();
      const { missed, invisible, outside } = await walk(page);
      expect({ missed, invisible, outside }).toEqual({ missed: [], invisible: [], outside: [] });
    });
  });

  it('the focus is seen in forced colours too', async () => {
    const app = fullApp();
    const { page } = await windows.open(app, { hash: '#/runners/r-shell/edit', forcedColors: true });
    for (const hash of ['#/runners/r-shell/edit', '#/jobs/r-mbp-9001', '#/settings', '#/config']) {
      await page.evaluate((to) => void (location.hash = to), hash);
      await views.find((view) => view.hash === hash)?.ready(page, app);
      expect((await walk(page)).invisible, hash).toEqual([]);
    }
  });

  describe('Escape closes what is on top, gives the focus back, and what was typed stays', () => {
    const layers: readonly {
      readonly name: string;
      readonly hash: string;
      readonly width?: number;
      readonly open: (page: Page, app: FakeApp) => Promise<void>;
      /** What is on top, by its selector. */
      readonly layer: string;
      /** Where the focus was and comes back to. */
      readonly from: string;
      readonly typed?: { readonly label: string; readonly text: string };
    }[] = [
      {
        name: 'commands',
        hash: '#/runners',
        open: async (page) => {
          await page.getByRole('button', { name: 'Add runner' }).focus();
          await page.keyboard.press('Control+k');
        },
        layer: 'dialog[open]',
        from: 'Add runner',
      },
      {
        name: 'keys',
        hash: '#/settings',
        open: (page) => enter(page, 'Show all keys'),
        layer: 'dialog[open]',
        from: 'Show all keys',
      },
      {
        name: 'the menu of a runner',
        hash: '#/runners',
        open: (page) => enter(page, 'More for studio-mbp'),
        layer: '[role=menu]',
        from: 'More for studio-mbp',
      },
      {
        name: 'removal of a runner',
        hash: '#/runners',
        open: (page) => choose(page, 'More for studio-mbp', 'Remove runner'),
        layer: 'dialog[open]',
        from: 'More for studio-mbp',
      },
      {
        name: 'a new token',
        hash: '#/runners',
        open: (page) => choose(page, 'More for nightly', 'Enter new token'),
        layer: 'dialog[open]',
        from: 'More for nightly',
        typed: { label: 'Token', text: 'glrt-half' },
      },
      {
        name: 'a question to GitLab',
        hash: '#/runners/r-shell',
        open: (page) => enter(page, 'Ask GitLab'),
        layer: 'dialog[open]',
        from: 'Ask GitLab',
        typed: { label: 'Personal access token', text: 'glpat-half' },
      },
      {
        name: 'cancel of a job',
        hash: '#/jobs/r-mbp-9001',
        open: (page) => enter(page, 'Cancel job'),
        layer: 'dialog[open]',
        from: 'Cancel job',
      },
      {
        name: 'detail of a job beside little room',
        hash: '#/jobs/r-mbp-9001',
        width: 1100,
        open: (page) => enter(page, 'Detail'),
        layer: 'aside[data-drawer]',
        from: 'Detail',
      },
      {
        name: 'removal of containers',
        hash: '#/containers',
        open: (page) => enter(page, 'Remove…'),
        layer: 'dialog[open]',
        from: 'Remove…',
      },
    ];
    it.each(layers)('$name', async ({ hash, width, open, layer, from, typed }) => {
      const app = fullApp();
      const { page } = await windows.open(app, { hash, ...(width !== undefined ? { width } : {}) });
      await page.locator('main button').first().waitFor();
      await open(page, app);
      await page.locator(layer).waitFor();
      expect(await violations(page)).toEqual([]);
      if (layer === 'dialog[open]') {
        const { missed, invisible } = await walk(page);
        expect({ missed, invisible }).toEqual({ missed: [], invisible: [] });
      }
      const field = page.locator(layer).getByLabel(typed?.label ?? '');
      if (typed) await field.fill(typed.text);
      await page.keyboard.press('Escape');
      await page.locator(layer).waitFor({ state: 'detached' });
      expect(await focused(page)).toContain(from);
      if (typed === undefined) return;
      await open(page, app);
      expect(await field.inputValue()).toBe(typed.text);
      await page.keyboard.press('Escape');
    });

    it('an edited runner: the form closes with its view, and opens again as it was', async () => {
      const { page } = await windows.open(fullApp(), { hash: '#/runners/r-shell', width: 1100 });
      await page.getByRole('link', { name: 'Edit' }).focus();
      await page.keyboard.press('Enter');
      await page.getByLabel('Name').fill('half typed');
      await page.keyboard.press('Escape');
      await page.locator('aside').waitFor({ state: 'detached' });
      await page.evaluate(() => void (location.hash = '#/runners/r-shell/edit'));
      await expect.poll(() => page.getByLabel('Name').inputValue()).toBe('half typed');
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.evaluate(() => void (location.hash = '#/runners/r-shell/edit'));
      await expect.poll(() => page.getByLabel('Name').inputValue()).toBe('studio-mbp-shell');
    });

    it('a filter and a search: Escape goes to the list and the log, the text stays until it is cleared', async () => {
      const { page } = await windows.open(fullApp(), { hash: '#/jobs/r-mbp-9001' });
      await page.locator('[data-line]').first().waitFor();
      const filter = page.getByLabel('Project, ref, job');
      await filter.fill('test');
      await page.keyboard.press('Escape');
      expect(await focused(page)).toBe('Jobs');
      expect(await filter.inputValue()).toBe('test');
      await enter(page, 'Clear this text');
      expect(await filter.inputValue()).toBe('');
      const search = page.getByLabel('Search log');
      await search.fill('webhook');
      await page.keyboard.press('Escape');
      expect(await focused(page)).toBe('Lines of the log');
      expect(await search.inputValue()).toBe('webhook');
      await enter(page, 'Clear search');
      expect(await search.inputValue()).toBe('');
    });
  });
});
