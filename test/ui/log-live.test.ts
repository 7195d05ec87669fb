import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { startApp } from '../support/app.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { describeWith, itWith } from '../support/require.ts';
import { useWindows } from './harness.ts';

/** Prints 1,000 lines a second for ten seconds, once the file `go` is there. */
const printer = (go: string): string => `
import { existsSync } from 'node:fs';
while (!existsSync(${JSON.stringify(go)})) await new Promise((done) => setTimeout(done, 20));
const from = performance.now();
for (let printed = 0; printed < 10_000; await new Promise((done) => setTimeout(done, 1))) {
  const due = Math.min(10_000, Math.floor(performance.now() - from));
  let text = '';
  for (; printed < due; printed++) text += 'stream ' + printed + ' of the tests\\n';
  process.stdout.write(text);
}
`;

describeWith(['chromium', 'bash', 'git'], 'the log of a real job that prints 1,000 lines a second', () => {
  const { open } = useWindows();
  let folder = '';
  let app: HarrierApp | undefined;
  let coordinator: TestCoordinator | undefined;
  afterEach(async () => {
    await app?.close();
    await coordinator?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  itWith(
    'posix',
    'shows what came before, follows through folds and searches, and tells of it now and then (LOG6, LOG10, LOG11)',
    async () => {
      folder = mkdtempSync(join(tmpdir(), 'harrier-live-'));
      const go = join(folder, 'go');
      writeFileSync(join(folder, 'print.mjs'), printer(go));
      coordinator = await startTestCoordinator();
      app = await startApp(folder, coordinator);
      const section = (kind: string, name: string): string => `printf 'section_${kind}:1764000000:${name}\\r\\033[0K'`;
      const job = coordinator.queue({
        script: [
          `${section('start', 'first')}; echo First; for i in $(seq 60); do echo "early $i of it"; done; ${section('end', 'first')}`,
          `${section('start', 'second')}; echo Second; ${process.execPath} ${join(folder, 'print.mjs')}; ${section('end', 'second')}`,
          'echo all of it',
        ],
      });
      await job.printed('Second');
      const { page } = await open(app, { hash: `#/jobs/${job.id}` });
      const following = page.getByRole('button', { name: 'Following' });
      await following.waitFor();
      // Printed before this window was there.
      await page.getByText('early 59 of it').waitFor();
      await page.getByLabel('Lines of the log').focus();
      await page.keyboard.press('Home');
      await page.getByText('early 1 of it').waitFor();
      await page.keyboard.press('End');
      await page.evaluate(() => {
        const told: { at: number; text: string }[] = [];
        Object.assign(window, { told });
        const log = document.querySelector('[role="log"]') as Element;
        new MutationObserver(() => told.push({ at: performance.now(), text: log.textContent ?? '' })).observe(log, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      });
      writeFileSync(go, '');
      await page
        .getByText(/^stream \d+ of the tests$/)
        .first()
        .waitFor();

      await page.getByLabel('Search log').fill('stream');
      await page.getByText(/^[\d,]+ of [\d,]+\+?$/).waitFor();
      // A search looks at its first match; End follows again.
      const lines = page.getByLabel('Lines of the log');
      await lines.focus();
      await page.keyboard.press('End');
      for (let at = 0; at < 4; at++) {
        await page.keyboard.press('Shift+ArrowLeft');
        await page.keyboard.press('Shift+ArrowRight');
        await following.waitFor();
      }
      await lines.hover();
      await page.mouse.wheel(0, -600);
      await page.getByText('Follow is off').waitFor();
      const before = await page.locator('[data-line]').nth(12).textContent();
      await page.getByRole('button', { name: /^\d[\d,]{2,} new lines/ }).waitFor();
      expect(await page.locator('[data-line]').nth(12).textContent()).toBe(before);
      await lines.focus();
      await page.keyboard.press('End');
      await following.waitFor();

      await page.getByText('all of it', { exact: true }).waitFor({ timeout: 20_000 });
      await page.getByText(/of 10,000$/).waitFor();
      const told = await page.evaluate(() => (window as unknown as { told: { at: number; text: string }[] }).told);
      expect(told.length).toBeGreaterThan(0);
      for (const [at, each] of told.entries()) {
        expect(each.text).toMatch(/^[\d,]+ new lines?$/);
        if (at > 0) expect(each.at - (told[at - 1]?.at ?? 0)).toBeGreaterThan(3000);
      }
      await job.done;
    },
  );
});
