import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { HarrierError } from '../../src-shared/errors.ts';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { integrationLog } from '../support/recording-log.ts';
import { busyScene, emptyScene, errorScene, manyJobs } from '../support/recordings.ts';
import { tool } from '../support/require.ts';
import { terminalApp, terminalJob, terminalSession } from '../support/terminal-scene.ts';
import { launchBrowser, openWindow, type WindowOptions } from './window.ts';

interface Shot extends WindowOptions {
  readonly name: string;
  readonly app: () => FakeApp;
  readonly themes?: readonly ('light' | 'dark')[];
  /** What a person does before the picture is taken. */
  readonly act?: (page: Page, app: FakeApp) => Promise<void>;
}

const now = Date.now();
const busy = (): FakeApp =>
  createFakeApp(busyScene(now), {
    'r-mbp-9001': integrationLog(now - 86_000, true),
    'r-mbp-8980': integrationLog(now - 22 * 60_000, false),
  });
/** A failed job of a local pipeline, on a machine with an editor: files of its log can be opened. */
const withEditor = (): FakeApp => {
  const app = busy();
  const { jobs, host, pipelines } = app.snapshot();
  const pipeline = pipelines[0]?.id ?? '';
  app.change({
    host: { ...host, editor: 'VS Code' },
    jobs: jobs.map((job) => (job.key === 'r-mbp-8980' ? { ...job, pipeline } : job)),
  });
  return app;
};
const search = async (page: Page): Promise<void> => {
  await page.getByLabel('Search log').fill('webhook');
  await page
    .getByText(/\d of \d/)
    .first()
    .waitFor();
};

/** Two terminals with something in them; the first one is shown. */
const openTerminal =
  (then: (page: Page, app: FakeApp) => Promise<void> = async () => {}) =>
  async (page: Page, app: FakeApp): Promise<void> => {
    for (const number of [0, 1]) {
      await page.evaluate((hash) => void (location.hash = hash), `#/jobs/${terminalJob}`);
      await page.getByRole('button', { name: 'Terminal', exact: true }).click();
      await page.locator('.xterm').waitFor();
      app.shells[number]?.print(terminalSession);
    }
    await page.getByRole('navigation', { name: 'Terminals' }).getByRole('link').nth(1).click();
    await page.getByText('20 passed').first().waitFor();
    await then(page, app);
  };

/** Goes through the wizard up to a step. */
async function wizard(
  page: Page,
  step: 'token' | 'executor' | 'tags' | 'save',
  token = 'glrt-t3_abcdefghijk7Kfa',
): Promise<void> {
  await page.getByLabel('Server address').fill('gitlab.orbit.dev');
  await page.getByRole('button', { name: 'Check server' }).click();
  await page.getByLabel('Token', { exact: true }).fill(token);
  if (step === 'token') return;
  await page.getByRole('button', { name: 'Check token' }).click();
  await page.getByRole('radio', { name: /^Shell/ }).waitFor();
  if (step === 'executor') return;
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Jobs at once').waitFor();
  if (step === 'tags') return;
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('[[runners]]').waitFor();
}
async function personalTags(page: Page): Promise<void> {
  await wizard(page, 'tags', 'glpat-abcdefgh1234');
  await page.getByRole('radio', { name: 'orbit/payments-api' }).check();
  await page.getByRole('textbox', { name: 'Tags' }).fill('macos,docker,');
}

