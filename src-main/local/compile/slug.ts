import { createHash } from 'node:crypto';

/** GitLab's slug: lower case, everything else a dash, 63 characters, no dash at the ends. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');

const longestSlug = 24;

/** The slug of an environment: at most 24 characters, with the end of a checksum when it does not say the whole name. */
export function environmentSlug(name: string): string {
  let text = name.toLowerCase().replace(/[^a-z0-9]/g, '-');
  if (!/^[a-z]/.test(text)) text = `env-${text}`;
  text = text.replace(/-+/g, '-');
  if (text.length <= longestSlug && text === name) return text.replace(/-$/, '');
  const start = text.slice(0, 17);
  const sum = BigInt(`0x${createHash('sha256').update(name).digest('hex')}`)
    .toString(36)
    .slice(-6);
  return `${start}${start.endsWith('-') ? '' : '-'}${sum}`;
}
