import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { busyScene, emptyScene, errorScene, integrationLog, manyJobs } from '../support/recordings.ts';
import { describeWith, tool } from '../support/require.ts';
import { launchBrowser, type OpenWindow, openWindow, rendererIsBuilt, type WindowOptions } from './window.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const now = Date.now();
const busyApp = (): FakeApp =>
  createFakeApp(busyScene(now), {
    'r-mbp-9001': integrationLog(now - 86_000, true),
    'r-mbp-8980': integrationLog(now - 22 * 60_000, false),
  });

describeWith('chromium', 'the window in a real browser', () => {
  let browser: Browser;
  const windows: OpenWindow[] = [];
  beforeAll(async () => {
    expect(rendererIsBuilt(), 'run `npm run build` first').toBe(true);
    browser = await launchBrowser(tool('chromium').path);
  });
  afterEach(async () => {
    for (const window of windows.splice(0)) {
      expect(window.complaints).toEqual([]);
      await window.close();
    }
  });
  afterAll(() => browser?.close());
  const open = async (app: FakeApp, options?: WindowOptions): Promise<OpenWindow> => {
    const window = await openWindow(browser, app, { reducedMotion: true, ...options });
    windows.push(window);
    return window;
  };
  const violations = async (page: Page): Promise<string[]> => {
    // Axe is put in through the debugger, which the page's policy does not bind.
    await page.evaluate(axeSource);
    return page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(
            options: object,
          ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
        };
      };
      const found = await axe.run({ resultTypes: ['violations'] });
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`),
      );
    });
  };

  describe('axe finds nothing', () => {
    const views: readonly { name: string; app: () => FakeApp; hash: string; act?: (page: Page) => Promise<unknown> }[] =
      [
        { name: 'first run', app: () => createFakeApp(emptyScene), hash: '#/jobs' },
        {
          name: 'running job with a search',
          app: busyApp,
          hash: '#/jobs/r-mbp-9001',
          act: (page) => page.getByLabel('Search log').fill('webhook'),
        },
        { name: 'failed job', app: busyApp, hash: '#/jobs/r-mbp-8980/L5-L6' },
        { name: 'runners with detail', app: busyApp, hash: '#/runners/r-shell' },
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
        { name: 'no runner', app: () => createFakeApp(emptyScene), hash: '#/runners' },
        {
          name: 'add a runner',
          app: () => createFakeApp(emptyScene),
          hash: '#/runners/add',
          act: (page) => page.getByRole('button', { name: 'Check server' }).click(),
        },
        { name: 'pipelines', app: busyApp, hash: '#/pipelines' },
        { name: 'pipeline board', app: busyApp, hash: '#/pipelines/p1' },
        {
          name: 'run a pipeline',
          app: busyApp,
          hash: '#/pipelines/run',
          act: (page) => page.getByText('payments-api').waitFor(),
        },
        { name: 'settings', app: busyApp, hash: '#/settings' },
        { name: 'commands', app: busyApp, hash: '#/runners', act: (page) => page.keyboard.press('Control+k') },
        { name: 'filters', app: busyApp, hash: '#/jobs', act: (page) => page.getByLabel('More filters').click() },
      ];
    it.each(views.flatMap((view) => (['light', 'dark'] as const).map((theme) => ({ ...view, theme }))))(
      '$name, $theme',
      async ({ app, hash, act, theme }) => {
        const { page } = await open(app(), { theme, hash });
        await page.waitForTimeout(50);
        await act?.(page);
        await page.waitForTimeout(100);
        expect(await violations(page)).toEqual([]);
      },
    );
    it('narrow', async () => {
      const { page } = await open(busyApp(), { hash: '#/jobs/r-mbp-9001', width: 640, height: 480 });
      await page.waitForTimeout(100);
      expect(await violations(page)).toEqual([]);
    });
  });

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
    const { page } = await open(app);
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

  it('a log that streams is followed; scrolling up stops that, End goes on', async () => {
    const app = busyApp();
    const { page } = await open(app, { hash: '#/jobs/r-mbp-9001' });
    await page.getByText('41 of 63 tests').waitFor();
    for (let at = 0; at < 300; at++) app.print('r-mbp-9001', `\nstreamed ${at}`);
    await page.getByText('streamed 299').waitFor();
    await page.getByRole('button', { name: 'Following' }).waitFor();
    await page.getByLabel('Lines of the log').hover();
    await page.mouse.wheel(0, -2000);
    await page.getByText('Follow is off').waitFor();
    const before = await page.locator('[data-line]').first().getAttribute('data-line');
    app.print('r-mbp-9001', '\nlater');
    await page.getByText('1 new line').first().waitFor();
    expect(await page.locator('[data-line]').first().getAttribute('data-line')).toBe(before);
    await page.getByLabel('Lines of the log').focus();
    await page.keyboard.press('End');
    await page.getByText('later').waitFor();
  });

  it('sections fold; search opens what hides a match and counts it all', async () => {
    const { page } = await open(busyApp(), { hash: '#/jobs/r-mbp-8980' });
    await page.getByText('AssertionError').first().waitFor();
    const section = page.getByRole('button', { name: /Getting source from Git repository/ });
    await section.waitFor();
    expect(await section.getAttribute('aria-expanded')).toBe('false');
    await section.click();
    await page.getByText('Created fresh repository.').waitFor();
    await section.click();
    await page.getByText('Created fresh repository.').waitFor({ state: 'detached' });
    await page.getByLabel('Search log').fill('resolved 1055,');
    await page.getByText('1 of 1').waitFor();
    await page.getByText('Progress: resolved 1055').waitFor();
    await page.getByLabel('Search log').fill('(');
    await page.getByLabel('Regular expression (RE2)').click();
    await page.getByText('Not an expression').waitFor();
  });

  it('a failed job opens at its problem; a line can be linked and shared', async () => {
    const { page } = await open(busyApp(), { hash: '#/jobs/r-mbp-8980' });
    await page.locator('[data-problem]').first().waitFor();
    await page.getByLabel('Line 2', { exact: true }).click();
    expect(await page.evaluate(() => location.hash)).toBe('#/jobs/r-mbp-8980/L2');
    await page
      .getByLabel('Line 5', { exact: true })
      .or(page.getByLabel('Line 10', { exact: true }))
      .first()
      .click({ modifiers: ['Shift'] });
    expect(await page.locator('[data-picked]').count()).toBeGreaterThan(1);
    await page.getByRole('button', { name: /^Copy \d+ lines/ }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('on studio-mbp');
    await page.evaluate(() => void (location.hash = '#/jobs/r-mbp-8980/L150'));
    await page.getByLabel('Line 150', { exact: true }).waitFor();
  });

  it('hostile output is text and nothing else', async () => {
    const app = busyApp();
    const { page } = await open(app, { hash: '#/jobs/r-mbp-9002' });
    app.print(
      'r-mbp-9002',
      '<img src=x onerror="document.title=1"><script>document.title=2</script>\n\x1b]0;owned\x07\x1b]8;;javascript:document.title=3\x07click\x1b]8;;\x07 \x1b]8;;https://example.com/\x07good\x1b]8;;\x07\n\x1b[31;99999;5mred\x1b[2J\x1b[H\x9b\x00\u202eevil\n',
    );
    await page.getByText('<img src=x').waitFor();
    await page.getByText('click').click();
    expect(await page.title()).toBe('Harrier');
    const links = await page
      .locator('[data-line] a[target]')
      .evaluateAll((all) => all.map((a) => [a.getAttribute('href'), a.getAttribute('rel'), a.getAttribute('title')]));
    expect(links).toEqual([['https://example.com/', 'noreferrer noopener', 'https://example.com/']]);
    expect(await page.locator('[data-line] img, [data-line] script').count()).toBe(0);
  });

  it('10,000 jobs: few rows in the page, filters and keys work', async () => {
    const app = createFakeApp({ ...busyScene(now), jobs: manyJobs(now, 10_000) });
    const { page } = await open(app, { hash: '#/jobs' });
    await page.getByRole('option').first().waitFor();
    expect(await page.getByRole('option').count()).toBeLessThan(30);
    await page.keyboard.press('/');
    await page.keyboard.type('job-9999');
    await page.getByRole('option', { name: /job-9999/ }).waitFor();
    expect(await page.getByRole('option').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowDown');
    for (let at = 0; at < 3; at++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'job-3', exact: true }).waitFor();
    await page.getByLabel('Project, ref, job').fill('nothing like this');
    await page.getByText('10,000 jobs are hidden by the filter.').waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await page.getByRole('option').first().waitFor();
  });

  it('a runner is added: each mistake is told at its field, nothing typed is lost', async () => {
    const app = createFakeApp(emptyScene);
    const { page } = await open(app, { hash: '#/runners/add' });
    await page.getByRole('button', { name: 'Check server' }).click();
    await page.getByText('Type the address of your GitLab.').waitFor();
    await page.getByLabel('Server address').fill('https://wiki.example');
    await page.keyboard.press('Enter');
    await page.getByText('answers with a web page').waitFor();
    expect(await page.getByLabel('Server address').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Server address').fill(' gitlab.orbit.dev/ ');
    await page.keyboard.press('Enter');
    await page.getByText('GitLab 18.6.1 answers').waitFor();
    await page.getByLabel('Token', { exact: true }).fill('glpat-abc');
    await page.keyboard.press('Enter');
    await page.getByText('This is a personal access token').waitFor();
    await page.getByLabel('Token', { exact: true }).fill('glrt-good');
    await page.keyboard.press('Enter');
    await page.getByLabel('Jobs at once').fill('many');
    await page.getByRole('button', { name: 'Add runner' }).last().click();
    await page.getByText('Type a whole number').waitFor();
    await page.getByLabel('Jobs at once').fill('2');
    await page.getByRole('button', { name: 'Add runner' }).last().click();
    await page.getByText('refused this token').waitFor();
    await page.evaluate(() => void (location.hash = '#/settings'));
    await page.evaluate(() => void (location.hash = '#/runners/add'));
    expect(await page.getByLabel('Token', { exact: true }).inputValue()).toBe('glrt-good');
    app.answer('runner.add', async ({ name }) => {
      app.change({
        runners: [
          {
            ...(busyScene(now).runners?.[2] as NonNullable<ReturnType<typeof busyScene>['runners']>[number]),
            key: 'new',
            name: name ?? 'this-machine',
            state: 'idle',
          },
        ],
      });
      return { runner: 'new' };
    });
    await page.getByLabel('Token', { exact: true }).fill('glrt-better');
    await page.keyboard.press('Enter');
    await page.getByLabel('Name').fill('my-mac');
    await page.getByRole('button', { name: 'Add runner' }).last().click();
    await page.getByRole('heading', { name: 'my-mac' }).waitFor();
    expect(app.asked.findLast(({ name }) => name === 'runner.add')?.input).toEqual({
      url: 'https://gitlab.orbit.dev',
      token: 'glrt-better',
      executor: 'shell',
      name: 'my-mac',
      settings: { limit: 2 },
    });
    expect(await page.content()).not.toContain('glrt-better');
  });

  it('a pasted command fills the fields', async () => {
    const { page } = await open(createFakeApp(emptyScene), { hash: '#/runners/add' });
    await page.evaluate(() =>
      navigator.clipboard.writeText(
        'gitlab-runner register \\\n --url https://gitlab.orbit.dev \\\n --token glrt-pasted',
      ),
    );
    await page.getByLabel('Server address').focus();
    await page.keyboard.press('Control+v');
    await page.keyboard.press('Enter');
    await page.getByLabel('Token', { exact: true }).waitFor();
    expect(await page.getByLabel('Token', { exact: true }).inputValue()).toBe('glrt-pasted');
  });

  it('runners are paused, checked and removed; a failure stands in the row', async () => {
    const app = busyApp();
    const { page } = await open(app, { hash: '#/runners' });
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
    const { page } = await open(app, { hash: '#/runners' });
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
    const { page } = await open(app, { hash: '#/jobs/r-mbp-9001' });
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
    const { page } = await open(app, { hash: '#/pipelines/run' });
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
    const { page } = await open(app, { hash: '#/runners' });
    await page.route('**/session', (route) => route.abort());
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
    const { page, host } = await open(busyApp(), { hash: '#/runners' });
    await page.route('**/session', (route) => route.fulfill({ status: 401 }));
    await host.close();
    await page.getByText('Harrier prints an address with a secret').waitFor();
  });

  it('zoomed to 200 % everything can still be reached', async () => {
    const { page } = await open(busyApp(), { hash: '#/runners', width: 720, height: 450 });
    await page.getByLabel('More for nightly').click();
    await page.getByRole('menuitem', { name: 'Check token' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  it('high contrast: states, selection and focus stay visible', async () => {
    const { page } = await open(busyApp(), { hash: '#/jobs/r-mbp-8980', forcedColors: true });
    await page.locator('[data-problem]').first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(
      await page.getByRole('option', { selected: true }).evaluate((row) => getComputedStyle(row).outlineStyle),
    ).toBe('solid');
  });

  it('wrapped lines: the whole of a long log can be reached, its end too', async () => {
    const app = busyApp();
    const { page } = await open(app, { hash: '#/jobs/r-mbp-9002', width: 1100 });
    app.print(
      'r-mbp-9002',
      Array.from(
        { length: 3000 },
        (_, at) => `row ${at} ${'word '.repeat(at % 60)}
`,
      ).join(''),
    );
    await page.getByText('row 2999').waitFor();
    await page.getByLabel('Wrap lines').click();
    await page.getByText('row 2999').waitFor();
    const log = page.getByLabel('Lines of the log');
    const bottom = await page.getByText('row 2999').evaluate((row) => row.getBoundingClientRect().bottom);
    expect(bottom).toBeLessThanOrEqual((await log.evaluate((box) => box.getBoundingClientRect().bottom)) + 1);
    await log.focus();
    await page.keyboard.press('Home');
    await page.getByText('row 0', { exact: false }).first().waitFor();
    expect(
      await page.locator('[data-line="1"]').evaluate((row) => row.getBoundingClientRect().top),
    ).toBeGreaterThanOrEqual(await log.evaluate((box) => box.getBoundingClientRect().top - 1));
    await page.evaluate(() => void (location.hash = '#/jobs/r-mbp-9002/L1501'));
    await page.locator('[data-picked]').waitFor();
    expect(await page.locator('[data-line="1501"]').evaluate((row) => row.getBoundingClientRect().top)).toBeGreaterThan(
      0,
    );
  });

  it('an address without its secret shows what to do, not the window', async () => {
    const { page, host } = await open(busyApp());
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    await other.goto(new URL(host.url).origin);
    await other.getByRole('heading', { name: 'Open the address that Harrier printed' }).waitFor();
    expect(await page.evaluate(() => location.href)).not.toContain('token');
    await stranger.close();
  });

  it('every view can be reached and every button pressed by keyboard', async () => {
    const { page } = await open(busyApp(), { hash: '#/runners' });
    const seen = new Set<string>();
    for (let at = 0; at < 60; at++) {
      await page.keyboard.press('Tab');
      seen.add(
        await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          return element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
        }),
      );
    }
    for (const name of [
      'Jobs',
      'Settings',
      'Pause all',
      'Add runner',
      'studio-mbp',
      'Pause studio-mbp',
      'More for studio-mbp',
    ])
      expect(
        [...seen].some((each) => each.startsWith(name)),
        name,
      ).toBe(true);
    await page.keyboard.press('Control+1');
    await page
      .getByRole('heading', { name: 'test:integration' })
      .or(page.getByRole('heading', { name: 'build:image' }))
      .first()
      .waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('settings');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
  });

  it('themes: what is chosen stays', async () => {
    const { page } = await open(busyApp(), { hash: '#/settings', theme: 'light' });
    await page.getByLabel('Dark').check();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.reload();
    await page.waitForSelector('nav');
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(16, 19, 19)');
  });
});
