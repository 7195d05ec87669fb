import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pageHeaders } from '../app/page-policy.ts';

/**
 * S2: answers `app://harrier/…` from the fixed list of built files; anything else is 404. `files` are paths relative
 * to `folder` with `/`. The page's nonce (S4) is put in place of `__NONCE__` in index.html.
 */
export function createAppProtocol(folder: string, files: ReadonlySet<string>) {
  return async (request: { url: string; method?: string }): Promise<Response> => {
    const path = fileFor(request.url, files);
    if (path === undefined || (request.method !== undefined && request.method !== 'GET'))
      return new Response('not found', { status: 404 });
    const nonce = randomBytes(16).toString('base64url');
    const bytes = await readFile(join(folder, path));
    const body = path === 'index.html' ? Buffer.from(bytes.toString('utf8').replaceAll('__NONCE__', nonce)) : bytes;
    return new Response(new Uint8Array(body), {
      headers: { ...pageHeaders(path, nonce) },
    });
  };
}

/**
 * The built files below a folder, relative, with `/`; source maps are for us. Folder by folder, which is what Electron's
 * archive is sure to list.
 */
export function builtFiles(folder: string, inside = ''): string[] {
  return readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
    const name = `${inside}${entry.name}`;
    if (entry.isDirectory()) return builtFiles(folder, `${name}/`);
    return name.endsWith('.map') ? [] : [name];
  });
}

/** The built file that a URL names, or undefined. Encoded separators and dots never match the list. */
function fileFor(url: string, files: ReadonlySet<string>): string | undefined {
  const match = /^app:\/\/harrier\/([^?#]*)(?:[?#].*)?$/.exec(url);
  if (!match) return undefined;
  const path = match[1] === '' ? 'index.html' : (match[1] ?? '');
  return files.has(path) ? path : undefined;
}
