import { expect, it } from 'vitest';
import { createFakeApp, firstSettings } from '../support/fake-app.ts';
import { emptyScene } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { busyApp, useWindows, violations } from './harness.ts';

describeWith('chromium', 'notifications and settings in a real browser', () => {
  const windows = useWindows();

  it('what the system cannot show stands over the navigation, never over the log; a click opens the log', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/runners' });
    const tell = (id: string) =>
      app.tell('note.show', {
        id,
        level: 'failure',
        title: `test:unit ${id} failed`,
        body: 'orbit/payments-api: Exit code 1 in script',
        link: '#/jobs/r-mbp-8980',
      });
    for (const id of ['1', '2', '3', '4']) tell(id);
    await page.getByText('test:unit 4 failed').waitFor();
    expect(await page.getByText(/test:unit \d failed/).count()).toBe(3);
    expect(await page.getByRole('region', { name: 'Notifications' }).getAttribute('aria-live')).toBe('polite');
    expect(await violations(page)).toEqual([]);
    const box = await page.getByRole('region', { name: 'Notifications' }).boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(200);
    await page.getByRole('button', { name: 'Close: test:unit 4 failed' }).click();
    await page.getByText('test:unit 4 failed').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: /test:unit 3 failed/ }).click();
    await page.getByLabel('Lines of the log').waitFor();
    expect(await page.evaluate(() => location.hash)).toMatch(/^#\/jobs\/r-mbp-8980/);
  });

  it('settings: what this host cannot do is not shown; the rest is kept by the engine', async () => {
    const app = createFakeApp(emptyScene);
    const { page } = await windows.open(app, { hash: '#/settings' });
    await page.getByRole('checkbox', { name: /^Notify me/ }).check();
    await page.getByRole('checkbox', { name: /^Start paused/ }).check();
    await page.getByText('When a server has not answered for a minute, and when it is back').waitFor();
    await page.getByText('More than three ends of jobs in ten seconds as one').waitFor();
    expect(await page.getByText('Start when I log in').count()).toBe(0);
    expect(await page.getByText('Closing the window').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    expect(app.asked.filter(({ name }) => name === 'settings.change').map(({ input }) => input)).toEqual([
      { notifications: true },
      { startPaused: true },
    ]);
  });

  it('which jobs of a runner are told is set beside the switch, and counts for the next end of a job', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/settings' });
    const level = page.getByLabel('studio-mbp', { exact: true });
    await level.waitFor();
    expect(await level.locator('option').allTextContents()).toEqual(['All jobs', 'Failures', 'Nothing']);
    await level.selectOption('Nothing');
    expect(app.asked.findLast(({ name }) => name === 'runner.change')?.input).toEqual({
      runner: 'r-mbp',
      values: { 'harrier.notify': 'none' },
    });
  });

  it('the desktop shows what it can do, and its links are harrier:// links', async () => {
    const app = createFakeApp({ ...emptyScene, host: { kind: 'electron', platform: 'darwin', canPickFolder: true } });
    app.answer('settings.read', async () => ({
      ...firstSettings,
      asked: true,
      notifications: true,
      login: { on: true, needsApproval: true },
    }));
    const { page } = await windows.open(app, { hash: '#/settings' });
    await page.getByText('The system waits for your consent').waitFor();
    await page.getByRole('radio', { name: 'Quits Harrier' }).click();
    await page.getByText('Icon in the Dock').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(app.asked.findLast(({ name }) => name === 'settings.change')?.input).toEqual({ closeWindow: 'quit' });
  });

  it('a link with the number of a job opens the newest of that number', async () => {
    const { page } = await windows.open(busyApp(), { hash: '#/jobs/8980' });
    await page.getByLabel('Lines of the log').waitFor();
  });
});
