import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pageHeaders } from '../app/page-policy.ts';
import type { Gate } from './gate.ts';

const longestToken = 200;

/**
 * The page's files from a fixed list, and `POST /session`, which exchanges the token of the printed address for a
 * cookie. The page itself holds nothing secret, so it may be loaded before that; calls and events may not.
 */
export function createPages(folder: string, files: ReadonlySet<string>, gate: Gate) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!gate.isHome(request)) return refuse(response, 403, 'This address is for this machine only.');
    const path = (request.url ?? '/').split(/[?#]/)[0] ?? '/';
    if (request.method === 'POST' && path === '/session') return admit(request, response, gate);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'Only GET is answered here.');
    const file = path === '/' ? 'index.html' : path.slice(1);
    if (!files.has(file) || file.endsWith('.map')) return refuse(response, 404, 'There is no such page.');
    const nonce = randomBytes(16).toString('base64url');
    const bytes = await readFile(join(folder, file)).catch(() => undefined);
    if (bytes === undefined) return refuse(response, 404, 'There is no such page.');
    const body = file === 'index.html' ? Buffer.from(bytes.toString('utf8').replaceAll('__NONCE__', nonce)) : bytes;
    response.writeHead(200, { ...pageHeaders(file, nonce), 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

async function admit(request: IncomingMessage, response: ServerResponse, gate: Gate): Promise<void> {
  // A page of elsewhere could post without an Origin only by a form, which cannot set this type.
  if (request.headers['content-type'] !== 'application/json') return refuse(response, 415, 'JSON is needed.');
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > longestToken * 2) return refuse(response, 413, 'Too long.');
  }
  if (gate.isKnown(request)) return void response.writeHead(204).end();
  const cookie = gate.admit(tokenIn(text));
  if (cookie === undefined)
    return refuse(response, 403, 'This token is not right. Open the address that Harrier printed.');
  response.writeHead(204, { 'set-cookie': cookie, 'cache-control': 'no-store' }).end();
}

const tokenIn = (text: string): string => {
  try {
    const { token } = JSON.parse(text) as { token?: unknown };
    return typeof token === 'string' ? token.slice(0, longestToken) : '';
  } catch {
    return '';
  }
};

function refuse(response: ServerResponse, status: number, message: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'no-store',
    })
    .end(`${message}\n`);
}
