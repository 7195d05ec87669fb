import { expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import { createFakeApp } from '../support/fake-app.ts';
import { busyScene, emptyScene, manyJobs } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { busyApp, now, useWindows, violations } from './harness.ts';

describeWith('chromium', 'the window in a real browser', () => {
  const windows = useWindows();

  it('try it: one press starts the sample, its lines appear while it runs, it ends green', async () => {
    const app = createFakeApp(emptyScene);
    const job = {
      ...(busyScene(now).jobs?.[0] as NonNullable<ReturnType<typeof busyScene>['jobs']>[number]),
      key: 's-1',
      name: 'compile',
      pipeline: 'p9',
      project: 'local/sample',
    };
    const pipeline = {
      id: 'p9',
      folder: '/tmp/sample',
      ref: 'main',
      sha: 'abc',
      state: 'running' as const,
      startedMs: now,
      stages: [
        {
          name: 'build',
          jobs: [{ name: 'compile', state: 'running' as const, key: 's-1', when: 'on_success', allowFailure: false }],
        },
      ],
    };
    app.answer('pipeline.tryIt', async () => {
      app.change({ pipelines: [pipeline], jobs: [job], running: 1, state: 'busy' });
      return { pipeline: 'p9' };
    });
    const { page } = await windows.open(app);
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('The job has not printed anything yet.').waitFor();
    expect(await page.evaluate(() => location.hash)).toBe('#/jobs/s-1');
    app.print('s-1', 'first line\n');
    await page.getByText('first line').waitFor();
    app.print('s-1', 'second \x1b[32mgreen\x1b[0m line\n');
    await page.getByText('green').waitFor();
    app.changeJob('s-1', { state: 'passed', endedMs: now + 5000, phase: undefined });
    await page.getByRole('heading', { name: 'compile' }).waitFor();
    await page.locator('header').getByText('Passed').waitFor();
  });

  it('10,000 jobs: few rows in the page, filters and keys work', async () => {
    const app = createFakeApp({ ...busyScene(now), jobs: manyJobs(now, 10_000) });
    const { page } = await windows.open(app, { hash: '#/jobs' });
    await page.getByRole('option').first().waitFor();
    expect(await page.getByRole('option').count()).toBeLessThan(30);
    await page.keyboard.press('/');
    await page.keyboard.type('job-9999');
    await page.getByRole('option', { name: /job-9999/ }).waitFor();
    expect(await page.getByRole('option').count()).toBe(1);
    await page.getByRole('button', { name: 'Clear this text' }).click();
    await page.keyboard.press('ArrowDown');
    for (let at = 0; at < 3; at++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'job-3', exact: true }).waitFor();
    await page.getByLabel('Project, ref, job').fill('nothing like this');
    await page.getByText('10,000 jobs are hidden by the filter.').waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await page.getByRole('option').first().waitFor();
  });

  it('runners are paused, checked and removed; a failure stands in the row', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/runners' });
    await page.getByRole('button', { name: 'Pause studio-mbp-shell' }).click();
    await page.getByRole('button', { name: 'Resume studio-mbp-shell' }).click();
    await page.getByRole('button', { name: 'Pause studio-mbp-shell' }).waitFor();
    app.answer('runner.verify', async () => ({ valid: false, message: 'https://gitlab.orbit.dev: 403 Forbidden' }));
    await page.getByLabel('More for design-tokens').click();
    await page.getByRole('menuitem', { name: 'Check token' }).click();
    await page.locator('[data-runner=r-tokens]').getByText('403 Forbidden').last().waitFor();
    app.answer('runner.remove', async () => {
      throw new HarrierError(
        'SERVER_ERROR',
        'https://gitlab.orbit.dev did not remove the runner; it stays in the file',
      );
    });
    await page.getByLabel('More for design-tokens').click();
    await page.getByRole('menuitem', { name: 'Remove runner' }).click();
    await page.getByRole('button', { name: 'Remove here and on GitLab' }).click();
    await page.getByText('did not remove the runner').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(app.asked.filter(({ name }) => name === 'runner.remove').map(({ input }) => input)).toEqual([
      { runner: 'r-tokens', onServer: true },
    ]);
  });

  it('stopping asks while jobs run, and not otherwise', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/runners' });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('dialog', { name: '2 jobs are running' }).waitFor();
    await page.keyboard.press('Escape');
    expect(app.asked).toEqual([]);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Finish, then stop' }).click();
    await page.getByText('Draining').first().waitFor();
    expect(app.asked).toEqual([{ name: 'engine.stop', input: { mode: 'drain' } }]);
    app.change({ state: 'idle', running: 0 });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Idle').first().waitFor();
  });

  it('a job is canceled: at once when it is young, asked when it is not', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/jobs/r-mbp-9001' });
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page
      .getByRole('dialog', { name: 'Cancel test:integration?' })
      .getByRole('button', { name: 'Cancel job' })
      .click();
    await page.getByText('Canceling').waitFor();
    expect(app.asked).toEqual([{ name: 'job.cancel', input: { job: 'r-mbp-9001' } }]);
  });

  it('a folder is chosen in the window; problems stand with their lines and keep it from running', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/pipelines/run' });
    await page.getByRole('button', { name: /Documents/ }).waitFor();
    await page.getByRole('button', { name: /storefront/ }).click();
    await page.getByText('/home/mira/storefront has no .gitlab-ci.yml').waitFor();
    app.answer('pipeline.list', async () => ({
      jobs: [
        { name: 'a', stage: 'test', when: 'on_success', needs: [] },
        { name: 'b', stage: 'test', when: 'manual', needs: ['a'] },
      ],
      problems: [],
    }));
    await page.getByLabel('Repository').fill('/home/mira/payments-api');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Run 1 job' }).click();
    await page.getByRole('heading', { name: 'payments-api' }).waitFor();
    expect(app.asked.findLast(({ name }) => name === 'pipeline.run')?.input).toEqual({
      folder: '/home/mira/payments-api',
      jobs: ['a'],
    });
  });

  it('a lost connection is said and comes back with what changed meanwhile', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/runners' });
    await page.route('**/session', (route) => route.abort('connectionrefused'));
    await page.evaluate(() => (window as unknown as { breakConnection(): void }).breakConnection());
    await page.getByText('Harrier does not answer.').waitFor();
    app.change({ runners: (app.snapshot().runners ?? []).slice(0, 2) });
    await page.getByRole('button', { name: 'Pause studio-mbp', exact: true }).click();
    await page.getByText('The connection was lost.').waitFor();
    await page.unroute('**/session');
    await page.getByText('Harrier does not answer.').first().waitFor({ state: 'hidden' });
    await page.getByText('2 on this machine').waitFor();
  });

  it('a host that was started anew asks for its new address', async () => {
    const { page, host } = await windows.open(busyApp(), { hash: '#/runners' });
    await page.route('**/session', (route) => route.fulfill({ status: 401 }));
    await host.close();
    await page.getByText('prints an address with a secret').waitFor();
  });

  it('high contrast: states, selection and focus stay visible', async () => {
    const { page } = await windows.open(busyApp(), { hash: '#/jobs/r-mbp-8980', forcedColors: true });
    await page.locator('[data-problem]').first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(
      await page.getByRole('option', { selected: true }).evaluate((row) => getComputedStyle(row).outlineStyle),
    ).toBe('solid');
  });

  it('an address without its secret shows what to do, not the window', async () => {
    const { page, host } = await windows.open(busyApp());
    const stranger = await windows.browser.newContext();
    const other = await stranger.newPage();
    await other.goto(new URL(host.url).origin);
    await other.getByRole('heading', { name: 'Open the address that Harrier printed' }).waitFor();
    expect(await page.evaluate(() => location.href)).not.toContain('token');
    await stranger.close();
  });

  it('a style element that a library creates carries the nonce of this page load (S4)', async () => {
    const { page } = await windows.open(busyApp());
    const styled = () =>
      page.evaluate(() => {
        const style = document.createElement('style');
        style.textContent = 'body { outline-width: 7px; }';
        document.head.append(style);
        return { width: getComputedStyle(document.body).outlineWidth, nonce: style.nonce };
      });
    const first = await styled();
    await page.reload();
    const second = await styled();
    expect([first.width, second.width]).toEqual(['7px', '7px']);
    expect(first.nonce).not.toBe(second.nonce);
  });

  it('themes: what is chosen stays', async () => {
    const { page } = await windows.open(busyApp(), { hash: '#/settings', theme: 'light' });
    await page.getByLabel('Dark').check();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.reload();
    await page.waitForSelector('nav');
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(16, 19, 19)');
  });
});
