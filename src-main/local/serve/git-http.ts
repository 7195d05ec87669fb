import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { spawned } from '../../base/process.ts';
import { gitEnvironment } from './git.ts';

/** One answer of git, kept because every job of a pipeline asks the same questions of the same commit. */
interface Kept {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
/** A larger answer goes through as it comes and is not kept. */
const largestKept = 16 * 1024 * 1024;
const mostKept = 64 * 1024 * 1024;
const largestQuestion = 16 * 1024 * 1024;

export type GitServer = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: string,
) => Promise<void>;

/** Serves a bare repository read-only over git's smart HTTP protocol. Who may ask is the caller's business. */
export function createGitServer(folder: string): GitServer {
  const kept = new Map<string, Promise<Kept | undefined>>();
  let keptBytes = 0;
  const keep = (key: string, answer: Promise<Kept | undefined>): void => {
    kept.set(key, answer);
    void answer.then((found) => {
      keptBytes += found?.body.length ?? 0;
      if (found === undefined) kept.delete(key);
      if (keptBytes <= mostKept) return;
      kept.clear();
      keptBytes = 0;
    });
  };

  return async (request, response, path, query) => {
    const allowed =
      (request.method === 'GET' && path === '/info/refs' && query === 'service=git-upload-pack') ||
      (request.method === 'POST' && path === '/git-upload-pack');
    if (!allowed) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end('read only\n');
      return;
    }
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413, { 'content-type': 'text/plain' }).end('too large\n');
      return;
    }
    const protocol = String(request.headers['git-protocol'] ?? '');
    const key = createHash('sha256').update(`${request.method} ${path} ${protocol}\n`).update(body).digest('hex');
    // Who comes while another one gets the same waits for that answer; was it too large to keep, it is made anew.
    const known = await kept.get(key);
    if (known !== undefined) {
      response.writeHead(known.status, known.headers).end(known.body);
      return;
    }
    const answer = passOn({ folder, request, path, query, protocol, body }, response);
    keep(key, answer);
    await answer;
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const source = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > largestQuestion) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

interface Question {
  readonly folder: string;
  readonly request: IncomingMessage;
  readonly path: string;
  readonly query: string;
  readonly protocol: string;
  readonly body: Buffer;
}

/** Asks `git http-backend` and sends what it says as it comes. Gives the answer when it was whole and small enough. */
function passOn(question: Question, response: ServerResponse): Promise<Kept | undefined> {
  return new Promise((resolve) => {
    const env = gitEnvironment(cgiOf(question));
    const child = spawned(
      spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true }),
    );
    let chunks: Buffer[] = [];
    let size = 0;
    let head: Head | undefined;
    const gone = (): void => void child.kill();
    response.once('close', gone);
    child.stdin.on('error', () => {});
    child.stdin.end(question.body);
    child.once('error', () => {
      if (!response.headersSent) response.writeHead(500).end('git http-backend cannot be started\n');
      resolve(undefined);
    });
    const send = (data: Buffer): void => {
      size += data.length;
      if (size <= largestKept) chunks.push(data);
      else chunks = [];
      if (response.write(data)) return;
      child.stdout.pause();
      response.once('drain', () => child.stdout.resume());
    };
    let start = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      if (head !== undefined) return send(chunk);
      start = Buffer.concat([start, chunk]);
      head = readHead(start);
      if (head === undefined) return;
      response.writeHead(head.status, head.headers);
      if (head.length < start.length) send(start.subarray(head.length));
    });
    child.once('close', (code) => {
      response.off('close', gone);
      if (head === undefined) {
        if (!response.headersSent) response.writeHead(500).end('git http-backend gave no answer\n');
        return resolve(undefined);
      }
      // A broken answer must not look like a whole one.
      if (code !== 0) response.destroy();
      else response.end();
      const isWhole = code === 0 && size <= largestKept && !response.destroyed;
      resolve(isWhole ? { status: head.status, headers: head.headers, body: Buffer.concat(chunks) } : undefined);
    });
  });
}

const cgiOf = ({ folder, request, path, query, protocol, body }: Question): Record<string, string> => ({
  GIT_PROJECT_ROOT: folder,
  GIT_HTTP_EXPORT_ALL: '1',
  PATH_INFO: path,
  QUERY_STRING: query,
  REQUEST_METHOD: request.method ?? 'GET',
  CONTENT_TYPE: String(request.headers['content-type'] ?? ''),
  CONTENT_LENGTH: String(body.length),
  GIT_PROTOCOL: protocol,
  // The repository borrows objects of a folder that may belong to another user; it is read only here.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
});

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly length: number;
}

/** The head of a CGI answer; undefined when it is not whole yet. */
function readHead(data: Buffer): Head | undefined {
  const end = data.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const headers: Record<string, string> = {};
  for (const line of data.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { status = '200', ...rest } = headers;
  return { status: Number.parseInt(status, 10), headers: rest, length: end + 4 };
}
