import { damaged } from './failures.ts';

/** Has an empty part, `.` or `..`. */
const unusual = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * The path of an archive entry below the target folder, `/` separated, without a trailing slash; '' for the folder
 * itself. Throws ARCHIVE_INVALID for what leaves the folder: `..`, absolute names, drives, NUL.
 */
export function safePath(name: string, platform: NodeJS.Platform = process.platform): string {
  const path = platform === 'win32' ? name.replaceAll('\\', '/') : name;
  if (path === '' || path.includes('\0'))
    throw damaged(`the archive has an entry with an unusable name: ${quoted(name)}`);
  if (path.startsWith('/') || (platform === 'win32' && /^[a-z]:|:/i.test(path)))
    throw damaged(`the archive has an absolute name: ${quoted(name)}`);
  if (!unusual.test(path)) return path;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw damaged(`the archive has a name that leaves the folder: ${quoted(name)}`);
  return parts.join('/');
}

/** How archives name a folder; the root itself is `./`. */
export const folderName = (path: string): string => `${path === '' ? '.' : path}/`;

/** Whether a link at `path` (relative, inside) with this target leads out of the folder. */
export function leadsOutside(path: string, target: string, platform: NodeJS.Platform = process.platform): boolean {
  const slashed = platform === 'win32' ? target.replaceAll('\\', '/') : target;
  if (slashed.startsWith('/') || (platform === 'win32' && /^[a-z]:/i.test(slashed))) return true;
  let depth = path.split('/').length - 1;
  for (const part of slashed.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** For messages: control characters made visible, cut to a readable length. */
export const quoted = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
