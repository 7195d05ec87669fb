import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { configKeys } from '../../src-shared/config-schema.ts';
import type { Handlers } from '../../src-shared/ipc.ts';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { integrationLog } from '../support/recording-log.ts';
import { errorScene } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { now, settled, useWindows } from './harness.ts';
import { appOf, fullApp, views } from './views.ts';

/** Every string in an answer. */
function stringsIn(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') into.add(value);
  else if (Array.isArray(value)) for (const each of value) stringsIn(each, into);
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) {
      into.add(key);
      stringsIn(each, into);
    }
}
/** The same app, and everything it has told: names, paths, reasons. Those are data and stay as they are. */
function listeningApp(app: FakeApp): { app: FakeApp; told: Set<string> } {
  const told = new Set<string>();
  const handlers = Object.fromEntries(
    Object.entries(app.handlers).map(([name, handler]) => [
      name,
      async (input: never) => {
        const answer = await (handler as (value: never) => Promise<unknown>)(input);
        stringsIn(answer, told);
        stringsIn(input, told);
        return answer;
      },
    ]),
  ) as unknown as Handlers;
  return { app: Object.create(app, { handlers: { value: handlers } }) as FakeApp, told };
}

/** Parts of data as views show them: the host of an address, the last folder of a path, a reason without its head or its brackets. */
const partsOf = (text: string): string[] => [
  text,
  ...(URL.canParse(text) ? [new URL(text).host] : []),
  ...(/^\/\S+$/.test(text) ? [text.split('/').at(-1) ?? ''] : []),
  text.replace(/\s*\([^)]*\)/g, '').split(';')[0] ?? '',
  text.split(': ').at(-1) ?? '',
  text.replace(/^[^:]*: /, ''),
];

/** What can be seen or is read aloud: texts, names, tooltips, examples. Logs, code and terminals are the job's. */
const visibleTexts = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    const isTheirs = (element: Element): boolean =>
      element.closest('[data-line], code, pre, textarea, .cm-scroller, .xterm, title, script, style') !== null;
    for (const element of document.querySelectorAll('body *')) {
      if (!(element.closest('select') ?? element).checkVisibility() || isTheirs(element)) continue;
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
        const text = element.getAttribute(name);
        if (text) found.push(text);
      }
      for (const node of element.childNodes)
        if (node.nodeType === Node.TEXT_NODE && node.textContent?.trim()) found.push(node.textContent.trim());
    }
    return found;
  });

