import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { busyScene } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { now, useWindows } from './harness.ts';

const job = 'r-mbp-9002';
const withLog = (log: string): FakeApp => createFakeApp(busyScene(now), { [job]: log });
const lines = (page: Page) => page.getByLabel('Lines of the log');
/** Number of the first line that is whole in view. */
const firstInView = (page: Page): Promise<number> =>
  lines(page).evaluate((box) => {
    const { top } = box.getBoundingClientRect();
    const row = [...box.querySelectorAll('[data-line]')].find((each) => each.getBoundingClientRect().top >= top - 1);
    return Number(row?.getAttribute('data-line'));
  });

describeWith('chromium', 'logs of hostile size', () => {
  const { open } = useWindows();

  it('above a million lines wheel and keys move exact lines, and each line can be reached (LOG2, LOG3)', async () => {
    const count = 2_000_000;
    // No newline at the end.
    const log = Array.from({ length: count }, (_, at) => `row ${at + 1}`).join('\n');
    const app = withLog(log);
    const { page } = await open(app, { hash: `#/jobs/${job}` });
    await page.getByText(`row ${count}`, { exact: true }).waitFor();
    await page.getByText('2,000,000 lines').waitFor();
    expect(await lines(page).evaluate((box) => box.scrollHeight)).toBeLessThan(33_554_432);
    await page.evaluate((key) => void (location.hash = `#/jobs/${key}/L1864200`), job);
    await page.getByText('row 1864200', { exact: true }).waitFor();
    await lines(page).focus();
    let at = await firstInView(page);
    const moved = async (by: number): Promise<void> => {
      at += by;
      await page.waitForFunction(
        ([line]) => {
          const box = document.querySelector('section[tabindex="0"]');
          const top = box?.getBoundingClientRect().top ?? 0;
          const row = [...(box?.querySelectorAll('[data-line]') ?? [])].find(
            (each) => each.getBoundingClientRect().top >= top - 1,
          );
          return Number(row?.getAttribute('data-line')) === line;
        },
        [at],
      );
    };
    const rowsInView = Math.floor((await lines(page).evaluate((box) => box.clientHeight)) / 20);
    await page.keyboard.press('ArrowDown');
    await moved(1);
    await page.keyboard.press('PageDown');
    await moved(rowsInView - 2);
    await page.keyboard.press('PageUp');
    await page.keyboard.press('PageUp');
    await moved(-2 * (rowsInView - 2));
    await lines(page).hover();
    await page.mouse.wheel(0, 60);
    await moved(3);
    await page.mouse.wheel(0, -120);
    await moved(-6);
    // Lines that come in move the bar, not what is read: in every picture on the way the same line is the first.
    await page.evaluate(() => {
      const seen = new Set<string | null | undefined>();
      Object.assign(window, { seen });
      const look = (): void => {
        const box = document.querySelector('section[tabindex="0"]');
        const top = box?.getBoundingClientRect().top ?? 0;
        const rows = [...(box?.querySelectorAll('[data-line]') ?? [])];
        seen.add(rows.find((each) => each.getBoundingClientRect().top >= top - 1)?.getAttribute('data-line'));
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    for (let step = 1; step <= 20; step++) {
      app.print(job, Array.from({ length: 1000 }, (_, more) => `\nlater ${step}.${more}`).join(''));
      await page.getByText(`${step},000 new lines`).first().waitFor();
    }
    expect(await page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen])).toEqual([`${at}`]);
    await page.keyboard.press('Home');
    await page.getByText('row 1', { exact: true }).waitFor();
    await page.keyboard.press('End');
    await page.getByText('later 20.999', { exact: true }).waitFor();
    // What stands in the page stays small.
    expect(await page.locator('[data-line]').count()).toBeLessThan(100);
  });

  it('one line of 10 MB is shown in pieces; a line that colours each letter stays cheap (S28)', async () => {
    const app = withLog(`first\n${'x'.repeat(10_000_000)} the end of it`);
    const { page } = await open(app, { hash: `#/jobs/${job}` });
    await page.getByText('the end of it').waitFor();
    await page.getByText('612 lines').waitFor();
    app.print(job, `\n${Array.from({ length: 40 }, () => '\x1b[31mr\x1b[32mg'.repeat(800)).join('\n')}\nlast`);
    await page.getByText('last', { exact: true }).waitFor();
    expect(await page.locator('[data-line] *').count()).toBeLessThan(30_000);
    await page.getByLabel('Wrap lines').click();
    await page.getByText('last', { exact: true }).waitFor();
    expect(await page.locator('[data-line] *').count()).toBeLessThan(60_000);
  });

  it('what turns text round, titles, device queries and half sequences leave only words (S28, LOG4)', async () => {
    const app = withLog('');
    const { page } = await open(app, { hash: `#/jobs/${job}` });
    const hostile = [
      'safe\u202egnp.exe\u202c end',
      'iso\u2066late\u2069d',
      'title\x1b]0;owned\x07 \x1b]2;owned\x1b\\gone',
      'query\x1b[6n\x1bP$qm\x1b\\\x1b[?1049h\x1b[2J\x1b[31;1Hgone',
      'clip\x1b]52;c;ZXZpbA==\x07board',
      'cut \x1b]8;;https://example.com/',
      'c1 \x9b31m\x85\x00text',
    ];
    // Escapes are cut wherever the bytes happen to arrive.
    for (const piece of hostile.join('\n').match(/[\s\S]{1,7}/gu) ?? []) app.print(job, piece);
    app.print(job, '\nafter');
    await page.getByText('after', { exact: true }).waitFor();
    const texts = await page
      .locator('[data-line]')
      .evaluateAll((rows) => rows.map((row) => row.lastChild?.textContent));
    expect(texts).toEqual([
      'safegnp.exe end',
      'isolated',
      'title gone',
      'querygone',
      'clipboard',
      'cut ',
      'c1 31mtext',
      'after',
    ]);
    expect(await page.title()).toBe('Harrier');
    expect(await page.locator('[data-line] a[target]').count()).toBe(0);
  });
});