const shots: readonly Shot[] = [
  { name: 'job-log', app: busy, hash: '#/jobs/r-mbp-9001', act: search },
  { name: 'job-failed', app: busy, hash: '#/jobs/r-mbp-8980', act: (page) => page.waitForTimeout(300) },
  {
    name: 'job-log-narrow',
    app: busy,
    hash: '#/jobs/r-mbp-9001',
    width: 800,
    height: 600,
    themes: ['dark'],
    act: search,
  },
  {
    name: 'job-wrap',
    app: busy,
    hash: '#/jobs/r-mbp-9001',
    width: 1100,
    themes: ['light'],
    act: (page) => page.getByLabel('Wrap lines').click(),
  },
  {
    name: 'job-matches',
    app: busy,
    hash: '#/jobs/r-mbp-9001',
    themes: ['light'],
    act: async (page) => {
      await search(page);
      await page.getByLabel('Show only lines with matches').click();
    },
  },
  {
    name: 'job-take',
    app: withEditor,
    hash: '#/jobs/r-mbp-8980/L100-L104',
    act: (page) => page.getByRole('button', { name: 'Save, copy, open' }).click(),
  },
  {
    name: 'job-full',
    app: withEditor,
    hash: '#/jobs/r-mbp-8980',
    themes: ['dark'],
    act: (page) => page.getByRole('button', { name: 'Fill the window' }).click(),
  },
  {
    name: 'job-take-narrow',
    app: withEditor,
    hash: '#/jobs/r-mbp-8980/L100-L104',
    width: 640,
    height: 480,
    themes: ['light'],
    act: (page) => page.getByRole('button', { name: 'Save, copy, open' }).click(),
  },
  { name: 'runners', app: busy, hash: '#/runners/r-shell' },
  { name: 'runner-edit', app: busy, hash: '#/runners/r-mbp/edit', themes: ['light'] },
  {
    name: 'runner-remove',
    app: busy,
    hash: '#/runners',
    themes: ['dark'],
    act: async (page) => {
      await page.getByLabel('More for studio-mbp', { exact: true }).click();
      await page.getByRole('menuitem', { name: 'Remove runner' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'notes',
    app: () => {
      const app = busy();
      setTimeout(() => {
        for (const id of ['1', '2'])
          app.tell('note.show', {
            id,
            level: 'failure',
            title: `lint ${id} failed`,
            body: 'orbit/payments-api: Exit code 1 in script',
            link: '#/jobs/r-mbp-8980',
          });
      }, 2500);
      return app;
    },
    hash: '#/jobs/r-mbp-9001',
    themes: ['dark'],
    act: (page) => page.getByText('lint 2 failed').waitFor(),
  },
  { name: 'runners-narrow', app: busy, hash: '#/runners', width: 800, height: 700, themes: ['light'] },
  { name: 'runners-empty', app: () => createFakeApp(emptyScene), hash: '#/runners', themes: ['light'] },
  {
    name: 'first-run',
    app: () => createFakeApp(emptyScene),
    act: (page) => page.getByText('Bash is here').waitFor(),
  },
  {
    name: 'first-run-found',
    app: () => {
      const app = createFakeApp(emptyScene);
      app.answer('machine.find', async () => ({
        found: [
          {
            path: '/home/mira/.gitlab-runner/config.toml',
            runners: [
              { name: 'old', url: 'https://gitlab.orbit.dev', executor: 'shell', tokenTail: '7Kfa' },
              { name: 'older', url: 'https://gitlab.com', executor: 'docker', tokenTail: '9xQ2' },
            ],
            service: { pid: 812, user: 'mira' },
          },
          {
            path: '/etc/gitlab-runner/config.toml',
            problem: '/etc/gitlab-runner/config.toml cannot be read: EACCES: permission denied',
            runners: [],
          },
        ],
        decided: false,
        canUse: true,
        own: '/home/mira/.local/state/harrier/config.toml',
      }));
      return app;
    },
    act: (page) => page.getByText('Found on this machine').waitFor(),
  },
  { name: 'error', app: () => createFakeApp(errorScene(now)), hash: '#/runners' },
  {
    name: 'jobs-many',
    app: () => createFakeApp({ ...busyScene(now), jobs: manyJobs(now, 10_000) }),
    hash: '#/jobs',
    themes: ['light'],
  },
  {
    name: 'add-runner-server-tls',
    app: () => {
      const app = createFakeApp(emptyScene);
      app.answer('server.probe', async () => ({
        ok: false,
        code: 'SERVER_TLS',
        message:
          'no secure connection to https://gitlab.orbit.dev: the server’s certificate comes from an authority that this machine does not know',
        hint: 'Name the file with your company’s authority below, or trust the one that the server shows.',
        canTrust: true,
        chain: [
          {
            subject: 'Orbit Internal CA',
            issuer: 'Orbit Internal CA',
            validTo: 'Feb  3 12:00:00 2031 GMT',
            fingerprint: Array.from({ length: 32 }, (_, at) =>
              (at * 7 + 16).toString(16).toUpperCase().padStart(2, '0').slice(-2),
            ).join(':'),
          },
        ],
      }));
      return app;
    },
    hash: '#/runners/add',
    act: async (page) => {
      await page.getByLabel('Server address').fill('gitlab.orbit.dev');
      await page.getByRole('button', { name: 'Check server' }).click();
      await page.getByText('no secure connection').waitFor();
    },
  },
  {
    name: 'add-runner-token',
    app: () => createFakeApp(emptyScene),
    hash: '#/runners/add',
    act: async (page) => {
      await wizard(page, 'token', 'glrt-bad');
      await page.getByRole('button', { name: 'Check token' }).click();
      await page.getByText('does not know this token').waitFor();
    },
  },
  {
    name: 'add-runner-executor',
    app: () => createFakeApp(emptyScene),
    hash: '#/runners/add',
    act: async (page) => {
      await wizard(page, 'executor');
      await page.getByRole('radio', { name: /^Docker/ }).check();
      await page.getByText('No Docker engine answers').waitFor();
    },
  },
  {
    name: 'add-runner-tags',
    app: () => createFakeApp(emptyScene),
    hash: '#/runners/add',
    act: (page) => wizard(page, 'tags'),
  },
  {
    name: 'add-runner-tags-personal',
    app: () => createFakeApp(emptyScene),
    hash: '#/runners/add',
    act: personalTags,
  },
  {
    name: 'add-runner-narrow',
    app: () => createFakeApp(emptyScene),
    hash: '#/runners/add',
    width: 640,
    height: 700,
    themes: ['dark'],
    act: personalTags,
  },
  {
    name: 'add-runner-save',
    app: () => createFakeApp(emptyScene),
    hash: '#/runners/add',
    act: (page) => wizard(page, 'save'),
  },
  { name: 'pipeline-board', app: busy, hash: '#/pipelines/p1' },
  {
    name: 'run-pipeline',
    app: () => {
      const app = busy();
      app.answer('pipeline.list', async () => ({
        jobs: [
          { name: 'compile', stage: 'build', when: 'on_success', needs: [] },
          { name: 'test:unit', stage: 'test', when: 'on_success', needs: ['compile'] },
          { name: 'deploy:review', stage: 'deploy', when: 'manual', needs: [] },
        ],
        problems: [
          {
            code: 'PIPELINE_UNSUPPORTED',
            message: '.gitlab-ci.yml:16: "trigger" is not supported locally yet',
            line: 16,
            hint: 'This keyword is not supported locally yet; see docs/limits.md.',
          },
        ],
      }));
      return app;
    },
    hash: '#/pipelines/run',
    act: async (page) => {
      await page.getByText('payments-api').click();
      await page.getByText('1 problem in this pipeline').waitFor();
    },
  },
  {
    name: 'commands',
    app: busy,
    hash: '#/jobs/r-mbp-9001',
    themes: ['light'],
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('pa');
    },
  },
  {
    name: 'containers',
    app: busy,
    hash: '#/containers',
    act: async (page) => void (await page.getByText('Leftovers').waitFor()),
  },
  {
    name: 'containers-narrow',
    app: busy,
    hash: '#/containers',
    width: 800,
    height: 700,
    themes: ['light'],
    act: async (page) => void (await page.getByText('Leftovers').waitFor()),
  },
  {
    name: 'containers-remove',
    app: busy,
    hash: '#/containers',
    act: async (page) => {
      await page.getByRole('button', { name: 'Remove…' }).click();
      await page.getByRole('checkbox').first().check();
    },
  },
  {
    name: 'containers-nobody',
    app: () => {
      const app = createFakeApp(emptyScene);
      app.answer('docker.engines', async () => ({
        groups: [
          {
            runners: [],
            rule: 'search',
            tries: [
              { source: 'Docker', address: 'unix:///var/run/docker.sock', picked: false, reason: 'permission denied' },
              {
                source: 'Podman',
                address: 'unix:///run/user/1000/podman/podman.sock',
                picked: false,
                reason: 'there is nothing',
              },
            ],
          },
        ],
      }));
      return app;
    },
    hash: '#/containers',
    themes: ['light'],
    act: async (page) => void (await page.getByText('No engine answers').waitFor()),
  },
  {
    name: 'config-editor',
    app: busy,
    hash: '#/config/r-mbp',
    act: async (page) => {
      const form = page.getByRole('form');
      await form.getByLabel('Jobs at once', { exact: true }).fill('4');
      await form.getByRole('button', { name: 'Edit always' }).click();
      await form.getByLabel('Add to Pull policy').fill('if-not-presnt');
      await page.keyboard.press('Enter');
      await page.getByText('Saved like this').waitFor();
      await page.getByRole('button', { name: '2 lines change' }).click();
    },
  },
  { name: 'terminal', app: () => terminalApp(now), hash: `#/jobs/${terminalJob}`, act: openTerminal() },
  {
    name: 'terminal-narrow',
    app: () => terminalApp(now),
    hash: `#/jobs/${terminalJob}`,
    width: 640,
    height: 600,
    themes: ['dark'],
    act: openTerminal(),
  },
  {
    name: 'terminal-search',
    app: () => terminalApp(now),
    hash: `#/jobs/${terminalJob}`,
    act: openTerminal(async (page) => {
      await page.keyboard.press('Control+Shift+F');
      await page.getByRole('textbox', { name: 'Search in the terminal' }).fill('webhook');
      await page.getByText(/^\d of \d$/).waitFor();
    }),
  },
  {
    name: 'terminal-paste',
    app: () => terminalApp(now),
    hash: `#/jobs/${terminalJob}`,
    themes: ['light'],
    act: openTerminal(async (page) => {
      await page.evaluate(() => navigator.clipboard.writeText('npm ci\nnpm run build\nnpm publish\n'));
      await page.keyboard.press('Control+Shift+V');
      await page.getByRole('dialog').waitFor();
    }),
  },
  {
    name: 'terminal-ended',
    app: () => terminalApp(now),
    hash: `#/jobs/${terminalJob}`,
    act: openTerminal(async (page, app) => {
      app.shells[0]?.end();
      await page.getByText('The shell has ended.').waitFor();
    }),
  },
  { name: 'terminal-places', app: () => terminalApp(now), hash: '#/terminals' },
  {
    name: 'terminal-places-narrow',
    app: () => terminalApp(now),
    hash: '#/terminals',
    width: 640,
    height: 700,
    themes: ['light'],
  },
  { name: 'terminal-places-empty', app: () => createFakeApp(emptyScene), hash: '#/terminals', themes: ['dark'] },
  { name: 'job-kept', app: () => terminalApp(now), hash: '#/jobs/r-mbp-8980', themes: ['light'] },
  {
    name: 'letters-large',
    app: busy,
    hash: '#/settings',
    width: 1280,
    themes: ['light'],
    act: async (page) => {
      await page.getByRole('group', { name: 'Size of the letters' }).getByLabel('16 px').check();
      await page.getByRole('group', { name: 'Letters in the log' }).getByLabel('14 px').check();
      await page.evaluate(() => void (location.hash = '#/jobs/r-mbp-8980'));
      await page.getByText('webhooks.test.ts').first().waitFor();
    },
  },
  {
    name: 'draining',
    app: () => {
      const app = busy();
      app.change({
        state: 'draining',
        stateText: 'Finishing 2 jobs, then stops',
        jobs: app.snapshot().jobs.map((job) => (job.key === 'r-mbp-9001' ? { ...job, keepMs: 1_800_000 } : job)),
      });
      return app;
    },
    hash: '#/jobs/r-mbp-9001',
  },
  {
    name: 'pause-menu',
    app: () => createFakeApp({ ...busyScene(now), power: 'unknown' }),
    hash: '#/runners',
    act: async (page) => page.getByRole('button', { name: 'Pause all for a while' }).click(),
  },
  { name: 'settings', app: busy, hash: '#/settings', height: 1500 },
  {
    name: 'settings-proxy',
    app: () => {
      const app = busy();
      app.answer('connection.test', async () => ({
        reached: [
          {
            url: 'https://gitlab.orbit.dev',
            ok: true,
            message: 'GitLab answers, through the proxy http://proxy.orbit.dev:3128.',
          },
          {
            url: 'https://gitlab.com',
            ok: false,
            message:
              'https://gitlab.com cannot be reached: the proxy http://proxy.orbit.dev:3128 refuses a connection to gitlab.com:443 (403)',
            hint: 'Check the address, the network and the proxy, then try again.',
          },
        ],
      }));
      app.answer('settings.change', async () => {
        throw new HarrierError(
          'INPUT_INVALID',
          'ca_file /home/mira/ca.pem cannot be used: there is no certificate in it that can be read',
          {
            hint: 'Name a file of this machine with certificates in PEM form (-----BEGIN CERTIFICATE-----).',
          },
        );
      });
      return app;
    },
    hash: '#/settings',
    height: 1100,
    act: async (page) => {
      await page.getByRole('radio', { name: 'This one' }).check();
      await page.getByLabel('Address of the proxy').fill('http://proxy.orbit.dev:3128');
      await page.getByLabel('File of further authorities').fill('/home/mira/ca.pem');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('no certificate in it').waitFor();
      await page.getByRole('button', { name: 'Test' }).click();
      await page.getByText('refuses a connection').waitFor();
      await page.getByRole('heading', { name: 'Connection to GitLab' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'settings-narrow', app: busy, hash: '#/settings', width: 640, height: 1500, themes: ['light'] },
];

/** Takes every picture; `only` = part of a name. */
export async function takeScreenshots(folder: string, only: string | undefined): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const browser = await launchBrowser(tool('chromium').path);
  for (const shot of shots) {
    if (only !== undefined && !shot.name.includes(only)) continue;
    for (const theme of shot.themes ?? (['light', 'dark'] as const)) {
      const app = shot.app();
      const window = await openWindow(browser, app, { ...shot, theme, reducedMotion: true });
      await window.page.evaluate(() => document.fonts.ready);
      await window.page.waitForTimeout(150);
      await shot.act?.(window.page, app);
      await window.page.waitForTimeout(150);
      await window.page.screenshot({ path: join(folder, `${shot.name}-${theme}.png`) });
      for (const complaint of window.complaints) console.error(`${shot.name} ${theme}: ${complaint}`);
      await window.close();
    }
  }
  await browser.close();
}
