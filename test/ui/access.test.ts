import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeWith } from '../support/require.ts';
import { settled, useWindows, violations } from './harness.ts';
import { appOf, fullApp, views } from './views.ts';

/** What a screen reader's user walks through inside of `main`: landmarks, lists of choices, headings. */
const walks: Readonly<Record<string, readonly string[]>> = {
  'first run': ['h1 Run CI jobs on this machine', 'h2 Try it', 'h2 Connect to GitLab', 'h3 On this machine'],
  'jobs and a running log': [
    'region "Jobs"',
    'h2 Jobs',
    'listbox "Jobs"',
    'article "test:integration"',
    'h1 test:integration',
    'region "Log"',
    'region "Lines of the log"',
    'complementary "Detail"',
    'h2 Stages',
    'h2 Problems',
    'h2 Details',
  ],
  'a failed job': [
    'region "Jobs"',
    'h2 Jobs',
    'listbox "Jobs"',
    'article "deploy:review"',
    'h1 deploy:review',
    'region "Log"',
    'region "Lines of the log"',
    'complementary "Detail"',
    'h2 Stages',
    'h2 Problems',
    'h2 Details',
  ],
  runners: ['h1 Runners'],
  'no runner': ['h1 Runners', 'h2 No runner yet'],
  'a runner': [
    'h1 Runners',
    'complementary "studio-mbp-shell"',
    'h2 studio-mbp-shell',
    'h3 Why is no job here?',
    'h3 Settings',
    'h3 Last jobs',
  ],
  'runner edit': ['h1 Runners', 'complementary "studio-mbp-shell"', 'h2 studio-mbp-shell'],
  'wizard, server': ['h1 Add a runner', 'h2 Which GitLab?'],
  'wizard, token': [
    'h1 Add a runner',
    'h2 Paste a token',
    'h3 Tokens Harrier understands',
    'complementary "What comes next"',
    'h3 What comes next',
  ],
  'wizard, executor': ['h1 Add a runner', 'h2 Where do jobs run?', 'region "On this machine"', 'h3 On this machine'],
  'wizard, tags': ['h1 Add a runner', 'h2 Which jobs, how many at once?', 'h3 GitLab decides which jobs come'],
  'wizard, save': ['h1 Add a runner', 'h2 Check and save', 'h3 Summary', 'h3 Added to config.toml'],
  pipelines: ['h1 Pipelines'],
  'a pipeline': ['h1 payments-api', 'region "Stages of the pipeline"', 'h2 build', 'h2 test', 'h2 deploy'],
  'run a pipeline': ['h1 Run a local pipeline'],
  containers: [
    'h1 Containers',
    'h2 Runners build-box, laptop',
    'h2 Made by Harrier',
    'h3 Leftovers 63.0 KB',
    'h3 In use by a running job 18.3 MB',
    'h3 Caches and work trees of later jobs 1.2 GB',
  ],
  'config editor': [
    'h1 config.toml',
    'navigation "Parts of the file"',
    'h2 Runners',
    'form "Global"',
    'h2 Global',
    'h3 Basics 2 set',
    'h3 Docker machine',
    'h3 Harrier',
    'h3 Labels',
    'h3 Web terminals of GitLab 1 set',
    'h3 Without effect here',
  ],
  'terminal places': ['h1 Terminals', 'navigation "Terminals"', 'h2 Running jobs', 'h2 Kept environments'],
  'a terminal': ['h1 Terminals', 'navigation "Terminals"', 'toolbar "Terminal tools"'],
  settings: [
    'h1 Settings',
    'h2 Look',
    'h2 Notifications',
    'h2 Start',
    'h2 Connection to GitLab',
    'h2 History',
    'h2 Folders',
    'h2 Health and version',
    'h2 Reset',
  ],
};

const part =
  /^\s*- '?(navigation|main|region|complementary|contentinfo|banner|search|form|article|dialog|toolbar|listbox|heading)\b(?: "((?:[^"\\]|\\.)*)")?(?: \[level=(\d)\])?/;
async function walkOf(page: Page): Promise<string[]> {
  const tree = await page.locator('body').ariaSnapshot();
  return tree.split('\n').flatMap((line) => {
    const [, role, name, level] = part.exec(line) ?? [];
    if (role === undefined) return [];
    if (level !== undefined) return `h${level} ${name}`;
    return name === undefined ? role : `${role} "${name}"`;
  });
}
const moving = (page: Page): Promise<number> =>
  page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length);

describeWith('chromium', 'for everybody', () => {
  const windows = useWindows();

  it.each(views)(
    '$name: axe, both themes, forced colours at 200 %, a still picture, a tree to walk through',
    async (view) => {
      const app = appOf(view);
      const { page } = await windows.open(app, { hash: view.hash, theme: 'light' });
      await view.ready(page, app);
      await settled(page);
      expect(await walkOf(page)).toEqual([
        'navigation "Views"',
        'main',
        ...(walks[view.name] ?? []),
        'region "Notifications"',
      ]);
      expect(await moving(page)).toBe(0);
      expect(await violations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
      expect(await violations(page, 'only')).toEqual([]);
      // 1280 by 800 at 200 %.
      await page.setViewportSize({ width: 640, height: 400 });
      await page.emulateMedia({ forcedColors: 'active' });
      expect(await violations(page, 'not')).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    },
  );

  it('what turns while a job runs stands still only for those who ask for it', async () => {
    const { page } = await windows.open(fullApp(), { hash: '#/jobs/r-mbp-9001', reducedMotion: false });
    await page.locator('[data-line]').first().waitFor();
    expect(await moving(page)).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await expect.poll(() => moving(page)).toBe(0);
  });

  it('a search moves nothing: the bar above the log stays one row at every width', async () => {
    const { page } = await windows.open(fullApp(), { hash: '#/jobs/r-mbp-9001', width: 640, height: 640 });
    await page.locator('[data-line]').first().waitFor();
    await page.getByLabel('Search log').fill('webhook');
    await page.getByText(/^\d+ of \d+$/).waitFor();
    const bar = page.getByRole('region', { name: 'Log', exact: true }).locator('> div').first();
    for (const width of [640, 860, 1024, 1280, 1440]) {
      await page.setViewportSize({ width, height: 640 });
      await expect.poll(() => bar.evaluate((each) => each.clientHeight), { message: `${width} wide` }).toBe(39);
    }
  });

  it('zoomed to 200 %, steering, a menu and a dialog can be used', async () => {
    const app = fullApp();
    const { page } = await windows.open(app, { hash: '#/runners', width: 640, height: 400 });
    await page.locator('[data-runner]').first().waitFor();
    await page.getByRole('button', { name: 'Busy, 2 jobs' }).click();
    const entry = page.getByRole('menuitem', { name: 'Stop', exact: true });
    const box = await entry.boundingBox();
    expect(box && box.x >= 0 && box.x + box.width <= 640 && box.y + box.height <= 400).toBe(true);
    await entry.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Finish, then stop' }).click();
    await expect.poll(() => app.asked.at(-1)).toEqual({ name: 'engine.stop', input: { mode: 'drain' } });
  });
});
