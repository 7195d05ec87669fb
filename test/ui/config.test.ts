import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith, tool } from '../support/require.ts';
import { violations } from './harness.ts';
import { launchBrowser } from './window.ts';

const tokens = ['glrt-t3_planted-one-7Kfa', 'glrt-t3_planted-two-9xQ2', 'planted-npm', 'planted-password'];
/** Comments, tabs and a runner that another program wrote; `unknown_key` is nobody's. */
const start = `# Ask before you change this.
concurrent = 6
check_interval = 3  # be gentle

# Main runner.
[[runners]]
\tname = "studio"
\turl = "https://gitlab.example"
\ttoken = "${tokens[0]}"
\texecutor = "shell"
\tlimit = 2  # two are enough
\tenvironment = ["NPM_TOKEN=${tokens[2]}"]
\tunknown_key = 1

[[runners]]
  name = "second"
  url = "https://gitlab.example"
  token = "${tokens[1]}"
  executor = "docker"
  [runners.docker]
    image = "alpine"
    pull_policy = "always"
  [runners.ssh]
    password = "${tokens[3]}"
`;

/** The editor as a person has it: `harrier serve` over a real file, in a real browser. */
describeWith(['chromium', 'posix'], 'config.toml in the window', () => {
  let browser: Browser;
  let child: ChildProcess;
  let page: Page;
  let folder = '';
  let url = '';
  const complaints: string[] = [];
  const received: string[] = [];
  const file = (): string => join(folder, 'config.toml');
  const onDisk = (): string => readFileSync(file(), 'utf8');

  beforeAll(async () => {
    browser = await launchBrowser(tool('chromium').path);
    folder = mkdtempSync(join(tmpdir(), 'harrier-config-'));
    writeFileSync(file(), start);
    // The servers of the file do not exist, and no runner asks: what is tested is the file.
    child = spawn(process.execPath, [resolve('dist/cli.js'), 'serve', '--config', file()], {
      env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_STATE_HOME: folder },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (printed += text));
    while (!/http:\S+/.test(printed)) await once(child.stdout as NodeJS.ReadableStream, 'data');
    url = /http:\S+/.exec(printed)?.[0] ?? '';
  });
  afterAll(async () => {
    await browser?.close();
    child?.kill('SIGTERM');
    if (child?.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (text: string, hash = '#/config', size = { width: 1440, height: 900 }): Promise<void> => {
    writeFileSync(file(), text);
    const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(8000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/401/.test(message.text())) complaints.push(message.text());
    });
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => received.push(String(payload))));
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective}`));
    });
    await page.goto(url);
    await page.getByRole('navigation').first().waitFor();
    await page.evaluate((to) => void (location.hash = to), hash);
    await page.getByRole('textbox', { name: 'Text of config.toml' }).waitFor();
    // A draft of the test before, and a file that was written a moment ago, are not what is looked at here.
    const discard = page.getByRole('button', { name: 'Discard changes' });
    if (await discard.isVisible()) {
      await discard.click();
      await page.getByRole('dialog').getByRole('button', { name: 'Discard changes' }).click();
    }
    await page.getByText('No changes').waitFor();
  };
  const section = (name: string) =>
    page.getByRole('navigation', { name: 'Parts of the file' }).getByRole('button', { name });
  const field = (name: string) => page.getByRole('form').getByLabel(name, { exact: true });
  const save = async (): Promise<void> => {
    await page.keyboard.press('Control+s');
    await page.getByRole('heading', { name: /^Saved/ }).waitFor();
  };
  const editorText = (): Promise<string> =>
    page
      .locator('.cm-content')
      .first()
      .evaluate((content) => [...content.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n'));

  beforeEach(() => {
    complaints.length = 0;
    received.length = 0;
  });
  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
    const planted = received.filter((frame) => frame.includes('planted'));
    expect(planted, 'a secret crossed').toEqual([]);
  });

  it('a form edit changes its line on disk and no other; mode, backup and comments are right', async () => {
    await open(start);
    await section('studio').click();
    await field('Jobs at once').fill('4');
    await page.getByText('1 line changes').click();
    const rows = page.getByRole('list', { name: 'Changes' }).getByRole('listitem');
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringContaining('limit = 2'),
      expect.stringContaining('limit = 4'),
    ]);
    expect(onDisk()).toBe(start);
    await save();
    expect(onDisk()).toBe(start.replace('limit = 2', 'limit = 4'));
    expect(readFileSync(`${file()}.bak`, 'utf8')).toBe(start);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    await page.getByText('In force now').waitFor();
    expect(await page.getByLabel('Saved').innerText()).toContain('studio: limit');
  });

  it('a byte order mark and Windows line ends stay', async () => {
    const windows = `\uFEFF${start.replaceAll('\n', '\r\n')}`;
    await open(windows);
    await field('Jobs at once, all runners').fill('8');
    await section('second').click();
    await field('Default image').fill('node:22');
    await save();
    expect(onDisk()).toBe(
      windows.replace('concurrent = 6', 'concurrent = 8').replace('image = "alpine"', 'image = "node:22"'),
    );
  });

  it('text edits show in the form, form edits in the text; both are undone as one', async () => {
    await open(start);
    await section('studio').click();
    await page.locator('.cm-line', { hasText: 'limit = 2' }).click();
    await page.keyboard.press('Home');
    await page.keyboard.press('Control+Shift+ArrowRight');
    await page.keyboard.press('Control+Shift+ArrowRight');
    await page.keyboard.press('End');
    await page.locator('.cm-line', { hasText: 'name = "studio"' }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('-two"');
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('form [data-key="runners.name"] input')?.value === 'studio-two',
    );
    await field('Jobs at once').fill('3');
    expect(await editorText()).toContain('limit = 3  # two are enough');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(editorText).toContain('limit = 2  # two are enough');
    while ((await page.getByText('No changes').count()) === 0) await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Redo' }).click();
    await expect.poll(() => page.getByText('No changes').count()).toBe(0);
  });

  it('a text that is no TOML: line and next step, the form rests, saving is refused and the file stays', async () => {
    await open(start);
    await page.locator('.cm-line', { hasText: 'concurrent = 6' }).click();
    await page.keyboard.press('End');
    await page.keyboard.type(' =');
    await page.getByText('The form waits until the text is TOML again. Line 2').waitFor();
    await page.getByText('1 error. Line 2: the file cannot be saved like this.').waitFor();
    await page.locator('.cm-lint-marker-error').waitFor();
    expect(await field('Check interval').isDisabled()).toBe(true);
    await page.getByRole('button', { name: /problem/ }).click();
    await page.getByRole('list', { name: 'Problems' }).getByText('The whole file is refused').waitFor();
    expect(await page.getByRole('button', { name: /^Save/ }).getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Control+s');
    await page.getByText(/config\.toml:2:\d+/).waitFor();
    expect(onDisk()).toBe(start);
  });

  it('a wrong value is told at its field and line, can be fixed at once, and unknown keys stay', async () => {
    await open(start);
    await section('second').click();
    await page.getByRole('button', { name: 'Edit always' }).click();
    await field('Add to Pull policy').fill('if-not-presnt');
    await page.keyboard.press('Enter');
    await page.getByText('Saved like this, second takes no jobs until line 22 is right.').waitFor();
    await page.getByRole('button', { name: /problem/ }).click();
    const list = page.getByRole('list', { name: 'Problems' });
    await list.getByText('unknown key unknown_key').waitFor();
    await page.getByRole('button', { name: 'Fix and save' }).click();
    await page.getByRole('heading', { name: /^Saved/ }).waitFor();
    expect(onDisk()).toBe(start.replace('pull_policy = "always"', 'pull_policy = "if-not-present"'));
  });

  it('completion and hover know the schema', async () => {
    await open(start);
    await page.locator('.cm-line', { hasText: 'pull_policy' }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('memo');
    await page.locator('.cm-tooltip-autocomplete').getByText('memory', { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('.cm-line', { hasText: 'image = ' }).getByText('image').hover();
    await page.locator('.cm-tooltip-hover').getByText('Image of jobs that name none.').waitFor();
  });

  it('a file that another program changed: both together, or one of them', async () => {
    await open(start);
    await field('Check interval').fill('10');
    const theirs = start.replace('limit = 2', 'limit = 5').replace('name = "second"', 'name = "other"');
    writeFileSync(file(), theirs);
    await page.getByText('config.toml was changed by another program.').waitFor();
    await page.getByRole('button', { name: 'Review' }).click();
    await page.getByText('Both changes fit together.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Continue with the result' }).click();
    await page.getByText('1 line changes').waitFor();
    await save();
    expect(onDisk()).toBe(theirs.replace('check_interval = 3', 'check_interval = 10'));
  });

  it('the same line changed by both: mine stands until I take theirs', async () => {
    await open(start);
    await field('Check interval').fill('10');
    writeFileSync(file(), start.replace('check_interval = 3', 'check_interval = 20'));
    // Saving before the news came finds out as well, and writes nothing.
    await page.keyboard.press('Control+s');
    await page.getByText('1 place was changed by both').waitFor();
    expect(onDisk()).toContain('check_interval = 20');
    await page.getByRole('button', { name: 'Take the file' }).click();
    await page.getByRole('button', { name: 'Continue with the result' }).click();
    await page.getByText('No changes').waitFor();
  });

  it('a draft outlives another view and a reload, and holds no secret', async () => {
    await open(start);
    await section('studio').click();
    await page.getByRole('button', { name: 'Replace Token' }).click();
    await page.keyboard.type('glrt-typed-by-hand-abcd');
    await field('Name').fill('renamed');
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.goBack();
    await page.getByText('2 lines change').waitFor();
    await page.reload();
    await page.getByText('2 lines change').waitFor();
    expect(await page.content()).not.toContain('glrt-typed');
    await section('renamed').click();
    await page.getByText('Ends in abcd').waitFor();
    await save();
    expect(onDisk()).toBe(
      start.replace(tokens[0] as string, 'glrt-typed-by-hand-abcd').replace('"studio"', '"renamed"'),
    );
  });

  it('runners move and go with their comments; every secret keeps its place', async () => {
    await open(start);
    await section('studio').click();
    await page.getByLabel('More for studio').click();
    await page.getByRole('menuitem', { name: 'Move down' }).click();
    await save();
    expect(onDisk().indexOf('# Main runner.')).toBeGreaterThan(onDisk().indexOf('name = "second"'));
    for (const token of tokens) expect(onDisk()).toContain(token);
    await section('second').click();
    await page.getByLabel('More for second').click();
    await page.getByRole('menuitem', { name: 'Remove from the file' }).click();
    await save();
    expect(onDisk()).toContain('# Main runner.');
    expect(onDisk()).not.toContain('second');
  });

  it('nothing to save writes nothing; a key with a default comes back by being taken out', async () => {
    await open(start);
    const before = statSync(file()).mtimeMs;
    await page.keyboard.press('Control+s');
    await field('Check interval').fill('');
    await field('Log level').selectOption('debug');
    await page.getByText('1 line changes').waitFor();
    expect(statSync(file()).mtimeMs).toBe(before);
    await save();
    expect(onDisk()).toBe(start.replace('check_interval = 3  # be gentle\n', 'log_level = "debug"\n'));
  });

  it('a setting is found by its words', async () => {
    await open(start, '#/config');
    await section('second').click();
    await page.keyboard.press('/');
    await page.keyboard.type('shm size');
    await field('SHM size').or(field('Shm size')).waitFor();
    await page.getByLabel('Find a setting').fill('jobs at once, over all');
    await page.getByRole('button', { name: '1 setting in Global' }).click();
    await field('Jobs at once, all runners').waitFor();
  });

  it('by keyboard alone: from the form into the text and out of it', async () => {
    await open(start);
    await field('Check interval').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('5');
    for (
      let at = 0;
      at < 60 && !(await page.evaluate(() => document.activeElement?.closest('.cm-content') !== null));
      at += 1
    )
      await page.keyboard.press('Tab');
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Tab');
    expect(await editorText()).toMatch(/^\s+# Ask/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('.cm-content') ?? null)).toBeNull();
    for (
      let at = 0;
      at < 10 && !(await page.evaluate(() => /^Save/.test(document.activeElement?.textContent ?? '')));
      at += 1
    )
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Saved/ }).waitFor();
    expect(onDisk()).toContain('check_interval = 5  # be gentle');
  });

  it('axe finds nothing: form, problems, changes, narrow, dark', async () => {
    await open(start, '#/config');
    await section('second').click();
    const closed = page.getByRole('form').locator('button[aria-expanded=false]');
    while ((await closed.count()) > 0) await closed.first().click();
    await field('Jobs at once').fill('many');
    await page.getByRole('button', { name: /problem/ }).click();
    await page.getByText('Saved like this').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
    await page.getByRole('button', { name: /line changes/ }).click();
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 640, height: 480 });
    expect(await violations(page)).toEqual([]);
    await page.getByText('Text', { exact: true }).click();
    expect(await violations(page)).toEqual([]);
  });

  it('an empty file begins with the form', async () => {
    await open('');
    await field('Jobs at once, all runners').fill('2');
    await save();
    expect(onDisk()).toBe('concurrent = 2\n');
    expect(existsSync(file())).toBe(true);
  });
});
