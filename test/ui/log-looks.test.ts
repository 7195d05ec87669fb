import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { busyScene } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { now, useWindows } from './harness.ts';

const job = 'r-mbp-9002';
const withLog = (log: string): FakeApp => createFakeApp(busyScene(now), { [job]: log });

/** How a word of the log looks. */
const lookOf = (page: Page, word: string) =>
  page
    .getByText(word, { exact: true })
    .first()
    .evaluate((element) => {
      const { color, backgroundColor, fontWeight, fontStyle, textDecorationLine, textDecorationStyle } =
        getComputedStyle(element);
      return { color, backgroundColor, fontWeight, fontStyle, textDecorationLine, textDecorationStyle };
    });

const rgb = (text: string): number[] => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
/** Contrast of two colours as WCAG counts it. */
function contrast(a: string, b: string): number {
  const light = (text: string): number => {
    const [red = 0, green = 0, blue = 0] = rgb(text).map((part) =>
      part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x) as [number, number];
  return high / low;
}

describeWith('chromium', 'the looks that a job prints (LOG4)', () => {
  const { open } = useWindows();

  it('both forms of colours, kinds of underline, links, carriage return, erase line and backspace', async () => {
    const { page } = await open(
      withLog(
        [
          '\x1b[38;2;0;90;0msemicolons\x1b[0m \x1b[38:2::0:90:0mcolons\x1b[0m \x1b[38:5:22mpalette\x1b[0m',
          '\x1b[1mbold\x1b[0m \x1b[3mitalic\x1b[0m \x1b[9mstruck\x1b[0m \x1b[4:3mcurly\x1b[0m \x1b[4:2mdouble\x1b[0m \x1b[7minverse\x1b[0m',
          'progress 10 %\rprogress 100 %',
          'a long line that is erased\r\x1b[Kshort',
          'worlx\bd',
          '\x1b]8;;https://example.com/a\x1b\\web\x1b]8;;\x1b\\ \x1b]8;;file:///etc/passwd\x1b\\local\x1b]8;;\x1b\\ \x1b]8;;ssh://host\x1b\\ssh\x1b]8;;\x1b\\',
          'unknown \x1b[5;99m\x1b[>4;2m\x1b(Bvanishes',
          'last',
        ].join('\n'),
      ),
      { hash: `#/jobs/${job}` },
    );
    await page.getByText('last', { exact: true }).waitFor();
    const colour = (await lookOf(page, 'semicolons')).color;
    expect(rgb(colour)).toEqual([0, 90, 0]);
    expect((await lookOf(page, 'colons')).color).toBe(colour);
    expect(rgb((await lookOf(page, 'palette')).color)).toEqual([0, 95, 0]);
    expect((await lookOf(page, 'bold')).fontWeight).toBe('600');
    expect((await lookOf(page, 'italic')).fontStyle).toBe('italic');
    expect((await lookOf(page, 'struck')).textDecorationLine).toBe('line-through');
    expect(await lookOf(page, 'curly')).toMatchObject({ textDecorationLine: 'underline', textDecorationStyle: 'wavy' });
    expect((await lookOf(page, 'double')).textDecorationStyle).toBe('double');
    const inverse = await lookOf(page, 'inverse');
    expect(rgb(inverse.backgroundColor)).toEqual([26, 29, 28]);
    const texts = await page
      .locator('[data-line]')
      .evaluateAll((rows) => rows.map((row) => row.lastChild?.textContent));
    expect(texts.slice(2)).toEqual(['progress 100 %', 'short', 'world', 'web local ssh', 'unknown vanishes', 'last']);
    const links = page.locator('[data-line] a[target]');
    expect(await links.evaluateAll((all) => all.map((link) => [link.textContent, link.getAttribute('href')]))).toEqual([
      ['web', 'https://example.com/a'],
    ]);
  });

  it.each(['light', 'dark'] as const)('every colour of the palette can be read (%s)', async (theme) => {
    const codes = Array.from({ length: 256 }, (_, at) => `\x1b[38;5;${at}mc${at}\x1b[0m`);
    const rows = Array.from({ length: 16 }, (_, at) => codes.slice(at * 16, at * 16 + 16).join(' '));
    const { page } = await open(withLog(`${rows.join('\n')}\nlast`), { hash: `#/jobs/${job}`, theme });
    await page.getByText('last', { exact: true }).waitFor();
    const ground = await page
      .getByLabel('Log', { exact: true })
      .evaluate((box) => getComputedStyle(box).backgroundColor);
    const shown = await page
      .locator('[data-line] span[style]')
      .evaluateAll((all) => all.map((each) => [each.textContent ?? '', getComputedStyle(each).color] as const));
    expect(shown.length).toBe(256);
    expect(shown.filter(([, colour]) => contrast(colour, ground) < 4.5)).toEqual([]);
  });
});

const mark = (kind: 'start' | 'end', name: string, seconds: number, options = ''): string =>
  `section_${kind}:${1_764_000_000 + seconds}:${name}${options}\r\x1b[0K`;

describeWith('chromium', 'sections (LOG5)', () => {
  const { open } = useWindows();

  it('nested and collapsed ones, their durations, all at once; folding never ends following', async () => {
    const app = withLog(
      [
        `${mark('start', 'outer', 0)}Outer`,
        `${mark('start', 'inner', 1, '[collapsed=true]')}Inner`,
        'inside',
        `${mark('end', 'inner', 6)}between`,
        `${mark('end', 'outer', 9)}behind`,
      ].join('\n'),
    );
    const { page } = await open(app, { hash: `#/jobs/${job}` });
    await page.getByText('behind', { exact: true }).waitFor();
    const section = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });
    expect(await section('Outer').getAttribute('aria-expanded')).toBe('true');
    expect(await section('Inner').getAttribute('aria-expanded')).toBe('false');
    expect(await section('Inner').textContent()).toBe('Inner1 line5 s');
    await section('Inner').click();
    await page.getByText('inside', { exact: true }).waitFor();
    await page.getByLabel('Fold all sections').click();
    await page.getByText('between', { exact: true }).waitFor({ state: 'detached' });
    await section('Inner').waitFor({ state: 'detached' });
    await page.getByLabel('Unfold all sections').click();
    await page.getByText('inside', { exact: true }).waitFor();
    for (let at = 0; at < 80; at++) app.print(job, `\nmore ${at}`);
    await page.getByText('more 79', { exact: true }).waitFor();
    await page.getByLabel('Lines of the log').focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Shift+ArrowRight');
    await page.getByRole('button', { name: 'Following' }).waitFor();
    app.print(job, '\nnewest');
    await page.getByText('newest', { exact: true }).waitFor();
  });

  it('a section that the failure cut off is open and stands among the problems', async () => {
    const log = [
      `${mark('start', 'step_script', 0)}Script`,
      `${mark('start', 'my_tests', 1, '[collapsed=true]')}My tests`,
      'nothing that a tool would print',
      `${mark('end', 'step_script', 5)}\x1b[31;1mERROR: Job failed: exit code 7\n`,
    ].join('\n');
    const app = createFakeApp(busyScene(now), { 'r-mbp-8980': log });
    const { page } = await open(app, { hash: '#/jobs/r-mbp-8980' });
    await page.getByText('nothing that a tool would print').waitFor();
    await page.getByRole('button', { name: /Section my_tests did not come to its end/ }).waitFor();
    expect(await page.locator('[data-line][data-problem]').getAttribute('data-line')).toBe('3');
  });
});
