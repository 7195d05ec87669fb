import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../src-main/gitlab/testing/authority.ts';
import { createTestApp } from '../support/app.ts';
import { startTestCoordinator, type TestCoordinatorOptions } from '../support/coordinator/index.ts';
import { describeWith, itWith } from '../support/require.ts';
import { useWindows } from './harness.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-new-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const coordinatorWith = async (options: TestCoordinatorOptions = {}) => {
  const coordinator = await startTestCoordinator(options);
  closers.push(() => coordinator.close());
  return coordinator;
};
const listen = async (server: ReturnType<typeof createServer>): Promise<string> => {
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  closers.push(() => new Promise((done) => server.close(done)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const go = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const server = (page: Page) => page.getByLabel('Server address');
const token = (page: Page) => page.getByLabel('Token', { exact: true });

describeWith(['chromium', 'bash'], 'a new user and a real engine', () => {
  const windows = useWindows();

  itWith('posix', 'from an empty folder to a runner that ran a job of a coordinator, by the keyboard', async () => {
    const coordinator = await coordinatorWith();
    const folder = emptyFolder();
    const child: ChildProcess = spawn(process.execPath, [resolve('dist/cli.js'), 'serve'], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        HARRIER_DATA: join(folder, 'data'),
        CONFIG_FILE: join(folder, 'config.toml'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closers.push(async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    });
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (printed += text));
    while (!/http:\S+/.test(printed)) await once(child.stdout as NodeJS.ReadableStream, 'data');
    const page = await windows.browser.newPage();
    closers.push(() => page.close());
    await page.goto(/http:\S+/.exec(printed)?.[0] ?? '');
    await page.getByRole('button', { name: 'Connect to GitLab' }).click();
    // The first field has the focus already.
    await server(page).waitFor();
    await page.keyboard.type(coordinator.url);
    await page.keyboard.press('Enter');
    await token(page).waitFor();
    await page.keyboard.type(coordinator.token);
    await page.keyboard.press('Enter');
    await page.getByRole('radio', { name: /^Shell/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('GitLab decides which jobs come').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('[[runners]]').waitFor();
    await go(page, 'Add runner');
    await page.getByText('GitLab answered at').waitFor();
    const job = coordinator.queue({ name: 'hello', script: ['echo from a new machine'] });
    await job.done;
    expect(job.state).toBe('success');
    await go(page, 'Show jobs');
    await page.getByText('from a new machine').first().waitFor();
    expect(readFileSync(join(folder, 'config.toml'), 'utf8')).toContain(coordinator.token);
    expect(await page.content()).not.toContain(coordinator.token);
    expect(coordinator.problems).toEqual([]);
  });

  describe('bad input', () => {
    const open = async () => {
      const folder = emptyFolder();
      const app = await createTestApp(folder);
      await app.start();
      closers.push(() => app.close());
      const { page } = await windows.open(app, { hash: '#/runners/add' });
      return { page, app, folder };
    };
    const typeServer = async (page: Page, url: string) => {
      await server(page).fill(url);
      await page.keyboard.press('Enter');
    };
    const typeToken = async (page: Page, text: string) => {
      await token(page).fill(text);
      await page.keyboard.press('Enter');
    };
    /** The message stands at the field, names the next step, and what was typed is still there. */
    const refused = async (page: Page, field: ReturnType<typeof server>, typed: string, ...words: RegExp[]) => {
      for (const word of words) await page.getByText(word).first().waitFor();
      await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      expect(await field.inputValue()).toBe(typed);
    };

    it('wrong addresses: a web page, nobody, a path too many, https where http is spoken', async () => {
      const { url, token: good } = await coordinatorWith();
      const wiki = await listen(
        createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Wiki</h1>')),
      );
      const { page } = await open();
      await typeServer(page, wiki);
      await refused(page, server(page), wiki, /does not answer as GitLab does/, /check the address in a browser/);
      await typeServer(page, 'http://127.0.0.1:1');
      await refused(page, server(page), 'http://127.0.0.1:1', /cannot be reached/, /nobody listens/);
      const secure = url.replace('http:', 'https:');
      await typeServer(page, secure);
      await refused(page, server(page), secure, /does not speak TLS/);
      await go(page, `Use ${url}`);
      await typeServer(page, `${url}/group/project`);
      await page.getByText(`GitLab is at ${url}`).waitFor();
      await typeToken(page, good);
      await page.getByRole('radio', { name: /^Shell/ }).waitFor();
    });

    it('wrong tokens: unknown, revoked, of another server, without rights; the server stays as it was', async () => {
      const coordinator = await coordinatorWith({
        personalToken: 'glpat-readonly',
        personal: { scopes: ['read_api'] },
      });
      const { page } = await open();
      await typeServer(page, coordinator.url);
      await token(page).waitFor();
      await typeToken(page, coordinator.url);
      await refused(page, token(page), coordinator.url, /This is no token/);
      await typeToken(page, 'glrt-of-another-server');
      await refused(
        page,
        token(page),
        'glrt-of-another-server',
        /does not know this token/,
        /may belong to another server/,
      );
      coordinator.revoke(coordinator.token);
      await typeToken(page, coordinator.token);
      await refused(page, token(page), coordinator.token, /does not know this token/);
      coordinator.revoke(coordinator.token, false);
      await typeToken(page, 'glpat-unknown');
      await refused(page, token(page), 'glpat-unknown', /401/, /expired, revoked, or of another server/);
      await typeToken(page, 'glpat-readonly');
      await refused(page, token(page), 'glpat-readonly', /its scopes are read_api/, /create_runner/);
      await typeToken(page, coordinator.token);
      await page.getByRole('radio', { name: /^Shell/ }).waitFor();
    });

    it.each([
      { state: 'expired' as const, says: /Token is expired/ },
      { state: 'revoked' as const, says: /Token was revoked/ },
    ])('a personal token that is $state', async ({ state, says }) => {
      const { url } = await coordinatorWith({ personalToken: 'glpat-old', personal: { state } });
      const { page } = await open();
      await typeServer(page, url);
      await token(page).waitFor();
      await typeToken(page, 'glpat-old');
      await refused(page, token(page), 'glpat-old', says, /Create one with the scope create_runner/);
    });

    it('no role in the project: told at the end, with every step as it was; a broken file the same', async () => {
      const coordinator = await coordinatorWith({ personalToken: 'glpat-mine', personal: { hasRole: false } });
      const { page, app } = await open();
      await typeServer(page, coordinator.url);
      await token(page).waitFor();
      await typeToken(page, 'glpat-mine');
      await page.getByRole('radio', { name: /^Shell/ }).waitFor();
      await go(page, 'Continue');
      await page.getByRole('radio', { name: 'orbit/storefront' }).check();
      await page.getByRole('textbox', { name: 'Tags' }).fill('mac,fast,');
      await go(page, 'Continue');
      await page.getByText('[[runners]]').waitFor();
      await go(page, 'Add runner');
      await refused(page, token(page), 'glpat-mine', /does not let this token create the runner/, /Maintainer/);
      expect(app.snapshot().runners).toEqual([]);
      await page.keyboard.press('Enter');
      await page.getByRole('radio', { name: /^Shell/ }).waitFor();
      await go(page, 'Continue');
      expect(await page.getByRole('radio', { name: 'orbit/storefront' }).isChecked()).toBe(true);
      await page.getByRole('button', { name: 'Remove tag fast' }).waitFor();
    });

    itWith(
      'openssl',
      'a server that signed itself: its authority is shown, trusted by a press or by its file',
      async () => {
        const authority = createAuthority('Orbit CA');
        closers.push(() => authority.close());
        const { key, cert } = authority.issue('localhost', 'DNS:localhost');
        const coordinator = await coordinatorWith({ tls: { key, cert: `${cert}${authority.ca}` } });
        const { page, folder } = await open();
        const plain = coordinator.url.replace('https:', 'http:');
        await typeServer(page, plain);
        await refused(page, server(page), plain, /closed the connection/, /try the address with https/);
        await go(page, `Use ${coordinator.url}`);
        await go(page, 'Check server');
        await refused(page, server(page), coordinator.url, /no secure connection/i, /Name the file/);
        await page.getByLabel('File with your authority').fill('/nowhere/ca.pem');
        await page.keyboard.press('Enter');
        await page.getByText('no secure connection').waitFor();
        await page.getByLabel('File with your authority').fill(authority.caPath);
        await page.keyboard.press('Enter');
        await page.getByText(/TLS valid to/).waitFor();
        await go(page, 'Back');
        await page.getByLabel('File with your authority').fill('');
        await typeServer(page, coordinator.url);
        await page.getByText('Orbit CA').first().waitFor();
        await go(page, 'Trust this authority');
        await expect.poll(() => readFileSync(join(folder, 'certs', 'localhost.crt'), 'utf8')).toContain('CERTIFICATE');
        await go(page, 'Check server');
        await token(page).waitFor();
        await typeToken(page, coordinator.token);
        await page.getByRole('radio', { name: /^Shell/ }).waitFor();
      },
    );

    it('a registration token that GitLab takes no more, and one that it takes', async () => {
      const coordinator = await coordinatorWith();
      const { page } = await open();
      await typeServer(page, coordinator.url);
      await token(page).waitFor();
      await typeToken(page, 'glrtr-old');
      await page.getByRole('radio', { name: /^Shell/ }).waitFor();
      await go(page, 'Continue');
      await go(page, 'Continue');
      await page.getByText('[[runners]]').waitFor();
      await go(page, 'Add runner');
      await refused(page, token(page), 'glrtr-old', /takes no registration tokens any more/, /New runner/);
    });
  });
});
