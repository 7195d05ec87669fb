import { expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import { describeWith } from '../support/require.ts';
import { busyApp, useWindows } from './harness.ts';

describeWith('chromium', 'the page of container engines', () => {
  const windows = useWindows();

  it('shows each place with its answer and why one was picked; removal asks, and leaves what is in use', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/jobs' });
    await page.getByRole('navigation').getByText('Containers').click();
    const places = page.getByRole('list', { name: 'Places that were looked at' }).getByRole('listitem');
    await places.first().waitFor();
    expect(await places.allInnerTexts()).toEqual([
      expect.stringMatching(/Docker context "colima"[\s\S]*nobody listens/),
      expect.stringMatching(/^Docker\n[\s\S]*Docker 27\.3\.1[\s\S]*Jobs go here/),
      expect.stringMatching(/^Podman\n[\s\S]*Podman 5\.2\.2/),
      expect.stringMatching(/OrbStack[\s\S]*there is nothing/),
    ]);
    await page.getByText('Nothing names an engine, so jobs go to the first place that answers.').waitFor();
    await page.getByText('4 things, 1.3 GB').waitFor();

    await page.getByRole('button', { name: 'Remove…' }).press('Enter');
    await page.getByText('2 leftovers, 63.0 KB').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(app.asked.filter(({ name }) => name === 'docker.prune')).toEqual([]);

    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Remove 3 (1.2 GB)' }).click();
    await page.getByText('1 thing, 18.3 MB').waitFor();
    expect(app.asked.at(-1)).toEqual({
      name: 'docker.prune',
      input: { address: 'unix:///var/run/docker.sock', caches: true, kept: false },
    });
    expect(await page.getByRole('button', { name: 'Remove…' }).getAttribute('aria-disabled')).toBe('true');
  });

  it('what could not be removed is told in the question, and trouble in its place', async () => {
    const app = busyApp();
    app.answer('docker.prune', async () => ({
      removed: 1,
      freedBytes: 0,
      failed: [{ name: 'runner-t3k9xq2mz-42-1-77', message: 'network has active endpoints' }],
    }));
    const { page } = await windows.open(app, { hash: '#/containers' });
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: /^Remove 2/ }).click();
    await page.getByText('runner-t3k9xq2mz-42-1-77: network has active endpoints').waitFor();
    await page.keyboard.press('Escape');
    app.answer('docker.contents', async () => {
      throw new HarrierError('INPUT_INVALID', 'no runner uses an engine at unix:///var/run/docker.sock');
    });
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('no runner uses an engine at').or(page.getByText('No runner uses an engine at')).waitFor();
  });
});
