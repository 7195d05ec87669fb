import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import { createFakeApp } from '../support/fake-app.ts';
import { busyScene, emptyScene } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { useWindows, violations } from './harness.ts';

const now = Date.now();
const go = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const fillServer = async (page: Page) => {
  await page.getByLabel('Server address').fill('gitlab.orbit.dev');
  await page.keyboard.press('Enter');
  await page.getByLabel('Token', { exact: true }).waitFor();
};
const fillToken = async (page: Page, token: string) => {
  await page.getByLabel('Token', { exact: true }).fill(token);
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: /^Shell/ }).waitFor();
};
const step = (page: Page, name: string) =>
  page.locator('[aria-current=step]').getByText(name, { exact: true }).waitFor();
const clean = async (page: Page) => {
  expect(await violations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
  expect(await violations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
};

describeWith('chromium', 'the registration wizard in a real browser', () => {
  const windows = useWindows();
  const open = async (app = createFakeApp(emptyScene), options = {}) => {
    const { page } = await windows.open(app, { hash: '#/runners/add', ...options });
    return { app, page };
  };

  it('each mistake is told at its field, nothing typed is lost, and the end shows the first poll', async () => {
    const { app, page } = await open();
    await go(page, 'Check server');
    await page.getByText('Type the address of your GitLab.').waitFor();
    await page.getByLabel('Server address').fill('https://wiki.example');
    await page.keyboard.press('Enter');
    await page.getByText('answers with a web page').waitFor();
    expect(await page.getByLabel('Server address').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Server address').fill(' gitlab.orbit.dev/ ');
    await page.keyboard.press('Enter');
    await page.getByText('GitLab 18.6.1 answers').waitFor();
    await page.getByLabel('Token', { exact: true }).fill('glrt-bad');
    await page.keyboard.press('Enter');
    await page.getByText('does not know this token').waitFor();
    await fillToken(page, 'glrt-good');
    await page.getByText('Bash is here').waitFor();
    await go(page, 'Continue');
    await page.getByText('GitLab decides which jobs come').waitFor();
    await page.getByLabel('Jobs at once').fill('many');
    await go(page, 'Continue');
    await page.getByText('Type a whole number').waitFor();
    await page.getByLabel('Jobs at once').fill('2');
    await page.getByLabel('Name', { exact: true }).fill('my-mac');
    await go(page, 'Continue');
    await page.getByText('name = "my-mac"').waitFor();
    // The server changes its mind: back at the token, with everything else as it was.
    await go(page, 'Add runner');
    await page.getByText('does not know this token').waitFor();
    await page.evaluate(() => void (location.hash = '#/settings'));
    await page.evaluate(() => void (location.hash = '#/runners/add'));
    expect(await page.getByLabel('Token', { exact: true }).inputValue()).toBe('glrt-good');
    app.answer('runner.add', async ({ name }) => {
      const [runner] = busyScene(now).runners ?? [];
      app.change({
        state: 'idle',
        runners: [
          {
            ...(runner as NonNullable<typeof runner>),
            key: 'new',
            name: name ?? '',
            state: 'idle',
            lastContactMs: undefined,
          },
        ],
      });
      return { runner: 'new' };
    });
    await fillToken(page, 'glrt-better');
    await go(page, 'Continue');
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('my-mac');
    await go(page, 'Continue');
    await go(page, 'Add runner');
    await page.getByText('Asking GitLab for a job').waitFor();
    app.change({ runners: app.snapshot().runners.map((runner) => ({ ...runner, lastContactMs: Date.now() })) });
    await page.getByText('GitLab answered at').waitFor();
    await clean(page);
    await go(page, 'Show runner');
    await page.getByRole('heading', { name: 'my-mac' }).waitFor();
    expect(app.asked.findLast(({ name }) => name === 'runner.add')?.input).toEqual({
      url: 'https://gitlab.orbit.dev',
      token: 'glrt-better',
      kind: 'runner',
      executor: 'shell',
      name: 'my-mac',
      settings: { limit: 2 },
    });
    expect(await page.content()).not.toContain('glrt-better');
  });

  it('by keyboard alone: a personal token, a project that is searched for, tags as chips', async () => {
    const { app, page } = await open();
    app.answer('runner.add', async () => {
      throw new HarrierError('CONFIG_WRITE_FAILED', '/home/mira/.gitlab-runner/config.toml could not be saved: EACCES');
    });
    const { keyboard } = page;
    await page.getByLabel('Server address').focus();
    await keyboard.type('gitlab.orbit.dev');
    await keyboard.press('Enter');
    await page.getByLabel('Token', { exact: true }).waitFor();
    // A new step begins at its first field.
    await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'password');
    await keyboard.type('glpat-mine');
    await keyboard.press('Enter');
    await step(page, 'Executor');
    await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'executor');
    await keyboard.press('Enter');
    await step(page, 'Tags and limits');
    await page.getByRole('radio', { name: 'orbit/storefront' }).waitFor();
    await keyboard.press('Enter');
    await page.getByText('Choose what this runner serves.').waitFor();
    await keyboard.press('Tab');
    await keyboard.type('store');
    await page.waitForFunction(() => document.querySelectorAll('[name=target]').length === 1);
    await keyboard.press('Enter');
    expect(await page.getByRole('radio', { name: 'orbit/storefront' }).isChecked()).toBe(true);
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    await keyboard.type('macos, fast,,wrong');
    await keyboard.press('Enter');
    await keyboard.press('Backspace');
    await page.evaluate(() => navigator.clipboard.writeText('one,two\nthree'));
    await keyboard.press('Control+v');
    await page.getByRole('button', { name: 'Remove tag three' }).waitFor();
    await keyboard.press('Tab');
    await keyboard.press('Space');
    expect(await page.getByRole('checkbox', { name: 'Also take jobs without tags' }).isChecked()).toBe(false);
    await clean(page);
    await keyboard.press('Enter');
    await page.getByText('used for this once').waitFor();
    await clean(page);
    await go(page, 'Add runner');
    await page.getByText('could not be saved').waitFor();
    await step(page, 'Check and save');
    expect(app.asked.findLast(({ name }) => name === 'runner.add')?.input).toMatchObject({
      token: 'glpat-mine',
      scope: { type: 'project', id: 9, path: 'orbit/storefront' },
      server: { tags: ['macos', 'fast', 'one', 'two', 'three'], runUntagged: false, locked: true },
    });
  });

  it('a pasted command fills every step and names what it does not understand', async () => {
    const { page } = await open();
    await page.evaluate(() =>
      navigator.clipboard.writeText(
        'gitlab-runner register -n \\\n --url https://gitlab.orbit.dev \\\n --token glrt-pasted --executor docker --docker-image ruby:3 --docker-privileged --colour red --limit 3',
      ),
    );
    await page.getByLabel('Server address').focus();
    await page.keyboard.press('Control+v');
    await page.getByText('Not understood and left out: --colour.').waitFor();
    await page.getByText('--non-interactive').waitFor();
    await page.getByLabel('Server address').press('Enter');
    await page.getByLabel('Token', { exact: true }).waitFor();
    expect(await page.getByLabel('Token', { exact: true }).inputValue()).toBe('glrt-pasted');
    await page.keyboard.press('Enter');
    await page.getByRole('radio', { name: /^Docker/ }).waitFor();
    expect(await page.getByLabel('Image for jobs that name none').inputValue()).toBe('ruby:3');
    await page.getByText('No Docker engine answers').waitFor();
    await clean(page);
    await go(page, 'Continue');
    await go(page, 'Continue');
    await page.getByText('privileged = true').waitFor();
    await page.getByText('limit = 3').waitFor();
  });

  it('a command that is typed is understood too, and a wrong value in it is told', async () => {
    const { page } = await open();
    await page.getByLabel('Server address').fill('gitlab-runner register --url https://gitlab.orbit.dev --limit many');
    await page.keyboard.press('Enter');
    await page.getByText('--limit must be a whole number').waitFor();
    await page.getByLabel('Server address').fill('gitlab-runner register --url https://gitlab.orbit.dev');
    await page.keyboard.press('Enter');
    await step(page, 'Token');
  });

  it('ON3: a reload keeps the draft, but no secret; that is said', async () => {
    const { page } = await open();
    await fillServer(page);
    await fillToken(page, 'glrt-good-one');
    await page.getByRole('radio', { name: /^SSH/ }).check();
    await page.getByLabel('Host').fill('build.local');
    await page.getByLabel('Password').fill('planted-password');
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toMatch(
      /glrt-good-one|planted-password/,
    );
    await page.reload();
    await page.getByText('Tokens and passwords are not kept').waitFor();
    expect(await page.getByLabel('Token', { exact: true }).inputValue()).toBe('');
    await clean(page);
    await page.getByLabel('Token', { exact: true }).fill('glrt-good-one');
    await page.keyboard.press('Enter');
    await page.getByLabel('Host').waitFor();
    expect(await page.getByLabel('Host').inputValue()).toBe('build.local');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    await go(page, 'Start over');
    await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
    await step(page, 'Server');
    expect(await page.getByLabel('Server address').inputValue()).toBe('');
  });

  it('an untrusted server shows its authority; a press trusts it', async () => {
    const { app, page } = await open();
    const top = { subject: 'Orbit CA', issuer: 'Orbit CA', validTo: 'Feb 3 2031', fingerprint: 'AA:BB:CC' };
    app.answer('server.probe', async () => ({
      ok: false,
      code: 'SERVER_TLS',
      message: 'no secure connection to https://gitlab.orbit.dev',
      canTrust: true,
      chain: [top],
    }));
    await page.getByLabel('Server address').fill('gitlab.orbit.dev');
    await page.keyboard.press('Enter');
    await page.getByText('AA:BB:CC').waitFor();
    await page.getByLabel('File with your authority').waitFor();
    await clean(page);
    app.answer('server.probe', async () => ({ ok: true, message: 'GitLab answers.' }));
    await go(page, 'Trust this authority');
    await go(page, 'Check server');
    await step(page, 'Token');
    expect(app.asked.findLast(({ name }) => name === 'server.trust')?.input).toEqual({
      url: 'https://gitlab.orbit.dev',
      fingerprint: 'AA:BB:CC',
    });
  });

  it('http is offered where https is not spoken, and taken by a press only', async () => {
    const { app, page } = await open();
    app.answer('server.probe', async ({ url }) =>
      url.startsWith('http:')
        ? { ok: true, message: 'GitLab answers.', plain: true }
        : { ok: false, code: 'SERVER_TLS', message: 'the server does not speak TLS', elsewhere: 'http://gitlab.lan' },
    );
    await page.getByLabel('Server address').fill('gitlab.lan');
    await page.keyboard.press('Enter');
    await go(page, 'Use http://gitlab.lan');
    await go(page, 'Check server');
    await page.getByText('Not encrypted').waitFor();
  });

  it('narrow: every step fits without scrolling sideways', async () => {
    const { page } = await open(createFakeApp(emptyScene), { width: 640, height: 480 });
    await fillServer(page);
    await fillToken(page, 'glpat-x');
    await go(page, 'Continue');
    await page.getByRole('radio', { name: 'orbit/storefront' }).check();
    await go(page, 'Continue');
    await page.getByText('[[runners]]').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
    expect(await violations(page)).toEqual([]);
  });

  it('ON2: what the official runner has here is offered, and taken by a press only', async () => {
    const app = createFakeApp(emptyScene);
    const found = {
      path: '/home/mira/.gitlab-runner/config.toml',
      runners: [{ name: 'old', url: 'https://gitlab.orbit.dev', executor: 'shell', tokenTail: '7Kfa' }],
      service: { pid: 812, user: 'root' },
    };
    app.answer('machine.find', async () => ({
      found: [found],
      decided: false,
      canUse: true,
      own: '/home/mira/own.toml',
    }));
    const { page } = await windows.open(app);
    await page.getByText('1 runner · gitlab.orbit.dev').waitFor();
    await page.getByText('process 812, user root').waitFor();
    await clean(page);
    expect(app.asked.filter(({ name }) => name === 'machine.choose')).toEqual([]);
    app.answer('machine.choose', async () => {
      throw new HarrierError('CONFIG_INVALID', 'config.toml:3: no');
    });
    await go(page, 'Use this file');
    await page.getByText('config.toml:3: no').waitFor();
    app.answer('machine.choose', async () => {
      app.change({ runners: [...(busyScene(now).runners ?? [])] });
      return { ok: true };
    });
    await go(page, 'Copy it');
    await page.getByRole('link', { name: 'studio-mbp', exact: true }).waitFor();
    expect(app.asked.findLast(({ name }) => name === 'machine.choose')?.input).toEqual({
      path: found.path,
      how: 'copy',
    });
  });
});
