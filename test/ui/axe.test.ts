import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { emptyScene, errorScene } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { busyApp, now, useWindows, violations } from './harness.ts';

describeWith('chromium', 'what stands over a view or changes it', () => {
  const { open } = useWindows();

  describe('axe finds nothing', () => {
    const views: readonly { name: string; app: () => FakeApp; hash: string; act?: (page: Page) => Promise<unknown> }[] =
      [
        {
          name: 'running job with a search',
          app: busyApp,
          hash: '#/jobs/r-mbp-9001',
          act: (page) => page.getByLabel('Search log').fill('webhook'),
        },
        {
          name: 'runner menu',
          app: busyApp,
          hash: '#/runners',
          act: (page) => page.getByLabel('More for studio-mbp', { exact: true }).click(),
        },
        {
          name: 'remove a runner',
          app: busyApp,
          hash: '#/runners',
          act: async (page) => {
            await page.getByLabel('More for studio-mbp', { exact: true }).click();
            await page.getByRole('menuitem', { name: 'Remove runner' }).click();
          },
        },
        { name: 'trouble', app: () => createFakeApp(errorScene(now)), hash: '#/runners' },
        {
          name: 'add a runner',
          app: () => createFakeApp(emptyScene),
          hash: '#/runners/add',
          act: (page) => page.getByRole('button', { name: 'Check server' }).click(),
        },
        {
          name: 'containers, removal',
          app: busyApp,
          hash: '#/containers',
          act: (page) => page.getByRole('button', { name: 'Remove…' }).click(),
        },
        { name: 'commands', app: busyApp, hash: '#/runners', act: (page) => page.keyboard.press('Control+k') },
        { name: 'filters', app: busyApp, hash: '#/jobs', act: (page) => page.getByLabel('More filters').click() },
      ];
    it.each(views)('$name, light and dark', async ({ app, hash, act }) => {
      const { page } = await open(app(), { theme: 'light', hash });
      await page.waitForTimeout(50);
      await act?.(page);
      await page.waitForTimeout(100);
      expect(await violations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
      expect(await violations(page)).toEqual([]);
    });
    it('narrow', async () => {
      const { page } = await open(busyApp(), { hash: '#/jobs/r-mbp-9001', width: 640, height: 480 });
      await page.waitForTimeout(100);
      expect(await violations(page)).toEqual([]);
    });
  });
});
