import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { integrationLog } from '../support/recording-log.ts';
import { busyScene } from '../support/recordings.ts';
import { tool } from '../support/require.ts';
import { launchBrowser, type OpenWindow, openWindow, rendererIsBuilt, type WindowOptions } from './window.ts';

/** Scenes play around the present: clocks in the window run on. */
export const now = Date.now();
export const busyApp = (): FakeApp =>
  createFakeApp(busyScene(now), {
    'r-mbp-9001': integrationLog(now - 86_000, true),
    'r-mbp-8980': integrationLog(now - 22 * 60_000, false),
  });

export interface Windows {
  open(app: HarrierApp, options?: WindowOptions): Promise<OpenWindow>;
  readonly browser: Browser;
}

/** One browser for the tests of a block; after each test its windows are closed and must not have complained. */
export function useWindows(): Windows {
  let browser: Browser | undefined;
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
  return {
    async open(app, options) {
      const window = await openWindow(browser as Browser, app, { reducedMotion: true, ...options });
      windows.push(window);
      return window;
    },
    get browser() {
      return browser as Browser;
    },
  };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(options: object): Promise<{
    violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
  }>;
}

/**
 * What axe finds wrong, one line each; only contrast, or all but contrast, where the other was looked at already. It comes
 * in through the debugger, which the page's policy does not bind.
 */
export async function violations(page: Page, contrast: 'too' | 'only' | 'not' = 'too'): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async (which) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const found = await axe.run({
      resultTypes: ['violations'],
      ...(which === 'only' ? { runOnly: ['color-contrast'] } : {}),
      ...(which === 'not' ? { rules: { 'color-contrast': { enabled: false } } } : {}),
    });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`),
    );
  }, contrast);
}

/** Until the last answer is drawn: nothing came into the page or left it for a while. */
export const settled = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((done) => {
        const rest = (): number =>
          window.setTimeout(() => {
            observer.disconnect();
            done();
          }, 250);
        let timer = rest();
        const observer = new MutationObserver(() => {
          clearTimeout(timer);
          timer = rest();
        });
        observer.observe(document.body, { childList: true, subtree: true });
      }),
  );
