import { describe, expect, it } from 'vitest';
import { messages } from './messages.ts';
import { formatMessage } from './translate.ts';

describe('messages', () => {
  it.each([
    { why: 'plain', message: 'Jobs', values: {}, text: 'Jobs' },
    { why: 'a value', message: 'Remove {name}?', values: { name: 'a {b}' }, text: 'Remove a {b}?' },
    { why: 'one', message: '{count, plural, one {# job} other {# jobs}}', values: { count: 1 }, text: '1 job' },
    {
      why: 'many, with separators',
      message: '{count, plural, one {# job} other {# jobs}}',
      values: { count: 12_345 },
      text: '12,345 jobs',
    },
    {
      why: 'an exact number comes first',
      message: '{count, plural, =0 {none} other {# jobs}}',
      values: { count: 0 },
      text: 'none',
    },
    {
      why: 'a value inside of a form',
      message: '{count, plural, other {# of {total}}} here',
      values: { count: 2, total: 3 },
      text: '2 of 3 here',
    },
  ])('$why', ({ message, values, text }) => expect(formatMessage(message, values, { locale: 'en' })).toBe(text));

  it.each(['{', '}', 'a {b', '{count, plural, one {x}}', '{count, select, x {y}}'])('"%s" is refused', (message) =>
    expect(() => formatMessage(message, { count: 2, b: 1 }, { locale: 'en' })).toThrow(),
  );

  it('every text of the catalogue can be formatted, for one and for many', () => {
    for (const [id, message] of Object.entries(messages))
      for (const count of [0, 1, 2, 1000]) {
        const values = new Proxy(
          {},
          { get: (_, name) => (/count|total|used|free|share|line/.test(String(name)) ? count : 'x') },
        );
        expect(formatMessage(message, values, { locale: 'en' }), id).not.toMatch(/[{}]/);
      }
  });

  it('texts keep to the rules: no "please", no "successfully", no exclamation', () => {
    const wrong = Object.entries(messages).filter(([, text]) => /\bplease\b|\boops\b|successfully|!/i.test(text));
    expect(wrong).toEqual([]);
  });
});
