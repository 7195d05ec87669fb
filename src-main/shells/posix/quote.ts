const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * One word of a POSIX shell that stands for exactly this text. Single quotes rather than the official `$'…'`: every sh
 * knows them (Debian's dash fails at the other form), any byte stays as it is but NUL, which no shell can hold.
 */
export const quote = (text: string): string => {
  if (text === '') return "''";
  if (plainWord.test(text)) return text;
  return `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
};

/**
 * The same, for what a traced script shows: in the form `$'…'` of the official runner where the text stands in it as it
 * is, so that a masked value stays one that the masker finds.
 */
export const quoteShown = (shell: 'bash' | 'sh', text: string): string =>
  shell === 'bash' && text !== '' && !officialWord.test(text) && plainText.test(text) ? `$'${text}'` : quote(text);

const officialWord = /^[A-Za-z0-9_@,./-]+$/;
const plainText = /^[ -&(-[\]-~]*$/;

/** Text that stands for itself between double quotes. */
export const inQuotes = (text: string): string => text.replaceAll('\0', '').replace(/[\\"`$]/g, '\\$&');
/** One word in double quotes, as the official runner writes some paths. */
export const quoteTwice = (text: string): string => `"${inQuotes(text)}"`;

/** A path as one word; one that is not absolute counts from the folder in which the script began. */
export const quotePath = (path: string): string => {
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) return quote(path);
  const rest = path.replace(/^\$PWD(?=\/|$)/, '').replace(/^\.?\/+/, '');
  return rest === '' ? '"$HARRIER_PWD"' : `"$HARRIER_PWD"/${quote(rest)}`;
};

/** Names that `export` takes. */
export const isVariableName = (key: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(key);
