import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The colours as the window gets them: `--name: #rrggbb` or `var(--other)`, light first, dark over it. */
const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const block = (selector: string): Map<string, string> => {
  const start = css.indexOf(`${selector} {`);
  return new Map(
    [...css.slice(start, css.indexOf('\n}', start)).matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [
      name as string,
      value as string,
    ]),
  );
};
const light = block(':root');
const themes = { light, dark: new Map([...light, ...block(':root[data-theme="dark"]')]) } as const;
type Theme = keyof typeof themes;

function colour(theme: Theme, name: string): string {
  const value = themes[theme].get(name);
  const other = /^var\(--([\w-]+)\)$/.exec(value ?? '')?.[1];
  if (other !== undefined) return colour(theme, other);
  if (value === undefined || !/^#[0-9a-f]{6}$/.test(value)) throw new Error(`--${name} is no colour: ${value}`);
  return value;
}
/** WCAG 2.2, relative luminance and contrast ratio. */
const luminance = (hex: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (theme: Theme, front: string, ground: string): number => {
  const [a, b] = [luminance(colour(theme, front)), luminance(colour(theme, ground))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};
const lowest = (theme: Theme, front: string, grounds: readonly string[]): number =>
  Math.min(...grounds.map((ground) => contrast(theme, front, ground)));
const tenth = (value: number): number => Math.floor(value * 10 + 0.5) / 10;

const grounds = ['bg', 'list', 'nav', 'raised', 'hover', 'navon', 'selected'];
/** The table of the design, section 2: lowest contrast over all grounds (secondary text on `selected` is text2). */
const promised: Readonly<Record<string, readonly [light: number, dark: number]>> = {
  text: [13.4, 11.7],
  text2: [5.7, 6.4],
  text3: [4.6, 5.0],
  accent: [5.2, 6.7],
  ok: [4.9, 6.6],
  fail: [5.1, 6.1],
  warn: [5.5, 7.0],
};
const aa = 4.5;

describe('contrast of the colours', () => {
  describe.each(['light', 'dark'] as const)('%s', (theme) => {
    const at = theme === 'light' ? 0 : 1;
    it.each(Object.entries(promised))('%s on every ground is what the design promises', (name, ratios) => {
      const on = name === 'text3' ? grounds.filter((ground) => ground !== 'selected') : grounds;
      const found = lowest(theme, name, on);
      expect(found).toBeGreaterThanOrEqual(aa);
      expect(tenth(found)).toBeGreaterThanOrEqual(ratios[at] as number);
    });
    it('a primary button can be read', () => {
      expect(tenth(contrast(theme, 'on-fill', 'fill'))).toBeGreaterThanOrEqual(theme === 'light' ? 6.5 : 5.6);
    });
    it.each(['accent', 'ok', 'fail', 'warn'])('%s on its own soft ground can be read', (name) => {
      expect(tenth(contrast(theme, name, `soft-${name}`))).toBeGreaterThanOrEqual(theme === 'light' ? 5.2 : 6.5);
    });
    it('a match and the current match can be read', () => {
      const [match, now] = theme === 'light' ? [14.3, 10.5] : [7.4, 8.8];
      expect(tenth(contrast(theme, 'match-text', 'match'))).toBeGreaterThanOrEqual(match as number);
      expect(tenth(contrast(theme, 'match-now-text', 'match-now'))).toBeGreaterThanOrEqual(now as number);
    });
    it('the edge of an input is seen on the grounds where inputs stand', () => {
      expect(tenth(lowest(theme, 'edge', ['bg', 'list', 'nav', 'raised']))).toBeGreaterThanOrEqual(
        theme === 'light' ? 3.1 : 3.6,
      );
    });
    it('the focus ring is seen on every ground', () => {
      expect(lowest(theme, 'accent', [...grounds, 'menuon'])).toBeGreaterThanOrEqual(3);
    });
    it('menus can be read under the pointer', () => {
      for (const name of ['text', 'text2', 'fail']) expect(contrast(theme, name, 'menuon')).toBeGreaterThanOrEqual(aa);
    });
    it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('ansi colour %i can be read in the log and on a failing line', (number) => {
      expect(lowest(theme, `ansi-${number}`, ['bg', 'soft-fail'])).toBeGreaterThanOrEqual(aa);
    });
  });
});
