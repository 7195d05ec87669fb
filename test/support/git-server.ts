import { spawn } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface GitServer {
  /** `http://127.0.0.1:PORT`; a repository is `URL/group/project.git`. */
  readonly url: string;
  /** Address with user and password in it, as GitLab hands it to a job. */
  withLogin(path: string, password: string): string;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly status: number;
  }[];
  /** The next `times` fetches fail: with this status, or cut after so many bytes of the answer. */
  fail(fault: { times: number; readonly status?: number; readonly cutAfterBytes?: number }): void;
  close(): Promise<void>;
}

export interface GitServerOptions {
  /** Folder with the bare repositories. */
  readonly root: string;
  /** Who may read; everybody with any password when it is left out, but never without one. */
  readonly allows?: (user: string, password: string) => boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Address of this machine to listen on; 127.0.0.1 when absent. */
  readonly address?: string;
}

/** Real git over HTTP: git's own http-backend behind basic authentication, for reading only. */
export async function startGitServer({
  root,
  allows = () => true,
  tls,
  address = '127.0.0.1',
}: GitServerOptions): Promise<GitServer> {
  const requests: { method: string; path: string; headers: IncomingHttpHeaders; status: number }[] = [];
  const faults: { times: number; readonly status?: number; readonly cutAfterBytes?: number }[] = [];
  const backends = new Set<() => void>();

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', headers } = request;
    const { pathname: path } = new URL(request.url ?? '/', 'http://server');
    response.once('close', () => requests.push({ method, path, headers, status: response.statusCode }));
    const { user, password } = loginOf(headers.authorization);
    if (user === undefined || !allows(user, password))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('HTTP Basic: Access denied');
    if (path.endsWith('/git-receive-pack')) return void response.writeHead(403).end('read only');
    // The fetch itself, not the list of refs before it.
    const fault = path.endsWith('/git-upload-pack') ? faults.find(({ times }) => times > 0) : undefined;
    if (fault !== undefined) fault.times -= 1;
    if (fault?.status !== undefined) return void response.writeHead(fault.status).end('injected');
    runBackend(root, request, response, backends, fault?.cutAfterBytes);
  };
  const server = tls ? createSecureServer(tls, handle) : createServer(handle);
  await new Promise<void>((resolve) => void server.listen(0, address, resolve));
  const host = `${address}:${(server.address() as AddressInfo).port}`;
  const scheme = tls ? 'https' : 'http';
  return {
    url: `${scheme}://${host}`,
    withLogin: (path, password) => `${scheme}://gitlab-ci-token:${encodeURIComponent(password)}@${host}/${path}`,
    requests,
    fail: (fault) => void faults.push(fault),
    async close() {
      for (const end of backends) end();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function loginOf(authorization: string | undefined): { user: string | undefined; password: string } {
  const encoded = /^Basic (.+)$/.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return { user: undefined, password: '' };
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':');
  return { user, password: rest.join(':') };
}

/** One CGI call. */
function runBackend(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  backends: Set<() => void>,
  cutAfterBytes = Number.POSITIVE_INFINITY,
): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://server');
  const text = (name: string): string => String(request.headers[name] ?? '');
  const child = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: text('git-protocol'),
      GIT_CONFIG_NOSYSTEM: '1',
      HOME: root,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: text('content-type'),
      HTTP_CONTENT_ENCODING: text('content-encoding'),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const end = (): void => void child.kill();
  backends.add(end);
  response.once('close', end);
  request.pipe(child.stdin);
  child.stdin.on('error', () => {});
  let head = Buffer.alloc(0);
  let isBody = false;
  let sent = 0;
  const send = (chunk: Buffer): void => {
    if (sent > cutAfterBytes) return;
    sent += chunk.length;
    if (sent <= cutAfterBytes) {
      if (!response.write(chunk)) child.stdout.pause();
    } else response.write(chunk.subarray(0, chunk.length - (sent - cutAfterBytes)), () => request.socket.destroy());
  };
  response.on('drain', () => child.stdout.resume());
  child.stdout.on('data', (chunk: Buffer) => {
    if (isBody) return send(chunk);
    head = Buffer.concat([head, chunk]);
    const headEnd = head.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    isBody = true;
    for (const line of head.subarray(0, headEnd).toString('latin1').split('\r\n')) {
      const colon = line.indexOf(':');
      const value = line.slice(colon + 1).trim();
      if (line.slice(0, colon).toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(line.slice(0, colon), value);
    }
    if (headEnd + 4 < head.length) send(head.subarray(headEnd + 4));
  });
  child.on('close', () => {
    backends.delete(end);
    if (!isBody) response.statusCode = 500;
    response.end();
  });
}
