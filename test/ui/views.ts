import type { Page } from 'playwright-core';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { integrationLog } from '../support/recording-log.ts';
import { emptyScene } from '../support/recordings.ts';
import { terminalApp, terminalJob, terminalSession } from '../support/terminal-scene.ts';
import { now } from './harness.ts';

/** A main view as a person meets it: where it is, and what must be there before it is looked at. */
export interface View {
  readonly name: string;
  readonly hash: string;
  /** Without a runner and without a job. */
  readonly empty?: true;
  readonly ready: (page: Page, app: FakeApp) => Promise<unknown>;
}

/** Runners, jobs with logs, pipelines, terminals: one app for all views that show something. */
export const fullApp = (): FakeApp =>
  terminalApp(now, {
    'r-mbp-9001': integrationLog(now - 86_000, true),
    'r-mbp-8980': integrationLog(now - 22 * 60_000, false),
  });
export const emptyApp = (): FakeApp => createFakeApp(emptyScene);
export const appOf = (view: View): FakeApp => (view.empty ? emptyApp() : fullApp());

/** By structure, not by words: the views are also opened in languages of tests. */
const shown = (selector: string) => (page: Page) => page.locator(selector).first().waitFor();
const press = async (page: Page, selector: string): Promise<void> => page.locator(selector).first().click();

/** From the first step of the wizard to another one. */
async function stepsOn(page: Page, steps: number): Promise<void> {
  const next = 'button[form=add-runner]';
  await page.locator('#add-runner input').first().waitFor();
  for (let step = 0; step < steps; step++) {
    const typed = ['gitlab.orbit.dev', 'glrt-t3_abcdefghijk7Kfa'][step];
    if (typed !== undefined) await page.locator('#add-runner input').first().fill(typed);
    await press(page, next);
    await page.locator(`li[aria-current=step]:nth-of-type(${step + 2})`).waitFor();
  }
}

export const views: readonly View[] = [
  { name: 'first run', hash: '#/jobs', empty: true, ready: (page) => page.getByText('2.51.0').waitFor() },
  { name: 'jobs and a running log', hash: '#/jobs/r-mbp-9001', ready: shown('[data-line]') },
  { name: 'a failed job', hash: '#/jobs/r-mbp-8980', ready: shown('[data-problem]') },
  { name: 'runners', hash: '#/runners', ready: shown('[data-runner]') },
  { name: 'no runner', hash: '#/runners', empty: true, ready: shown('main h2') },
  { name: 'a runner', hash: '#/runners/r-shell', ready: shown('aside h2') },
  { name: 'runner edit', hash: '#/runners/r-shell/edit', ready: shown('aside form input') },
  { name: 'wizard, server', hash: '#/runners/add', empty: true, ready: (page) => stepsOn(page, 0) },
  { name: 'wizard, token', hash: '#/runners/add', empty: true, ready: (page) => stepsOn(page, 1) },
  {
    name: 'wizard, executor',
    hash: '#/runners/add',
    empty: true,
    async ready(page) {
      await stepsOn(page, 2);
      await page.locator('form section[aria-busy=false] li').first().waitFor();
    },
  },
  { name: 'wizard, tags', hash: '#/runners/add', empty: true, ready: (page) => stepsOn(page, 3) },
  { name: 'wizard, save', hash: '#/runners/add', empty: true, ready: (page) => stepsOn(page, 4) },
  { name: 'pipelines', hash: '#/pipelines', ready: shown('main li a') },
  { name: 'a pipeline', hash: '#/pipelines/p1', ready: shown('main section section') },
  { name: 'run a pipeline', hash: '#/pipelines/run', ready: shown('main li button') },
  { name: 'containers', hash: '#/containers', ready: shown('main code') },
  { name: 'config editor', hash: '#/config', ready: shown('.cm-content') },
  { name: 'terminal places', hash: '#/terminals', ready: shown('main li button') },
  {
    name: 'a terminal',
    hash: `#/jobs/${terminalJob}`,
    async ready(page, app) {
      await page.locator('[data-line]').first().waitFor();
      await page.keyboard.press('Control+t');
      await page.locator('.xterm').waitFor();
      app.shells[0]?.print(terminalSession);
      await page.getByText('20 passed').first().waitFor();
    },
  },
  { name: 'settings', hash: '#/settings', ready: shown('main fieldset') },
];
