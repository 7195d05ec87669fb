import { createPrefs, type Prefs } from './prefs.ts';

/** How the window speaks: where dates, numbers and plurals come from, the direction of reading, what becomes of texts. */
export interface Language {
  readonly tag: string;
  /** For `Intl`. */
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  /** Letters of a text, without what is put into it. */
  readonly letters: (text: string) => string;
  /** What is put into a text: a path in a text from right to left keeps its own order. */
  readonly value: (text: string) => string;
  /** A text with everything that was put into it. */
  readonly whole: (text: string) => string;
}

const same = (text: string): string => text;

/**
 * The one language that there is, with the dates and numbers that a person is used to where they are of that language
 * (`en-GB`); or a made-up one, which numbers and dates as German does, since that differs from English everywhere.
 */
export function languageOf(chosen: Prefs['language'], wished: readonly string[]): Language {
  if (chosen !== 'system')
    return {
      tag: chosen,
      locale: 'de',
      direction: chosen === 'qps-plocm' ? 'rtl' : 'ltr',
      letters: accented,
      value: chosen === 'qps-plocm' ? isolated : same,
      whole: framed,
    };
  const locale = wished.find((each) => /^en(-|$)/.test(each)) ?? 'en';
  return { tag: 'en', locale, direction: 'ltr', letters: same, value: same, whole: same };
}

const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const marked = [...'àƀçđéƒğĥîĵķļɱñöþɋŕšţûṽŵẋýžÀƁÇÐÉƑĞĤÎĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ'];
const accented = (text: string): string => text.replace(/[a-z]/gi, (letter) => marked[plain.indexOf(letter)] ?? letter);
/** Between the signs for "first strong isolate" and its end. */
const isolated = (text: string): string => `\u2068${text}\u2069`;
/** Four tenths longer, in words of their own, so that it breaks like a text. */
const framed = (text: string): string => {
  const more = '·'.repeat(Math.ceil(text.replace(/[\u2068\u2069]/g, '').length * 0.4)).replace(/.{6}(?=.)/g, '$& ');
  return `⟦${text} ${more}⟧`;
};

/** The language of this window. It is read once: another one comes when the window loads again. */
export const language = languageOf(
  createPrefs(globalThis.localStorage).getState().language,
  globalThis.navigator?.languages ?? [],
);
