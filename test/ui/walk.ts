import type { Page } from 'playwright-core';

/** What a walk by keyboard has met in one view. */
export interface Walk {
  /** Things a mouse can press that no key came to. */
  readonly missed: readonly string[];
  /** Places with the focus that looked as without it. */
  readonly invisible: readonly string[];
  /** Places that had the focus outside of the window's edges. */
  readonly outside: readonly string[];
  /** How many places Tab stops at. */
  readonly stops: number;
}

/** Watches the focus from inside of the page. All that can be pressed is marked when the focus, or an arrow, comes to it. */
function watch(): void {
  const seen = new Set<Element>();
  const stops = new Set<Element>();
  const invisible = new Set<string>();
  const outside = new Set<string>();
  const nameOf = (element: Element): string =>
    `${element.tagName.toLowerCase()} "${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}" ${element.getAttribute('class') ?? ''}`;
  /** How a place looks, with what stands around it: a ring may be drawn on the label or the box of a field. */
  const look = (element: Element): string => {
    const parts: string[] = [];
    let at: Element | null = element;
    for (let up = 0; up < 4 && at !== null; up++, at = at.parentElement) {
      const style = getComputedStyle(at);
      const outline =
        style.outlineStyle === 'none' ? '' : `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}`;
      parts.push(
        [outline, style.boxShadow, style.borderColor, style.backgroundColor, style.textDecorationLine].join(' '),
      );
    }
    const pointed = document.getElementById(element.getAttribute('aria-activedescendant') ?? '');
    return (
      parts.join('|') + (pointed ? getComputedStyle(pointed).boxShadow + getComputedStyle(pointed).outlineStyle : '')
    );
  };
  let last: { element: Element; look: string } | undefined;
  const leave = (): void => {
    // The cursor of an editor blinks where the focus is; terminals show a block.
    if (last?.element.isConnected && !last.element.closest('.cm-editor, .xterm') && look(last.element) === last.look)
      invisible.add(nameOf(last.element));
    last = undefined;
  };
  const come = (): void => {
    const element = document.activeElement;
    if (element === null || element === document.body) return;
    leave();
    seen.add(element);
    last = { element, look: look(element) };
    const at = (
      element.closest('.hidden-text') ? (element.closest('label') ?? element) : element
    ).getBoundingClientRect();
    if (at.bottom <= 0 || at.right <= 0 || at.top >= innerHeight || at.left >= innerWidth) outside.add(nameOf(element));
  };
  addEventListener('focusin', come);
  const pointed = async (): Promise<void> => {
    // A list that scrolled draws the row that it came to with the next picture.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const active = document.activeElement?.getAttribute('aria-activedescendant');
    const element = active ? document.getElementById(active) : null;
    if (element) seen.add(element);
  };
  const isThere = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    return (
      width > 0 && height > 0 && element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]')
    );
  };
  const open = (): Element => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  const canBePressed = (element: Element): boolean => {
    // Parts that CodeMirror and xterm draw; their one place of focus counts.
    const editor = element.closest('.cm-editor, .xterm');
    if (editor) return element.matches('.cm-content, .cm-panel button, .cm-panel input, .xterm-helper-textarea');
    if (element.matches('a[href], button, input, select, textarea, summary, [role=option], [role=menuitem]'))
      return true;
    const props = Object.entries(element).find(([key]) => key.startsWith('__reactProps$'))?.[1] as
      | { onClick?: unknown }
      | undefined;
    return typeof props?.onClick === 'function' && element.tagName !== 'DIALOG';
  };
  const isReached = (element: Element): boolean => {
    if (seen.has(element)) return true;
    // One of a group has the focus, arrows choose another: the browser's own way.
    if (element.matches('input[type=radio]'))
      return [...seen].some((each) => each.matches(`input[type=radio][name="${element.getAttribute('name')}"]`));
    // Rows come and go while the log scrolls under the focus: those in view are stops.
    if (element.matches('[data-line] > button')) return [...seen].some((each) => each.matches('[data-line] > button'));
    // Rows of a log by their numbers: Shift and arrows choose lines.
    if (element.matches('[data-line] > a'))
      return [...seen].some((each) => each.querySelector('[data-picked]') !== null);
    return false;
  };
  Object.assign(window, {
    walk: {
      pointed,
      wasHere: () => {
        const at = document.activeElement as Element;
        const known = stops.has(at);
        stops.add(at);
        return known;
      },
      kind: () => {
        const at = document.activeElement;
        if (at === null || at === document.body) return 'none';
        if (at.closest('.cm-content')) return 'editor';
        if (at.closest('.xterm')) return 'terminal';
        if (at.matches('[role=listbox], [role=combobox]')) return 'list';
        if (at.matches('[data-keys] section')) return 'log';
        return 'other';
      },
      end: () => {
        (document.activeElement as HTMLElement | null)?.blur();
        leave();
        const wanted = [...open().querySelectorAll('*')].filter((element) => isThere(element) && canBePressed(element));
        return {
          missed: wanted.filter((element) => !isReached(element)).map(nameOf),
          invisible: [...invisible],
          outside: [...outside],
          stops: seen.size,
        };
      },
    },
  });
}

interface Watcher {
  wasHere(): boolean;
  pointed(): Promise<void>;
  kind(): 'none' | 'editor' | 'terminal' | 'list' | 'log' | 'other';
  end(): Walk;
}
declare global {
  interface Window {
    readonly walk: Watcher;
  }
}

const mostStops = 400;

/**
 * Goes through a view, or the dialog over it, as a person without a mouse does: Tab from place to place, arrows inside of
 * lists, until the first place comes again.
 */
export async function walk(page: Page): Promise<Walk> {
  await page.evaluate(watch);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let stop = 0; stop < mostStops; stop++) {
    await page.keyboard.press('Tab');
    const kind = await page.evaluate(() => window.walk.kind());
    // Between the last place and the first one.
    if (kind === 'none') continue;
    if (kind === 'list') {
      const options = await page.evaluate(() => {
        const all = [...document.querySelectorAll('[role=option]')];
        return Math.max(all.length, Number(all[0]?.getAttribute('aria-setsize') ?? 0));
      });
      await page.keyboard.press('Home');
      for (let at = 0; at < options; at++) {
        await page.evaluate(() => window.walk.pointed());
        await page.keyboard.press('ArrowDown');
      }
      await page.evaluate(() => window.walk.pointed());
    } else if (kind === 'log') await page.keyboard.press('Shift+ArrowDown');
    else if (kind === 'editor') await page.keyboard.press('Escape');
    else if (kind === 'terminal') {
      await page.keyboard.press('Control+F6');
      break;
    }
    const again = await page.evaluate(() => window.walk.wasHere());
    if (again && kind !== 'editor') break;
  }
  return page.evaluate(() => window.walk.end());
}
