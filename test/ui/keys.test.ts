import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type ShortcutId, shortcuts } from '../../src-renderer/app/shortcuts.ts';
import type { FakeApp } from '../support/fake-app.ts';
import { describeWith } from '../support/require.ts';
import { terminalJob } from '../support/terminal-scene.ts';
import { useWindows } from './harness.ts';
import { fullApp, views } from './views.ts';

const go = (page: Page, hash: string) => page.evaluate((to) => void (location.hash = to), hash);
const hashOf = (page: Page) => page.evaluate(() => location.hash);
const becomes = <T>(read: () => Promise<T>, value: T) => expect.poll(read).toEqual(value);
const focusOf = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
const running = `#/jobs/${terminalJob}`;
const failed = '#/jobs/r-mbp-8980';

interface Use {
  readonly id: ShortcutId;
  readonly hash: string;
  /** Where the focus is, by its label; else nowhere in particular. */
  readonly at?: 'Jobs' | 'Lines of the log';
  readonly shows: (page: Page, app: FakeApp) => Promise<unknown>;
}
const dialog = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('dialog', { name }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
};
const timesButton = (page: Page) => page.getByRole('button', { name: /^Times: / }).getAttribute('aria-label');
const wrapButton = (page: Page) => page.getByRole('button', { name: 'Wrap lines' }).getAttribute('aria-pressed');
const openSections = (page: Page) => page.locator('[data-line] button[aria-expanded=true]').count();
const inView = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((each) => each.getBoundingClientRect().top < innerHeight && each.getBoundingClientRect().bottom > 0);

