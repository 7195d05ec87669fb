import { describe, expect, it } from 'vitest';
import { languageOf } from './language.ts';
import { formatMessage } from './translate.ts';

describe('the language of the window', () => {
  it.each([
    { why: 'what a person reads most comes first', wished: ['de-DE', 'en-GB', 'en-US'], locale: 'en-GB' },
    { why: 'no English is asked for', wished: ['de-DE'], locale: 'en' },
    { why: 'nothing is asked for', wished: [], locale: 'en' },
    { why: 'a tag that only begins alike', wished: ['enm'], locale: 'en' },
  ])('$why', ({ wished, locale }) => {
    expect(languageOf('system', wished)).toMatchObject({ tag: 'en', locale, direction: 'ltr' });
  });

  it('the made-up language marks letters, keeps what is put in, and is four tenths longer', () => {
    const made = languageOf('qps-ploc', []);
    const message = '{count, plural, one {# job of {name}} other {# jobs of {name}}}';
    const text = formatMessage(message, { count: 12_345, name: 'studio' }, made);
    expect(text).toBe('12.345 ĵöƀš öƒ studio');
    expect(made.whole(text)).toBe('⟦12.345 ĵöƀš öƒ studio ······ ···⟧');
  });

  it('its mirror reads from right to left, and a path in it from left to right', () => {
    const mirror = languageOf('qps-plocm', []);
    expect(mirror.direction).toBe('rtl');
    expect(formatMessage('in {path}', { path: '/home/mira' }, mirror)).toBe('îñ \u2068/home/mira\u2069');
  });
});