const calendar = ['long', 'short'].flatMap((length) =>
  Array.from({ length: 12 }, (_, at) => new Date(2026, at, 1 + at)).flatMap((day) => [
    new Intl.DateTimeFormat('de', { month: length as 'long' }).format(day),
    new Intl.DateTimeFormat('de', { day: 'numeric', month: length as 'long' }).format(day).replace(/[\d. ]+/g, ''),
    new Intl.DateTimeFormat('de', { weekday: length as 'long' }).format(day),
  ]),
);
/** Names of keys and what each does come with the schema of config.toml, which is English as the file is. */
const schema = configKeys.flatMap(({ path, doc, deprecated = '', ignored = '', values = [], default: usual }) => [
  doc,
  deprecated,
  ignored,
  String(usual ?? ''),
  ...values,
  ...path,
  ...path.map((part) => part.replaceAll('_', ' ')),
]);
/** What the logs of the app say, line by line: the list of problems quotes them. */
const logLines = integrationLog(0, true)
  .replaceAll(/\x1b\[[\d;]*[a-zA-Z]/g, '')
  .split('\n')
  .map((line) => line.replace(/^\S+Z \w+ /, '').trim());
const ownNames = ['GitLab', 'Harrier', 'config.toml'];

/** Everything that is no text of the window, as whole words: a short key must not hide a part of another word. */
function dataOf(told: ReadonlySet<string>): RegExp {
  const data = [...new Set([...[...told].flatMap(partsOf), ...logLines, ...schema, ...calendar, ...ownNames])]
    .filter((each) => each.length > 1 && each.length < 500)
    .sort((a, b) => b.length - a.length)
    .map((each) => each.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\d])(?:${data.join('|')})(?![\\p{L}\\d])`, 'giu');
}

const word = /\p{L}{2,}/u;
/** What is left of a text without the messages in it and without data: there must be no word. */
function untranslated(text: string, data: RegExp): string {
  let rest = text;
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(/⟦[^⟦⟧]*⟧/g, ' ');
  }
  const isTold = !word.test(rest.replaceAll(data, ' '));
  // Addresses, paths and beginnings of tokens stand in fields as examples.
  rest = rest.replace(/https?:\S+|(?<!\S)\/\S+|gl\w+-\S*/g, ' ').replaceAll(data, ' ');
  return isTold || !word.test(rest) ? '' : `${rest.trim()} of ${text}`;
}

interface Box {
  readonly name: string;
  readonly left: number;
  readonly right: number;
}
/** Without clocks and the signs around what is put in. */
const nameOf = ({ name }: Box): string => name.replace(/[\d\u2068\u2069]/g, '').slice(0, 20);
/** Where everything stands that is not part of a log, of code or of a terminal. */
const boxes = (page: Page): Promise<Box[]> =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'nav, main, header, section, aside, article, form, li, button, a, input, select, h1, h2, svg',
      ),
    ]
      .filter(
        (element) =>
          element.checkVisibility() &&
          !element.closest('[data-line], .cm-editor, .xterm, pre, code') &&
          element.querySelector('[data-line], .cm-editor, .xterm, code') === null,
      )
      .map((element) => {
        const { left, right } = element.getBoundingClientRect();
        return {
          name: `${element.tagName} ${element.getAttribute('class') ?? ''} ${(element.textContent ?? '').slice(0, 30)}`,
          left,
          right,
        };
      }),
  );

/** What is cut off: the page itself, or a text that is longer than its place and has no tooltip that tells it whole. */
const clipped = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    const columns = 'body, nav, main, aside, article, dialog, [data-keys]';
    if (document.documentElement.scrollWidth > innerWidth)
      found.push(`page is ${document.documentElement.scrollWidth} wide`);
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      if (!element.checkVisibility() || element.closest('[data-line], .cm-editor, .xterm, pre, .hidden-text, svg'))
        continue;
      const style = getComputedStyle(element);
      const text = (element.textContent ?? '').trim().slice(0, 50);
      const tall = style.overflowY === 'hidden' && element.scrollHeight > element.clientHeight + 2;
      const wide =
        element.scrollWidth > element.clientWidth + 1 && style.overflowX !== 'auto' && style.overflowX !== 'scroll';
      const holds = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      );
      if ((wide || tall) && holds && style.display !== 'inline' && element.closest('[title]') === null)
        found.push(
          `${element.tagName} ${element.className} "${text}" ${element.scrollWidth} in ${element.clientWidth}`,
        );
      // What can be pressed lies whole in its column, or in something that scrolls.
      if (!element.matches('button, a[href], input, select')) continue;
      const box = element.getBoundingClientRect();
      let at = element.parentElement;
      while (at !== null && !/auto|scroll/.test(getComputedStyle(at).overflowX) && !at.matches(columns))
        at = at.parentElement;
      const place = at === null ? undefined : at.getBoundingClientRect();
      const scrolls = at !== null && /auto|scroll/.test(getComputedStyle(at).overflowX);
      if (place && !scrolls && box.width > 1 && (box.left < place.left - 1 || box.right > place.right + 1))
        found.push(
          `${element.tagName} ${element.className} "${text}" from ${box.left} to ${box.right} in ${at?.className}`,
        );
    }
    return found;
  });

describeWith('chromium', 'another language', () => {
  const windows = useWindows();

  it.each(views)(
    '$name: every text is a message, four tenths more fit, from right to left it is the mirror',
    async (view) => {
      const { app, told } = listeningApp(appOf(view));
      const { page } = await windows.open(app, { hash: view.hash, language: 'qps-ploc' });
      await view.ready(page, app);
      await settled(page);
      const texts = await visibleTexts(page);
      const data = dataOf(told);
      const lost = new Set(texts.map((text) => untranslated(text, data)).filter((text) => text !== ''));
      expect([...lost]).toEqual([]);
      const before = await boxes(page);
      for (const width of [1280, 860, 640]) {
        await page.setViewportSize({ width, height: 800 });
        await expect.poll(() => clipped(page), { message: `${width} wide` }).toEqual([]);
      }
      const mirror = appOf(view);
      const { page: other } = await windows.open(mirror, { hash: view.hash, language: 'qps-plocm' });
      await view.ready(other, mirror);
      await settled(other);
      expect(await other.evaluate(() => getComputedStyle(document.documentElement).direction)).toBe('rtl');
      const after = await boxes(other);
      await expect.poll(() => clipped(other)).toEqual([]);
      const width = 1440;
      const wrong = before.flatMap((box, at) => {
        const now = after[at];
        if (now === undefined || nameOf(box) !== nameOf(now)) return [`${box.name} is ${now?.name}`];
        return Math.abs(width - box.right - now.left) > 3 || Math.abs(width - box.left - now.right) > 3
          ? [`${box.name}: ${box.left} to ${box.right}, mirrored ${now.left} to ${now.right}`]
          : [];
      });
      expect(wrong).toEqual([]);
    },
  );

  it('what stands over a view, trouble and warnings are messages, too', async () => {
    const { app, told } = listeningApp(fullApp());
    const { page } = await windows.open(app, { hash: '#/jobs/r-mbp-9001', language: 'qps-ploc' });
    await page.locator('[data-line]').first().waitFor();
    const lost = new Set<string>();
    const read = async (what: string): Promise<void> => {
      await page.locator(what).first().waitFor();
      const data = dataOf(told);
      for (const text of await visibleTexts(page)) {
        const rest = untranslated(text, data);
        if (rest !== '') lost.add(rest);
      }
      await page.keyboard.press('Escape');
      await page.locator(what).first().waitFor({ state: 'detached' });
    };
    await page.keyboard.press('Control+k');
    await read('dialog[open]');
    await page.keyboard.press('?');
    await read('dialog[open]');
    await page.keyboard.press('Control+.');
    await read('dialog[open]');
    for (const [hash, menus] of [
      ['#/runners', 6],
      ['#/config/r-mbp', 1],
    ] as const) {
      await page.evaluate((to) => void (location.hash = to), hash);
      await expect.poll(() => page.locator('[aria-haspopup=menu]').count()).toBe(menus);
      for (const menu of await page.locator('[aria-haspopup=menu]').all()) {
        await menu.press('Enter');
        await read('[role=menu]');
      }
    }
    await page.evaluate(() => void (location.hash = '#/runners'));
    // The last four entries of a runner's menu ask before they act.
    for (const fromEnd of [0, 1, 2]) {
      await page.locator('[data-runner=r-mbp] [aria-haspopup=menu]').press('Enter');
      await page.keyboard.press('End');
      for (let at = 0; at < fromEnd; at++) await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await read('dialog[open]');
    }
    await page.evaluate(() => void (location.hash = '#/containers'));
    await page.locator('main section button').first().press('Enter');
    await read('dialog[open]');
    expect([...lost]).toEqual([]);
    const broken = listeningApp(createFakeApp(errorScene(now)));
    const { page: trouble } = await windows.open(broken.app, { hash: '#/runners', language: 'qps-ploc' });
    await trouble.locator('[data-runner]').first().waitFor();
    const texts = await visibleTexts(trouble);
    expect(texts.map((text) => untranslated(text, dataOf(broken.told))).filter((text) => text !== '')).toEqual([]);
  });

  it('logs, code and terminals read from left to right in every language; numbers follow the language', async () => {
    const { page } = await windows.open(fullApp(), { hash: '#/jobs/r-mbp-8980', language: 'qps-plocm' });
    const row = page.locator('[data-line]').first();
    await row.waitFor();
    expect(await row.evaluate((each) => getComputedStyle(each).direction)).toBe('ltr');
    await page.evaluate(() => void (location.hash = '#/config'));
    const code = page.locator('.cm-content');
    expect(await code.evaluate((each) => getComputedStyle(each).direction)).toBe('ltr');
    await page.evaluate(() => void (location.hash = '#/jobs/r-mbp-8980'));
    await page.getByText('25,6').waitFor();
  });
});
