import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { silentLogger } from '../../src-main/base/logger.ts';
import { startWebHost, type WebHost } from '../../src-main/web/index.ts';

export const rendererFolder = process.env['HARRIER_RENDERER'] ?? resolve('dist/renderer');
export const rendererIsBuilt = (): boolean => existsSync(join(rendererFolder, 'index.html'));

export const launchBrowser = (executablePath: string | undefined): Promise<Browser> =>
  chromium.launch({
    ...(executablePath !== undefined ? { executablePath } : {}),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });

export interface WindowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly reducedMotion?: boolean;
  readonly forcedColors?: boolean;
  /** As the window's preferences name it. */
  readonly language?: string;
  /** Where to go behind the `#`. */
  readonly hash?: string;
}
export interface OpenWindow {
  readonly page: Page;
  readonly host: WebHost;
  /** What the browser complained about: errors, policy violations. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** A real browser's window onto an app, a fake one or the real one, through the real web host. */
export async function openWindow(browser: Browser, app: HarrierApp, options: WindowOptions = {}): Promise<OpenWindow> {
  const host = await startWebHost({ app, rendererFolder, port: 0, log: silentLogger });
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.theme ?? 'light',
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
    forcedColors: options.forcedColors ? 'active' : 'none',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/401 \(Unauthorized\)|ERR_CONNECTION|WebSocket/.test(message.text()))
      complaints.push(`console: ${message.text()}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  if (options.language !== undefined)
    await page.addInitScript(
      (language) => localStorage.setItem('harrier.prefs', JSON.stringify({ language })),
      options.language,
    );
  // Lets a test break the connection as a network would.
  await page.addInitScript(() => {
    const Real = WebSocket;
    const made: WebSocket[] = [];
    Object.assign(window, {
      breakConnection: () => made.at(-1)?.close(),
      WebSocket: class extends Real {
        constructor(url: string) {
          super(url);
          made.push(this);
        }
      },
    });
  });
  await page.goto(host.url);
  await page.waitForSelector('nav', { timeout: 10_000 });
  if (options.hash !== undefined) await page.evaluate((hash) => void (location.hash = hash), options.hash);
  return {
    page,
    host,
    complaints,
    async close() {
      await context.close();
      await host.close();
    },
  };
}
