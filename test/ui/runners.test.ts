import { expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import { describeWith } from '../support/require.ts';
import { busyApp, useWindows, violations } from './harness.ts';

describeWith('chromium', 'a runner in a real browser', () => {
  const windows = useWindows();

  it('is edited beside the list: only what was changed goes out, a refusal stands at its field', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/runners/r-mbp' });
    await page.getByRole('link', { name: 'Edit' }).click();
    expect(await page.getByLabel('Image for jobs that name none').inputValue()).toBe('alpine:3.20');
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Jobs of this runner at once').fill('x');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Type a whole number.').waitFor();
    await page.getByLabel('Jobs of this runner at once').fill('3');
    await page.getByLabel('Keep a failed job').fill('soon');
    await page.getByLabel('Notify of').selectOption('all');
    app.answer('runner.change', async () => {
      throw new HarrierError('INPUT_INVALID', 'keep_failed must be a duration such as "30s"');
    });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('must be a duration').waitFor();
    expect(await page.getByLabel('Keep a failed job').getAttribute('aria-invalid')).toBe('true');
    app.answer('runner.change', async () => ({ ok: true }));
    await page.getByLabel('Keep a failed job').fill('30m');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Edit' }).waitFor();
    expect(app.asked.findLast(({ name }) => name === 'runner.change')?.input).toEqual({
      runner: 'r-mbp',
      values: { limit: 3, 'harrier.keep_failed': '30m', 'harrier.notify': 'all' },
    });
  });

  it('GitLab is asked with a token that is kept nowhere', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/runners/r-shell' });
    await page.getByRole('button', { name: 'Ask GitLab' }).click();
    app.answer('runner.ask', async () => {
      throw new HarrierError('TOKEN_REFUSED', 'https://gitlab.orbit.dev refused this personal access token');
    });
    await page.getByLabel('Personal access token').fill('glpat-planted');
    await page.keyboard.press('Enter');
    await page.getByText('refused this personal access token').waitFor();
    expect(await violations(page)).toEqual([]);
    app.answer('runner.ask', async ({ runner }) => {
      app.change({
        runners: app
          .snapshot()
          .runners.map((each) =>
            each.key === runner && each.server
              ? { ...each, server: { ...each.server, paused: true, protectedOnly: true, atMs: Date.now() } }
              : each,
          ),
      });
      return { ok: true };
    });
    await page.getByLabel('Personal access token').fill('glpat-good');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('Paused on GitLab').waitFor();
    await page.getByText('protected branches and tags only').waitFor();
    expect(await page.content()).not.toMatch(/glpat-(?:planted|good)/);
  });

  it('a runner that is refused has its next step in its row: another token', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/runners' });
    app.answer('runner.setToken', async () => {
      throw new HarrierError('TOKEN_REFUSED', 'https://gitlab.orbit.dev does not know this token (403 Forbidden)');
    });
    await page.getByRole('button', { name: 'Enter new token' }).click();
    await page.getByLabel('Token', { exact: true }).fill('glrt-planted');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('does not know this token').waitFor();
    expect(await violations(page)).toEqual([]);
    app.answer('runner.setToken', async ({ runner }) => {
      app.change({
        runners: app
          .snapshot()
          .runners.map((each) => (each.key === runner ? { ...each, state: 'idle', trouble: undefined } : each)),
      });
      return { runner };
    });
    await page.getByRole('button', { name: 'Use this token' }).click();
    await page.getByRole('button', { name: 'Enter new token' }).waitFor({ state: 'detached' });
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain('glrt-planted');
  });

  it('stopping, resetting and removing ask first and say what goes where', async () => {
    const app = busyApp();
    app.change({ runners: app.snapshot().runners.map((runner) => ({ ...runner, outlives: runner.key === 'r-mbp' })) });
    const { page } = await windows.open(app, { hash: '#/runners' });
    const choose = async (name: string, item: string) => {
      await page.getByLabel(`More for ${name}`, { exact: true }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await choose('studio-mbp', 'Stop now, cancel its jobs');
    await page.getByRole('button', { name: 'Cancel jobs and stop' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await choose('studio-mbp', 'Reset token');
    await page.getByText('other machines that use this runner lose it').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset token' }).click();
    await page.getByText('Ends in new1').waitFor();
    await choose('studio-mbp', 'Remove runner');
    await page.getByText('The runner itself stays there').waitFor();
    await page.keyboard.press('Escape');
    await choose('nightly', 'Remove runner');
    await page.getByText('also deletes the runner on gitlab.com').waitFor();
    await page.getByRole('button', { name: 'Remove here', exact: true }).click();
    await page.getByRole('link', { name: 'nightly' }).waitFor({ state: 'detached' });
    expect(app.asked.map(({ name }) => name)).toEqual(['runner.stop', 'runner.resetToken', 'runner.remove']);
  });
});
