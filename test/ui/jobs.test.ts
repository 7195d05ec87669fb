import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { startTestCoordinator } from '../support/coordinator/index.ts';
import { describeWith, itWith } from '../support/require.ts';
import { busyApp, useWindows, violations } from './harness.ts';

/** JOB1 to JOB3 as a person meets them. */
describeWith(['chromium', 'bash', 'git'], 'jobs in a real browser', () => {
  const windows = useWindows();
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const open = async () => {
    const folder = mkdtempSync(join(tmpdir(), 'harrier-jobs-'));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const coordinator = await startTestCoordinator();
    closers.push(() => coordinator.close());
    const app = await startApp(folder, coordinator);
    closers.push(() => app.close());
    return { folder, coordinator, app };
  };

  it('a job that the history lets go gives its place to the newest one', async () => {
    const app = busyApp();
    const { page } = await windows.open(app, { hash: '#/jobs' });
    const shown = (await page.getByRole('article').getAttribute('aria-label')) ?? '';
    app.change({ jobs: app.snapshot().jobs.filter(({ name }) => name !== shown) });
    await page.getByRole('option', { name: shown }).waitFor({ state: 'detached' });
    const newest = (await page.getByRole('option').first().getAttribute('title')) ?? '';
    const now = (await page.getByRole('article').getAttribute('aria-label')) ?? '';
    expect(newest).toContain(now);
  });

  itWith(
    'posix',
    'a real job: its row, its detail with sizes, its variables without secrets, its text for an issue',
    async () => {
      const { folder, coordinator, app } = await open();
      const go = join(folder, 'go');
      const build = coordinator.queue({
        name: 'build',
        script: ['head -c 40000 /dev/urandom > out.bin'],
        artifacts: [{ paths: ['out.bin'], when: 'on_success' }],
      });
      await build.done;
      const job = coordinator.queue({
        name: 'check',
        script: ['echo "vendored" > vendored.txt', `while [ ! -e ${go} ]; do sleep 0.05; done`, 'exit 42'],
        variables: [
          { key: 'SECRET', value: 'planted-secret', masked: true },
          { key: 'PLAIN', value: 'seen' },
        ],
        cache: [{ key: 'deps', paths: ['vendored.txt'], policy: 'pull-push', when: 'always' }],
        artifacts: [{ paths: ['out.bin'], when: 'always' }],
        dependencies: [{ ...build.asDependency(), token: build.token }],
      });
      const { page } = await windows.open(app, { hash: `#/jobs/${job.id}` });
      await page.getByRole('heading', { name: 'check' }).waitFor();
      await page.getByRole('button', { name: 'Show variables' }).click();
      const variables = page.getByLabel('Variables', { exact: true });
      await variables.getByText('seen').waitFor();
      await variables.locator('div', { hasText: 'SECRET' }).getByText('hidden').waitFor();
      expect(await page.content()).not.toContain('planted-secret');
      writeFileSync(go, '');
      await job.done;
      const row = page.getByRole('option', { name: /check/ });
      await row.getByText('Exit code 42 in script · waited 2 s').waitFor();
      await row.getByText('group/project · main').waitFor();
      const detail = page.getByRole('complementary', { name: 'Detail' });
      const fact = (name: string) => detail.locator('dt', { hasText: name }).locator('+ dd').textContent();
      await expect.poll(() => fact('Artifacts sent')).toMatch(/^4\d\.\d KB$/);
      expect(await fact('Artifacts received')).toBe(await fact('Artifacts sent'));
      expect(await fact('Cache saved')).toMatch(/^\d+ B$/);
      await detail.getByRole('button', { name: 'Copy as Markdown' }).click();
      await detail.getByRole('button', { name: 'Copied as Markdown' }).waitFor();
      const text = await page.evaluate(() => navigator.clipboard.readText());
      expect(text).toContain(`[**check**](${coordinator.url}/group/project/-/jobs/${job.id}): Failed`);
      expect(text).toContain('| Result | Exit code 42 in script |');
      expect(text).not.toContain('planted-secret');
      expect(await page.getByRole('link', { name: 'Retry on GitLab' }).getAttribute('href')).toContain(
        `/-/jobs/${job.id}`,
      );
      expect(await violations(page)).toEqual([]);
      // The next job restores what was saved.
      const again = coordinator.queue({
        name: 'again',
        script: ['cat vendored.txt'],
        cache: [{ key: 'deps', paths: ['vendored.txt'] }],
      });
      await again.done;
      await page.getByRole('option', { name: /again/ }).click();
      await page.getByRole('heading', { name: 'again' }).waitFor();
      await expect.poll(() => fact('Cache restored')).toMatch(/^\d+ B$/);
    },
  );

  itWith('posix', 'a canceled job is ended here and reported', async () => {
    const { coordinator, app } = await open();
    const job = coordinator.queue({ name: 'long', script: ['echo begun', 'sleep 600'] });
    await job.printed('begun');
    const { page } = await windows.open(app, { hash: `#/jobs/${job.id}` });
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await job.done;
    await page.locator('header').getByText('Canceled').waitFor();
    expect(job.finals.at(-1)).toMatchObject({ state: 'failed' });
  });

  itWith(
    'linux',
    'the place of one running job is kept for a look when it fails; all that is kept is removed at once',
    async () => {
      const { folder, coordinator, app } = await open();
      const go = join(folder, 'go');
      const wait = `while [ ! -e ${go} ]; do sleep 0.05; done`;
      const kept = coordinator.queue({ name: 'look', script: ['echo begun', 'echo made > leftover', wait, 'exit 1'] });
      const other = coordinator.queue({ name: 'other', script: ['echo begun', wait, 'exit 1'] });
      await Promise.all([kept.printed('begun'), other.printed('begun')]);
      const { page } = await windows.open(app, { hash: `#/jobs/${kept.id}` });
      const keep = page.getByRole('checkbox', { name: /^Keep its place if it fails/ });
      expect(await keep.isChecked()).toBe(false);
      await keep.click();
      await page.getByText('For 30 min').waitFor();
      expect(await violations(page)).toEqual([]);
      writeFileSync(go, '');
      await Promise.all([kept.done, other.done]);
      await expect.poll(() => app.snapshot().kept.map(({ name }) => name)).toEqual(['look']);
      const [left] = app.snapshot().kept;
      expect(existsSync(join(left?.place ?? '', 'leftover'))).toBe(true);
      await page.evaluate(() => void (location.hash = '#/terminals'));
      await page.getByRole('button', { name: 'Remove all' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove all' }).click();
      await page.getByText('Nothing is kept').waitFor();
      await expect.poll(() => existsSync(join(left?.place ?? '', 'leftover'))).toBe(false);
    },
  );

  itWith('posix', 'a local job is run again by itself', async () => {
    const { folder, app } = await open();
    const repository = join(folder, 'repository');
    mkdirSync(repository);
    writeFileSync(join(repository, '.gitlab-ci.yml'), 'a:\n  script: echo first\nb:\n  script: exit 3\n');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=m', '-c', 'user.email=m@test', ...args], {
        cwd: repository,
        stdio: 'ignore',
      });
    git('init', '-b', 'main');
    git('add', '.');
    git('commit', '-m', 'first');
    await app.handlers['pipeline.run']({ folder: repository });
    await expect.poll(() => app.snapshot().pipelines[0]?.endedMs, { timeout: 15_000 }).toBeDefined();
    const failed = app.snapshot().jobs.find(({ name }) => name === 'b');
    const { page } = await windows.open(app, { hash: `#/jobs/${failed?.key}` });
    writeFileSync(join(repository, '.gitlab-ci.yml'), 'a:\n  script: echo first\nb:\n  script: echo mended\n');
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByRole('heading', { name: 'repository' }).waitFor();
    await page.getByRole('link', { name: /^b/ }).click();
    await page.getByLabel('Lines of the log').getByText('mended', { exact: true }).waitFor();
    await expect.poll(() => app.snapshot().pipelines[0]?.state).toBe('passed');
    expect(app.snapshot().pipelines[0]?.stages.flatMap(({ jobs }) => jobs.map(({ name }) => name))).toEqual(['b']);
  });

  it('the list is cut down to a runner, a project, a ref, a state, and words; what is hidden is said', async () => {
    const { page } = await windows.open(busyApp(), { hash: '#/jobs' });
    await page.getByRole('button', { name: 'More filters' }).click();
    const names = () => page.locator('[data-job]').count();
    await page.getByLabel('Ref', { exact: true }).selectOption('feature/refund-webhooks');
    await page.getByLabel('Project', { exact: true }).selectOption('orbit/payments-api');
    await page.getByLabel('State').selectOption('failed');
    await expect.poll(names).toBe(2);
    await page
      .getByRole('option', { name: /deploy:review/ })
      .getByText('orbit/payments-api · feature/refund-webhooks')
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Runner').selectOption({ label: 'studio-mbp' });
    await expect.poll(names).toBe(1);
    await page.getByLabel('Project, ref, job').fill('nothing like this');
    await page.getByText(/are hidden by the filter/).waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await expect.poll(names).toBeGreaterThan(5);
  });
});
