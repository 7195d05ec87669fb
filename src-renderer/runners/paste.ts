/** What a person may paste where an address or a token is asked for. */
export interface Pasted {
  readonly url?: string;
  readonly token?: string;
  readonly executor?: string;
  readonly name?: string;
}

const options: Readonly<Record<string, keyof Pasted>> = {
  '--url': 'url',
  '-u': 'url',
  '--token': 'token',
  '-t': 'token',
  '--registration-token': 'token',
  '-r': 'token',
  '--executor': 'executor',
  '--name': 'name',
  '--description': 'name',
};

/**
 * Reads a whole `gitlab-runner register …` command (line ends, quotes and `\` allowed). Undefined when the text is
 * something else; unknown options are passed over.
 */
export function readCommand(text: string): Pasted | undefined {
  if (!/\b(?:gitlab-runner|harrier)(?:\.exe)?\s+register\b/.test(text)) return undefined;
  const words = [...text.replace(/[\\^`]\r?\n/g, ' ').matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  const found: Partial<Record<keyof Pasted, string>> = {};
  // `--url "https://…"` comes as two words, `--url=https://…` as one or, with quotes, as two again.
  for (let at = 0; at < words.length; at++) {
    const [name = '', inline] = splitOnce(words[at] as string);
    const key = options[name];
    if (key === undefined) continue;
    const value = inline === undefined || inline === '' ? words[++at] : inline;
    if (value !== undefined) found[key] = value;
  }
  return found;
}

const splitOnce = (word: string): [string, string?] => {
  const at = word.indexOf('=');
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
};

/** An address as it is meant: blanks gone, https put before a bare host, what stands behind the host's page kept out. */
export function cleanUrl(text: string): string {
  const trimmed = text.trim().replace(/\s+/g, '');
  if (trimmed === '') return '';
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  return full.replace(/\/+$/, '');
}

export type TokenKind = 'runner' | 'registration' | 'personal' | 'unknown';
/** What kind a token is, by its prefix. Only the server knows whether it is right. */
export function tokenKind(token: string): TokenKind {
  if (/^glrt(?:r)?-/.test(token)) return token.startsWith('glrtr-') ? 'registration' : 'runner';
  if (token.startsWith('GR1348941')) return 'registration';
  if (token.startsWith('glpat-')) return 'personal';
  return 'unknown';
}
/** A token without the blanks and line ends that come along when it is copied. */
export const cleanToken = (text: string): string => text.replace(/\s+/g, '');
