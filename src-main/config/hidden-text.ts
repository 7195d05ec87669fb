import { randomBytes } from 'node:crypto';
import { tokenPrefixes, tokenTail } from '../../src-shared/tokens.ts';
import { escapeText } from '../../src-shared/toml/render.ts';
import { valueAt, valuesOf } from '../../src-shared/toml/values.ts';
import { piecesOf } from './pieces.ts';
import { formAt, type SecretSpan, secretSpans } from './secrets.ts';

/**
 * The text of a config file without its secrets, and back. Each secret becomes a placeholder (`glrt-••••7Kfa`), the
 * same one wherever the same secret stands; lines stay lines. A placeholder that comes back untouched becomes the very
 * characters that it stood for; what a person typed instead stays as it is.
 */
export interface HiddenTexts {
  hide(text: string): string;
  /** Offsets of placeholders that were changed in part, or that another Harrier made, are `unknown`. */
  reveal(text: string): { readonly text: string; readonly unknown: readonly { readonly at: number }[] };
}

interface Secret {
  /** As it stands in the text, escapes and all. */
  readonly raw: string;
  readonly form: SecretSpan['form'];
  /** All of the placeholder: what surrounds its dots must be there as well when it comes back. */
  readonly shown: string;
}

/** Two dots that look alike carry a number in sixteen places: a placeholder cannot be typed by chance. */
const dots = ['•', '∙'] as const;
const core = /[•∙]{16}/g;
const hasDots = /[•∙]{16}/;

export function createHiddenTexts(): HiddenTexts {
  const byCore = new Map<string, Secret>();
  const byRaw = new Map<string, Secret>();
  const placeholderOf = (raw: string, form: SecretSpan['form']): string => {
    const known = byRaw.get(`${form}\0${raw}`);
    if (known !== undefined) return known.shown;
    let number: string;
    do number = dotsOf(randomBytes(2).readUInt16BE());
    while (byCore.has(number));
    const prefix = ['glpat-', ...tokenPrefixes].find((each) => raw.startsWith(each));
    const tail = prefix !== undefined ? tokenTail(raw) : '';
    const shown = `${prefix ?? ''}${number}${/^[\w-]*$/.test(tail) ? tail : ''}`;
    // Where a number or a date stood, the text with its placeholder must still be TOML.
    const quoted = form === 'bare' && isValue(raw) ? `"${shown}"` : shown;
    const secret = { raw, form, shown: quoted };
    byCore.set(number, secret);
    byRaw.set(`${form}\0${raw}`, secret);
    return quoted;
  };
  return {
    hide: (text) =>
      secretSpans(text).reduceRight((result, { start, end, form }) => {
        const raw = text.slice(start, end);
        // A draft that comes by again may hold placeholders of its own.
        const shown = hasDots.test(raw) ? raw : placeholderOf(raw, form);
        return result.slice(0, start) + shown + result.slice(end);
      }, text),
    reveal(text) {
      const unknown: { at: number }[] = [];
      const pieces = piecesOf(text);
      let result = '';
      let done = 0;
      for (const { 0: found, index } of text.matchAll(core)) {
        const secret = byCore.get(found);
        const start = index - (secret?.shown.indexOf(found) ?? 0);
        const end = start + (secret?.shown.length ?? 0);
        const written =
          secret !== undefined && start >= done && text.slice(start, end) === secret.shown
            ? writtenAs(secret, formAt(pieces, index))
            : undefined;
        if (written === undefined) unknown.push({ at: index });
        else {
          result += text.slice(done, start) + written;
          done = end;
        }
      }
      return { text: result + text.slice(done), unknown };
    },
  };
}

const dotsOf = (number: number): string =>
  Array.from({ length: 16 }, (_, place) => dots[(number >> place) & 1]).join('');

const isValue = (raw: string): boolean => {
  try {
    valuesOf(`x = ${raw}`);
    return true;
  } catch {
    return false;
  }
};

/** The secret for another kind of quotes than it was found in; undefined when those cannot hold it. */
function writtenAs({ raw, form }: Secret, place: SecretSpan['form']): string | undefined {
  if (place === form || form === 'bare' || form === 'comment' || place === 'comment') return raw;
  const value = readValue(raw, form);
  if (value === undefined) return undefined;
  if (place === '"' || place === '"""') return escapeText(value);
  return /['\n\u0000-\u0008\u000b-\u001f\u007f]/.test(value) ? undefined : value;
}

function readValue(raw: string, form: SecretSpan['form']): string | undefined {
  try {
    const value = valueAt(valuesOf(`x = ${form}${raw}${form}`), ['x']);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
