/**
 * One PowerShell string that stands for exactly this text. Double quotes with backticks, as the official runner writes
 * them: the curly quotes would end the string too (spec/job-lifecycle.md 5.2).
 */
export const quote = (text: string): string => `"${inner(text)}"`;

/** The inside of a double-quoted string. */
export const inner = (text: string): string =>
  Array.from(text, (character) => named[character] ?? (special.has(character) ? `\`${character}` : character)).join('');

const special = new Set('`#\'"$\u2018\u2019\u201a\u201b\u201c\u201d\u201e');
const named: Readonly<Record<string, string>> = {
  '\0': '`0',
  '\x07': '`a',
  '\b': '`b',
  '\f': '`f',
  '\r': '`r',
  '\n': '`n',
  '\t': '`t',
  '\v': '`v',
};

/** `${KEY}` takes nearly every name; these would end it, or mean a drive. */
export const isVariableName = (key: string): boolean => key !== '' && !/[{}`=:\0\r\n]/.test(key);

/**
 * Names that PowerShell keeps for itself: an assignment to one ends the script, so a job variable of that name is found
 * in `$env:` only.
 */
export const isReadOnly = (key: string): boolean => readOnlyNames.has(key.toLowerCase());

const readOnlyNames = new Set([
  '?',
  'consolefilename',
  'enabledexperimentalfeatures',
  'error',
  'executioncontext',
  'false',
  'home',
  'host',
  'iscoreclr',
  'islinux',
  'ismacos',
  'iswindows',
  'null',
  'pid',
  'psculture',
  'psedition',
  'pshome',
  'psuiculture',
  'psversiontable',
  'shellid',
  'true',
]);

/** A path that does not depend on the current folder. */
export const isAbsolute = (path: string): boolean => path.startsWith('/') || /^[A-Za-z]:[\\/]|^\\\\/.test(path);