/** Every shortcut of the design, section 8: pressed as a person does, seen by what comes of it. */
const table: readonly Use[] = [
  {
    id: 'commands',
    hash: running,
    shows: async (page) => {
      await page.keyboard.press('Control+k');
      await dialog(page, 'Commands');
    },
  },
  {
    id: 'help',
    hash: running,
    shows: async (page) => {
      await page.keyboard.press('?');
      expect(await page.getByRole('dialog', { name: 'Keys' }).locator('dt').count()).toBe(
        Object.keys(shortcuts).length,
      );
      await dialog(page, 'Keys');
    },
  },
  {
    id: 'views',
    hash: '#/settings',
    shows: async (page) => {
      for (const [at, view] of ['jobs', 'runners', 'pipelines', 'containers', 'terminals'].entries()) {
        await page.keyboard.press(`Control+${at + 1}`);
        await becomes(() => hashOf(page), `#/${view}`);
      }
    },
  },
  {
    id: 'settings',
    hash: running,
    shows: async (page) => {
      await page.keyboard.press('Control+,');
      await becomes(() => hashOf(page), '#/settings');
    },
  },
  {
    id: 'filter',
    hash: running,
    shows: async (page) => {
      await page.keyboard.press('/');
      await becomes(() => focusOf(page), 'Project, ref, job');
    },
  },
  {
    id: 'list',
    hash: running,
    at: 'Jobs',
    shows: async (page) => {
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter']) await page.keyboard.press(key);
      await becomes(() => hashOf(page), '#/jobs/r-mbp-8990');
    },
  },
  {
    id: 'search',
    hash: running,
    at: 'Jobs',
    shows: async (page) => {
      await page.keyboard.press('Control+f');
      await becomes(() => focusOf(page), 'Search log');
    },
  },
  {
    id: 'matches',
    hash: running,
    shows: async (page) => {
      const field = page.getByLabel('Search log');
      await field.fill('webhook');
      const at = async () => (await page.getByText(/^\d+ of \d+$/).innerText()).split(' ')[0];
      await page.getByText(/^\d+ of \d+$/).waitFor();
      const first = await at();
      await page.keyboard.press('Enter');
      await expect.poll(at).not.toBe(first);
      await page.keyboard.press('Shift+Enter');
      await becomes(at, first);
      await field.fill('');
    },
  },
  {
    id: 'problems',
    hash: failed,
    at: 'Lines of the log',
    shows: async (page) => {
      for (const keys of ['e', 'Shift+E']) {
        await page.keyboard.press('Home');
        await page.locator('[data-line="1"]').first().waitFor();
        await page.keyboard.press(keys);
        await page.locator('[data-problem]').first().waitFor();
        await becomes(() => inView(page, '[data-problem]'), true);
      }
    },
  },
  {
    id: 'allFolds',
    hash: failed,
    at: 'Lines of the log',
    shows: async (page) => {
      await page.keyboard.press('Shift+ArrowLeft');
      await becomes(() => openSections(page), 0);
      await page.keyboard.press('Shift+ArrowRight');
      await expect.poll(() => openSections(page)).toBeGreaterThan(0);
    },
  },
  {
    id: 'ends',
    hash: running,
    at: 'Lines of the log',
    shows: async (page) => {
      await page.keyboard.press('Home');
      await becomes(() => inView(page, '[data-line="1"]'), true);
      await page.getByText('Follow is off').waitFor();
      await page.keyboard.press('End');
      await page.getByRole('button', { name: 'Following' }).waitFor();
    },
  },
  {
    id: 'folds',
    hash: running,
    at: 'Lines of the log',
    shows: async (page) => {
      await page.keyboard.press('Shift+ArrowRight');
      await page.keyboard.press('Home');
      const first = () => page.locator('[data-line] button[aria-expanded]').first().getAttribute('aria-expanded');
      await becomes(first, 'true');
      for (let at = 0; at < 5; at++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowLeft');
      await page.locator('[data-line] button[aria-expanded=false]').first().waitFor();
      await page.keyboard.press('ArrowRight');
      await page.locator('[data-line] button[aria-expanded=false]').first().waitFor({ state: 'detached' });
    },
  },
  {
    id: 'lines',
    hash: failed,
    at: 'Lines of the log',
    shows: async (page) => {
      for (let at = 0; at < 3; at++) await page.keyboard.press('Shift+ArrowUp');
      await becomes(() => page.locator('[data-line][data-picked]').count(), 3);
      await page.keyboard.press('Shift+ArrowDown');
      await becomes(() => page.locator('[data-line][data-picked]').count(), 2);
      expect(await hashOf(page)).toMatch(/\/L\d+-L\d+$/);
      await page.keyboard.press('Escape');
      await becomes(() => hashOf(page), failed);
    },
  },
  {
    id: 'times',
    hash: running,
    at: 'Jobs',
    shows: async (page) => {
      const before = await timesButton(page);
      await page.keyboard.press('t');
      await expect.poll(() => timesButton(page)).not.toBe(before);
    },
  },
  {
    id: 'wrap',
    hash: running,
    at: 'Lines of the log',
    shows: async (page) => {
      await page.keyboard.press('w');
      await becomes(() => wrapButton(page), 'true');
      await page.keyboard.press('w');
      await becomes(() => wrapButton(page), 'false');
    },
  },
  {
    id: 'full',
    hash: running,
    at: 'Lines of the log',
    shows: async (page) => {
      await page.keyboard.press('f');
      await page.locator('[data-full]').waitFor();
      await page.keyboard.press('f');
      await page.locator('[data-full]').waitFor({ state: 'detached' });
    },
  },
  {
    id: 'link',
    hash: `${failed}/L3-L5`,
    at: 'Jobs',
    shows: async (page) => {
      await page.keyboard.press('Control+l');
      await expect
        .poll(() => page.evaluate(() => navigator.clipboard.readText()))
        .toMatch(/#\/jobs\/r-mbp-8980\/L3-L5$/);
    },
  },
  {
    id: 'terminal',
    hash: running,
    shows: async (page) => {
      await page.keyboard.press('Control+t');
      await page.locator('.xterm').waitFor();
    },
  },
  {
    id: 'terminalCommands',
    hash: '',
    shows: async (page, app) => {
      await page.locator('.xterm-helper-textarea').focus();
      const before = await hashOf(page);
      // Every other key is the shell's.
      for (const keys of ['Control+k', 'Control+1', '?', '/']) await page.keyboard.press(keys);
      await expect.poll(() => app.shells[0]?.typed).toContain('\x0b?/');
      expect(await hashOf(page)).toBe(before);
      await page.keyboard.press('Control+Shift+K');
      await dialog(page, 'Commands');
      await page.keyboard.type('ls');
      await expect.poll(() => app.shells[0]?.typed).toMatch(/ls$/);
    },
  },
  {
    id: 'leaveTerminal',
    hash: '',
    shows: async (page) => {
      await page.keyboard.press('Control+F6');
      await becomes(() => page.evaluate(() => document.activeElement?.closest('nav')?.ariaLabel), 'Terminals');
    },
  },
  {
    id: 'server',
    hash: failed,
    shows: async (page) => {
      const opened = page.context().waitForEvent('page');
      await page.keyboard.press('Control+o');
      await (await opened).close();
    },
  },
  {
    id: 'cancel',
    hash: running,
    at: 'Jobs',
    shows: async (page) => {
      await page.keyboard.press('Control+.');
      await dialog(page, 'Cancel test:integration?');
    },
  },
  {
    id: 'pauseAll',
    hash: running,
    shows: async (page, app) => {
      const asked = (name: string) => app.asked.filter((each) => each.name === name).length;
      await page.keyboard.press('Control+Shift+P');
      await expect.poll(() => asked('runner.pause')).toBe(4);
      await expect.poll(() => app.snapshot().runners.every(({ state }) => state === 'paused')).toBe(true);
      await page.keyboard.press('Control+Shift+P');
      await expect.poll(() => asked('runner.resume')).toBe(5);
    },
  },
  {
    id: 'undo',
    hash: '#/config',
    shows: async (page) => {
      const level = page.getByRole('combobox', { name: 'Log level' });
      const state = () => level.inputValue();
      const before = await state();
      await level.selectOption('debug');
      await expect.poll(state).not.toBe(before);
      // A field has an undo of its own.
      await level.blur();
      await page.keyboard.press('Control+z');
      await becomes(state, before);
      await page.keyboard.press('Control+Shift+Z');
      await expect.poll(state).not.toBe(before);
      await page.keyboard.press('Control+z');
    },
  },
  {
    id: 'save',
    hash: '#/config',
    shows: async (page, app) => {
      await page.getByRole('combobox', { name: 'Log level' }).selectOption('debug');
      await page
        .getByText(/^\d+ lines? change/)
        .first()
        .waitFor();
      await page.keyboard.press('Control+s');
      await expect.poll(() => app.asked.some(({ name }) => name === 'config.save')).toBe(true);
      await page.getByText('No change').first().waitFor();
    },
  },
  {
    id: 'escape',
    hash: '#/runners',
    shows: async (page) => {
      await page.getByLabel('More for nightly').press('Enter');
      await page.getByRole('menu').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
      await becomes(() => focusOf(page), 'More for nightly');
    },
  },
];

/** Where the command of a palette is named otherwise than its button. */
const otherwise: readonly (readonly [command: RegExp, button: RegExp])[] = [
  [/^Runner (.+)$/, /^studio-mbp$/],
  [/^Use the (light|dark) theme$/, /^(Light|Dark)$/],
  [/^Filter the list$/, /^Project, ref, job$/],
  [/^Keys$/, /^Show all keys$/],
  [/^Show (the form|form and text|the text)$/, /^(Form|Both|Text)$/],
  [/^Pause all (for 1 h|until tomorrow, 08:00)$/, /^Pause (for 1 h|until tomorrow, 08:00)$/],
  [/^(Next|Previous) problem$/, /^\d+ problems?/],
  [/^Search log$/, /^Search log$/],
  [/^Finish jobs, then stop$/, /^Finish, then stop$/],
  [/^Go to end$/, /^(Following|At the end|Go to end)/],
  [/^(Fold|Unfold) all sections$/, /^(Fold|Unfold) all sections$/],
  [/^Open on GitLab$/, /^GitLab$/],
  [/^Open terminal$/, /^(Terminal|Open terminal)$/],
  [/^Copy link to this log$/, /^Copy link to this log$/],
  [/^Redo$/, /^Redo/],
  [/^Undo$/, /^Undo/],
  [/^Test the connections$/, /^Test$/],
];

describeWith('chromium', 'keys and commands', () => {
  const windows = useWindows();

  it('every shortcut does what the list of keys says', async () => {
    expect(table.map(({ id }) => id).sort()).toEqual(Object.keys(shortcuts).sort());
    const app = fullApp();
    // Low enough that a log has to be scrolled.
    const { page } = await windows.open(app, { hash: running, height: 480 });
    await page.locator('[data-line]').first().waitFor();
    for (const { id, hash, at, shows } of table) {
      try {
        if (hash !== '') await go(page, hash);
        if (hash.startsWith('#/jobs/')) await page.locator('[data-line]').first().waitFor();
        if (at === undefined && hash !== '') await page.evaluate(() => (document.activeElement as HTMLElement).blur());
        else if (at === 'Jobs') await page.getByRole('listbox', { name: 'Jobs' }).focus();
        else if (at !== undefined) await page.getByRole('region', { name: at }).focus();
        await shows(page, app);
      } catch (error) {
        throw new Error(`${id}: ${String(error)}`, { cause: error });
      }
    }
  });

  it('keys of one character are text where one types, and nothing at all when they are turned off', async () => {
    const { page } = await windows.open(fullApp(), { hash: running });
    await page.locator('[data-line]').first().waitFor();
    const list = page.getByRole('listbox', { name: 'Jobs' });
    const before = await timesButton(page);
    await page.getByLabel('Search log').press('t');
    expect(await page.getByLabel('Search log').inputValue()).toBe('t');
    expect(await timesButton(page)).toBe(before);
    await go(page, '#/settings');
    await page.getByRole('group', { name: 'Keys of one letter' }).getByLabel('Off').check();
    await go(page, running);
    await page.locator('[data-line]').first().waitFor();
    await list.focus();
    for (const key of ['t', 'w', 'e', '?', '/']) await page.keyboard.press(key);
    expect(await timesButton(page)).toBe(before);
    expect(await wrapButton(page)).toBe('false');
    expect(await page.locator('dialog').count()).toBe(0);
    expect(await focusOf(page)).toBe('Jobs');
    await page.keyboard.press('Control+k');
    await dialog(page, 'Commands');
  });

  describe('the palette', () => {
    it('names no action that has no button, field or menu entry', async () => {
      const app = fullApp();
      const { page } = await windows.open(app, { hash: '#/runners' });
      const commands = new Set<string>();
      const named = new Set<string>();
      for (const view of views.filter(({ empty }) => !empty)) {
        await go(page, view.hash);
        await view.ready(page, app);
        for (const menu of await page.locator('[aria-haspopup=menu]').all()) {
          await menu.press('Enter');
          for (const entry of await page.getByRole('menuitem').allInnerTexts()) named.add(entry.trim());
          await page.keyboard.press('Escape');
        }
        const names = await page.evaluate(() =>
          [...document.querySelectorAll('button, a[href], input, [role=switch]')].map((each) =>
            (
              each.getAttribute('aria-label') ??
              ((each as HTMLInputElement).labels?.[0] ?? each).textContent ??
              ''
            ).trim(),
          ),
        );
        for (const name of names) named.add(name);
        await page.keyboard.press(view.name === 'a terminal' ? 'Control+Shift+K' : 'Control+k');
        for (const label of await page.locator('dialog [role=option] > span:nth-of-type(2)').allInnerTexts())
          commands.add(label);
        await page.keyboard.press('Escape');
      }
      // Stopping asks while jobs run: its answers are buttons as well.
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      for (const name of await page.locator('dialog button').allInnerTexts()) named.add(name);
      await page.keyboard.press('Escape');
      const all = [...named];
      const lost = [...commands].filter(
        (label) =>
          !all.some((name) => name === label || name.startsWith(label)) &&
          !otherwise.some(([command, button]) => command.test(label) && all.some((name) => button.test(name))),
      );
      expect(lost).toEqual([]);
      expect(commands.size).toBeGreaterThan(40);
    });

    it('runs what is chosen, finds jobs, and offers what belongs to the view first', async () => {
      const app = fullApp();
      const { page } = await windows.open(app, { hash: running });
      await page.locator('[data-line]').first().waitFor();
      await page.keyboard.press('Control+k');
      expect(await page.locator('dialog [role=option]').first().innerText()).toContain('Open terminal');
      await page.keyboard.type('wrap');
      await page.keyboard.press('Enter');
      await becomes(() => wrapButton(page), 'true');
      await page.keyboard.press('Control+k');
      await page.keyboard.type('filter the');
      await page.keyboard.press('Enter');
      await becomes(() => focusOf(page), 'Project, ref, job');
      await page.keyboard.press('Control+k');
      await page.keyboard.type('handbook');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await becomes(() => hashOf(page), '#/jobs/r-shell-8780');
      await page.keyboard.press('Control+k');
      await page.keyboard.type('pause nightly');
      await page.getByText('Nothing is called "pause nightly".').waitFor();
      await page.getByRole('combobox').fill('resume nightly');
      await page.keyboard.press('Enter');
      await expect.poll(() => app.asked.at(-1)).toEqual({ name: 'runner.resume', input: { runner: 'r-nightly' } });
    });
  });
});
