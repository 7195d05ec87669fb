import { cleanToken } from '../../../src-shared/token-kind.ts';

/** A whole `gitlab-runner register …` command; the engine reads it, flag by flag. */
export const isRegisterCommand = (text: string): boolean =>
  /(?:gitlab-runner|harrier)\S*\s+(?:[^\n]*\s)?register\b/.test(text.replace(/[\\^`]\r?\n/g, ' '));

/** An address as it is meant: blanks gone, https put before a bare host. */
export function cleanUrl(text: string): string {
  const trimmed = text.trim().replace(/\s+/g, '');
  if (trimmed === '') return '';
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  return full.replace(/\/+$/, '');
}

/** Tags as they are typed or pasted: with commas or line ends, each once. */
export const readTags = (text: string, known: readonly string[] = []): readonly string[] => [
  ...new Set([
    ...known,
    ...text
      .split(/[,\n]/)
      .map((tag) => tag.trim().replace(/^["']|["']$/g, ''))
      .filter((tag) => tag !== ''),
  ]),
];

export { cleanToken };
