import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';

/** One answer of `git http-backend`, kept because every job of a pipeline asks the same questions of the same commit. */
interface Kept {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
const largestKept = 32 * 1024 * 1024;
const largestQuestion = 16 * 1024 * 1024;

/** Serves a bare repository read-only over git's smart HTTP protocol. Who may ask is the caller's business. */
export function createGitServer(
  folder: string,
): (request: IncomingMessage, response: ServerResponse, path: string, query: string) => Promise<void> {
  const kept = new Map<string, Promise<Kept>>();
  let keptBytes = 0;

  return async (request, response, path, query) => {
    const allowed =
      (request.method === 'GET' && path === '/info/refs' && query === 'service=git-upload-pack') ||
      (request.method === 'POST' && path === '/git-upload-pack');
    if (!allowed) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end('read only\n');
      return;
    }
    const body = await readBody(request);
    const protocol = String(request.headers['git-protocol'] ?? '');
    const key = createHash('sha256').update(`${request.method} ${path} ${protocol}\n`).update(body).digest('hex');
    let answer = kept.get(key);
    if (answer === undefined) {
      answer = ask(folder, request, path, query, protocol, body);
      kept.set(key, answer);
      void answer.then(
        ({ body: { length } }) => {
          keptBytes += length;
          if (keptBytes > largestKept) {
            kept.clear();
            keptBytes = 0;
          }
        },
        () => kept.delete(key),
      );
    }
    const { status, headers, body: data } = await answer;
    response.writeHead(status, headers).end(data);
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const source = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > largestQuestion) throw new Error('the request of git is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function ask(
  folder: string,
  request: IncomingMessage,
  path: string,
  query: string,
  protocol: string,
  body: Buffer,
): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: String(request.headers['content-type'] ?? ''),
        CONTENT_LENGTH: String(body.length),
        GIT_PROTOCOL: protocol,
        // The repository borrows objects of a folder that may belong to somebody else's checkout rules.
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.stdin.on('error', () => {});
    child.stdin.end(body);
    child.once('close', () => {
      const all = Buffer.concat(chunks);
      const end = all.indexOf('\r\n\r\n');
      if (end === -1) return reject(new Error('git http-backend gave no answer'));
      const headers: Record<string, string> = {};
      for (const line of all.subarray(0, end).toString('latin1').split('\r\n')) {
        const colon = line.indexOf(':');
        if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const status = Number.parseInt(headers['status'] ?? '200', 10);
      delete headers['status'];
      resolve({ status, headers, body: all.subarray(end + 4) });
    });
  });
}
