import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { integrationLog } from '../support/recording-log.ts';
import { describeWith } from '../support/require.ts';
import { busyApp, now, useWindows } from './harness.ts';

describeWith('chromium', 'the live log in a real browser', () => {
  const { open } = useWindows();

  it('a log that streams is followed; scrolling up stops that, End goes on', async () => {
    const app = busyApp();
    const { page } = await open(app, { hash: '#/jobs/r-mbp-9001' });
    await page.getByText('41 of 63 tests').waitFor();
    for (let at = 0; at < 300; at++) app.print('r-mbp-9001', `\nstreamed ${at}`);
    await page.getByText('streamed 299').waitFor();
    await page.getByRole('button', { name: 'Following' }).waitFor();
    await page.getByLabel('Lines of the log').hover();
    await page.mouse.wheel(0, -2000);
    await page.getByText('Follow is off').waitFor();
    const before = await page.locator('[data-line]').first().getAttribute('data-line');
    app.print('r-mbp-9001', '\nlater');
    await page.getByText('1 new line').first().waitFor();
    expect(await page.locator('[data-line]').first().getAttribute('data-line')).toBe(before);
    await page.getByLabel('Lines of the log').focus();
    await page.keyboard.press('End');
    await page.getByText('later').waitFor();
  });

  it('sections fold; search opens what hides a match and counts it all', async () => {
    const { page } = await open(busyApp(), { hash: '#/jobs/r-mbp-8980' });
    await page.getByText('AssertionError').first().waitFor();
    const section = page.getByRole('button', { name: /Getting source from Git repository/ });
    await section.waitFor();
    expect(await section.getAttribute('aria-expanded')).toBe('false');
    await section.click();
    await page.getByText('Created fresh repository.').waitFor();
    await section.click();
    await page.getByText('Created fresh repository.').waitFor({ state: 'detached' });
    await page.getByLabel('Search log').fill('resolved 1055,');
    await page.getByText('1 of 1').waitFor();
    await page.getByText('Progress: resolved 1055').waitFor();
    await page.getByLabel('Search log').fill('(');
    await page.getByLabel('Regular expression (RE2)').click();
    await page.getByText('Not an expression').waitFor();
  });

  it('a failed job opens at its problem; a line can be linked and shared', async () => {
    const { page } = await open(busyApp(), { hash: '#/jobs/r-mbp-8980' });
    await page.locator('[data-problem]').first().waitFor();
    await page.getByLabel('Line 2', { exact: true }).click();
    expect(await page.evaluate(() => location.hash)).toBe('#/jobs/r-mbp-8980/L2');
    await page
      .getByLabel('Line 5', { exact: true })
      .or(page.getByLabel('Line 10', { exact: true }))
      .first()
      .click({ modifiers: ['Shift'] });
    expect(await page.locator('[data-picked]').count()).toBeGreaterThan(1);
    await page.getByRole('button', { name: /^Copy \d+ lines/ }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('on studio-mbp');
    await page.evaluate(() => void (location.hash = '#/jobs/r-mbp-8980/L150'));
    await page.getByLabel('Line 150', { exact: true }).waitFor();
  });

  it('hostile output is text and nothing else', async () => {
    const app = busyApp();
    const { page } = await open(app, { hash: '#/jobs/r-mbp-9002' });
    app.print(
      'r-mbp-9002',
      '<img src=x onerror="document.title=1"><script>document.title=2</script>\n\x1b]0;owned\x07\x1b]8;;javascript:document.title=3\x07click\x1b]8;;\x07 \x1b]8;;https://example.com/\x07good\x1b]8;;\x07\n\x1b[31;99999;5mred\x1b[2J\x1b[H\x9b\x00\u202eevil\n',
    );
    await page.getByText('<img src=x').waitFor();
    await page.getByText('click').click();
    expect(await page.title()).toBe('Harrier');
    const links = await page
      .locator('[data-line] a[target]')
      .evaluateAll((all) => all.map((a) => [a.getAttribute('href'), a.getAttribute('rel'), a.getAttribute('title')]));
    expect(links).toEqual([['https://example.com/', 'noreferrer noopener', 'https://example.com/']]);
    expect(await page.locator('[data-line] img, [data-line] script').count()).toBe(0);
  });

  it('wrapped lines: the whole of a long log can be reached, its end too', async () => {
    const app = busyApp();
    const { page } = await open(app, { hash: '#/jobs/r-mbp-9002', width: 1100 });
    app.print(
      'r-mbp-9002',
      Array.from(
        { length: 3000 },
        (_, at) => `row ${at} ${'word '.repeat(at % 60)}
`,
      ).join(''),
    );
    await page.getByText('row 2999').waitFor();
    await page.getByLabel('Wrap lines').click();
    await page.getByText('row 2999').waitFor();
    const log = page.getByLabel('Lines of the log');
    const bottom = await page.getByText('row 2999').evaluate((row) => row.getBoundingClientRect().bottom);
    expect(bottom).toBeLessThanOrEqual((await log.evaluate((box) => box.getBoundingClientRect().bottom)) + 1);
    await log.focus();
    await page.keyboard.press('Home');
    await page.getByText('row 0', { exact: false }).first().waitFor();
    expect(
      await page.locator('[data-line="1"]').evaluate((row) => row.getBoundingClientRect().top),
    ).toBeGreaterThanOrEqual(await log.evaluate((box) => box.getBoundingClientRect().top - 1));
    await page.evaluate(() => void (location.hash = '#/jobs/r-mbp-9002/L1501'));
    await page.locator('[data-picked]').waitFor();
    expect(await page.locator('[data-line="1501"]').evaluate((row) => row.getBoundingClientRect().top)).toBeGreaterThan(
      0,
    );
  });

  it('a log is saved byte by byte, and copied as text', async () => {
    const { page } = await open(busyApp(), { hash: '#/jobs/r-mbp-8980' });
    await page.locator('[data-problem]').first().waitFor();
    await page.getByRole('button', { name: 'Save, copy, open' }).click();
    const raw = page.getByRole('menuitem', { name: 'Save as the job printed it' });
    const [download] = await Promise.all([page.waitForEvent('download'), raw.click()]);
    expect(download.suggestedFilename()).toBe('deploy-review-8980.log');
    expect(readFileSync(await download.path(), 'utf8')).toBe(integrationLog(now - 22 * 60_000, false));
    await page.getByLabel('Copy log').click();
    await page.getByText('lines copied').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain('AssertionError: expected 3 attempts, received 2');
    expect(copied).not.toMatch(/section_start|\x1b/);
  });
});
