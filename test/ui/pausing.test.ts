import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { PowerState } from '../../src-main/base/power.ts';
import { createTestApp } from '../support/app.ts';
import { startTestCoordinator } from '../support/coordinator/index.ts';
import { createFakeApp } from '../support/fake-app.ts';
import { busyScene } from '../support/recordings.ts';
import { describeWith, itWith } from '../support/require.ts';
import { now, useWindows, violations } from './harness.ts';

/** RUN1 and RUN3 as a person meets them: the real engine behind the real window. */
describeWith(['chromium', 'bash'], 'draining and pausing in a real browser', () => {
  const windows = useWindows();
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const open = async (power?: () => Promise<PowerState>) => {
    const folder = mkdtempSync(join(tmpdir(), 'harrier-pausing-'));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const coordinator = await startTestCoordinator();
    closers.push(() => coordinator.close());
    const app = await createTestApp(folder, { workingDirectory: folder, ...(power ? { power } : {}) });
    closers.push(() => app.close());
    await app.start();
    for (const name of ['one', 'two'])
      await app.handlers['runner.add']({ url: coordinator.url, token: coordinator.token, name, executor: 'shell' });
    await expect.poll(() => coordinator.asked(coordinator.token)).toBeGreaterThan(0);
    return { folder, coordinator, app };
  };

  itWith(
    'posix',
    'a drain takes nothing more, says what it waits for in every window, and can be cut short',
    async () => {
      const { folder, coordinator, app } = await open();
      const go = join(folder, 'go');
      const job = coordinator.queue({
        name: 'long',
        script: ['echo begun', `while [ ! -e ${go} ]; do sleep 0.05; done`],
      });
      await job.printed('begun');
      const { page, close } = await windows.open(app, { hash: '#/runners' });
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByRole('button', { name: 'Finish, then stop' }).click();
      const banner = page.getByRole('status').filter({ hasText: 'No job is taken any more' });
      await banner.getByRole('link', { name: 'long' }).waitFor();
      expect(await violations(page)).toEqual([]);
      const late = coordinator.queue({ name: 'late', script: ['true'] });
      await page.reload();
      await banner.getByRole('link', { name: 'long' }).waitFor();
      await close();
      // Another window, as after the first was closed: the engine goes on by itself.
      const { page: again } = await windows.open(app, { hash: '#/runners' });
      await again.getByText('Finishing 1 job, then stops').first().waitFor();
      writeFileSync(go, '');
      await job.done;
      await again.getByText('Stopped', { exact: true }).first().waitFor();
      expect([job.state, late.state]).toEqual(['success', 'pending']);
      await again.getByRole('button', { name: 'Start', exact: true }).click();
      await late.done;
      const other = coordinator.queue({ name: 'other', script: ['echo begun', 'sleep 600'] });
      await other.printed('begun');
      await again.getByRole('button', { name: 'Stop', exact: true }).click();
      await again.getByRole('button', { name: 'Finish, then stop' }).click();
      await again.getByText('No job is taken any more').waitFor();
      await again.getByRole('button', { name: 'Cancel jobs and stop' }).click();
      await again.getByText('Stopped', { exact: true }).first().waitFor();
      await other.done;
      expect(other.finals.at(-1)).toMatchObject({ state: 'failed' });
    },
  );

  itWith('posix', 'all are paused for an hour, one until tomorrow; jobs come after they are resumed', async () => {
    const { coordinator, app } = await open();
    const { page } = await windows.open(app, { hash: '#/runners' });
    await page.getByRole('button', { name: 'Pause all for a while' }).click();
    await page.getByRole('menuitem', { name: 'Pause for 1 h' }).click();
    await expect.poll(() => app.snapshot().runners.map(({ state }) => state)).toEqual(['paused', 'paused']);
    const job = coordinator.queue({ name: 'held', script: ['true'] });
    const inAnHour = Date.now() + 3_600_000;
    expect(Math.abs((app.snapshot().runners[0]?.pausedUntilMs ?? 0) - inAnHour)).toBeLessThan(60_000);
    await page.getByRole('button', { name: 'Resume one', exact: true }).click();
    await job.done;
    await page.getByLabel('More for one', { exact: true }).click();
    await page.getByRole('menuitem', { name: 'Pause until tomorrow' }).click();
    await page.locator('li', { hasText: 'one' }).getByText('Paused until 08:00').waitFor();
  });

  itWith('posix', 'until plugged in: not where that is unknown, and over as soon as it is', async () => {
    let power: PowerState = 'battery';
    const { app } = await open(async () => power);
    await expect.poll(() => app.snapshot().power).toBe('battery');
    const { page } = await windows.open(app, { hash: '#/runners' });
    await page.getByRole('button', { name: 'Pause all for a while' }).click();
    await page.getByRole('menuitem', { name: 'Pause until plugged in' }).click();
    await page.getByText('Paused until plugged in').first().waitFor();
    power = 'mains';
    await expect
      .poll(() => app.snapshot().runners.map(({ state }) => state), { timeout: 10_000 })
      .toEqual(['idle', 'idle']);
    await page.getByLabel('More for one', { exact: true }).click();
    const item = page.getByRole('menuitem', { name: /Pause until plugged in/ });
    await item.getByText('This machine is plugged in now.').waitFor();
    expect(await item.getAttribute('aria-disabled')).toBe('true');
    expect(await violations(page)).toEqual([]);
  });

  it('a machine that tells of no battery says so where one would wait for it', async () => {
    const app = createFakeApp({ ...busyScene(now), power: 'unknown' });
    const { page } = await windows.open(app, { hash: '#/runners' });
    await page.getByRole('button', { name: 'Pause all for a while' }).click();
    const item = page.getByRole('menuitem', { name: /Pause until plugged in/ });
    await item.getByText('does not tell whether it runs on a battery').waitFor();
    await item.click({ force: true });
    expect(app.asked).toEqual([]);
  });
});
