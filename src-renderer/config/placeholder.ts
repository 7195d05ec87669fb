/** What stands for a secret in a text of the engine (`hidden-text.ts`): a token's prefix, dots that carry a number, a tail. */
export const placeholders = /(gl[a-z]+-|_gitlab_session=)?[•∙]{16}([\w-]{0,4})/g;
const whole = new RegExp(`^${placeholders.source}$`);

/** A text for people: the dots all look the same. */
export const withPlainDots = (text: string): string => text.replace(/[•∙]{16}/g, '•'.repeat(12));

/** What may be told of a secret: its end, or the variable that it comes from. Undefined: it was typed here. */
export function tellSecret(value: string): { readonly tail: string } | { readonly variable: string } | undefined {
  const hidden = whole.exec(value);
  if (hidden !== null) return { tail: hidden[2] ?? '' };
  // A key over many lines (PEM) has a placeholder for each of them.
  if (/[•∙]{16}/.test(value)) return { tail: '' };
  return /^\$(\w+|\{\w+\})$/.test(value) ? { variable: value } : undefined;
}
