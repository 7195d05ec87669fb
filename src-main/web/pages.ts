import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import { pageHeaders } from '../app/page-policy.ts';
import type { Access } from './access.ts';

/** Answers HTTP: the built files of the window (a fixed list, read once) and the exchange of the token. */
export function createPages(
  folder: string,
  access: Access,
): (request: IncomingMessage, response: ServerResponse) => void {
  const files = listFiles(folder);
  return (request, response) => {
    const { method, url = '' } = request;
    const path = url.split(/[?#]/)[0] ?? '';
    if (!access.isOurHost(request.headers)) return refuse(response, 421, 'this host is not known here');
    if (path === '/session') return void answerSession(access, request, response);
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'only GET');
    const name = path === '/' ? 'index.html' : path.slice(1);
    if (!files.has(name)) return refuse(response, 404, 'not found');
    void sendFile(folder, name, request, response);
  };
}

/** GET: is this browser known? POST {token}: make it known. */
async function answerSession(access: Access, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    response.writeHead(access.hasSession(request.headers) ? 204 : 401, plainHeaders).end();
    return;
  }
  if (request.method !== 'POST') return refuse(response, 405, 'only GET and POST');
  if (!access.isOurOrigin(request.headers)) return refuse(response, 403, 'this page may not sign in');
  const body = await readBody(request);
  if (body === undefined) return refuse(response, 413, 'too long');
  const answer = access.exchange(tokenOf(body));
  if (answer === 'refused') return refuse(response, 403, 'this token is not right');
  if (answer === 'later') return refuse(response, 429, 'too many wrong tokens; try again in a minute');
  response.writeHead(204, { ...plainHeaders, 'set-cookie': answer.cookie }).end();
}

async function sendFile(
  folder: string,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const bytes = await readFile(join(folder, name));
    const nonce = randomBytes(16).toString('base64url');
    const body = name === 'index.html' ? Buffer.from(bytes.toString('utf8').replaceAll('__NONCE__', nonce)) : bytes;
    const headers = pageHeaders(name, nonce, [`ws://${request.headers.host}`]);
    response.writeHead(200, { ...headers, 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch {
    // The build was replaced while we run.
    refuse(response, 404, 'not found');
  }
}

const plainHeaders = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

const refuse = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, plainHeaders).end(`${text}\n`);
};

const longestBody = 4096;

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk as string;
    if (body.length > longestBody) return undefined;
  }
  return body;
}

function tokenOf(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'token' in parsed ? parsed.token : undefined;
  } catch {
    return undefined;
  }
}

function listFiles(folder: string): ReadonlySet<string> {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      // Source maps are for us, not for the browser.
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
      .map((entry) =>
        join(entry.parentPath ?? entry.path, entry.name)
          .slice(folder.length + 1)
          .replaceAll('\\', '/'),
      );
    if (files.includes('index.html')) return new Set(files);
  } catch {}
  throw new HarrierError('INTERNAL', `the window's files are missing in ${folder}`, { hint: 'Run `npm run build`.' });
}
