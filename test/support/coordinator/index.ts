import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import type { JobPayload } from '../../../src-shared/payload.ts';

/**
 * GitLab as a runner meets it, strict on purpose: it refuses what GitLab refuses, keeps what it was told, and does what
 * a test asks for (fail, hang, cancel, revoke). Facts: the runner API of GitLab 19.4.
 */
export interface TestJob {
  readonly id: number;
  readonly token: string;
  readonly trace: string;
  /** `state` of each PUT, with what came along, in order. */
  readonly updates: readonly Record<string, unknown>[];
  readonly artifacts: readonly { readonly query: string; readonly filename: string; readonly body: Buffer }[];
  readonly checksumFits: boolean;
  /** Settles at the final update. */
  readonly done: Promise<void>;
  /** Settles when the log holds this text. */
  printed(text: string): Promise<void>;
  /** What the next answers say in `Job-Status`. */
  status: 'running' | 'canceling' | 'canceled';
}

export interface Fault {
  /** `PUT`, `PATCH`, `POST` and a part of the path. */
  readonly method: string;
  readonly path: string;
  /** How often; then things are well again. */
  times: number;
  readonly answer: number | 'cut' | 'hang' | 'html' | 'badJson';
}

export interface TestCoordinator {
  readonly url: string;
  readonly token: string;
  /** Requests for jobs that a token made. */
  asked(token: string): number;
  queue(payload: Partial<JobPayload> & { readonly script?: readonly string[] }): TestJob;
  /** A 201 with this body, whatever it is. */
  queueRaw(body: unknown): TestJob;
  fail(fault: Fault): void;
  readonly problems: readonly string[];
  close(): Promise<void>;
}

interface Kept {
  readonly id: number;
  readonly token: string;
  readonly body: unknown;
  readonly updates: Record<string, unknown>[];
  readonly artifacts: { query: string; filename: string; body: Buffer }[];
  trace: Buffer;
  state: 'pending' | 'given' | 'running' | 'done';
  status: TestJob['status'];
  checksumFits: boolean;
  readonly waiting: Set<() => void>;
}

export async function startTestCoordinator(): Promise<TestCoordinator> {
  const token = 'glrt-test-coordinator-token';
  const jobs: Kept[] = [];
  const faults: Fault[] = [];
  const asked = new Map<string, number>();
  const problems: string[] = [];
  let nextId = 100;

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      problems.push(String(error));
      response.destroy();
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse | undefined> {
    const { pathname, search } = new URL(request.url ?? '/', 'http://x');
    const body = await readAll(request);
    const fault = faults.find(
      ({ method, path, times }) => times > 0 && method === request.method && pathname.includes(path),
    );
    if (fault !== undefined) {
      fault.times -= 1;
      return act(fault, response);
    }
    if (request.method === 'POST' && pathname === '/api/v4/jobs/request') return giveJob(body, response);
    if (request.method === 'POST' && pathname === '/api/v4/runners/verify') {
      const known = parse(body)?.['token'] === token;
      return json(response, known ? 200 : 403, known ? { id: 7, token, token_expires_at: null } : forbidden);
    }
    if (request.method === 'DELETE' && pathname.startsWith('/api/v4/runners'))
      return response.writeHead(parse(body)?.['token'] === token ? 204 : 403).end();
    const match = /^\/api\/v4\/jobs\/(\d+)(\/trace|\/artifacts)?$/.exec(pathname);
    const job = jobs.find(({ id }) => id === Number(match?.[1]));
    if (job === undefined || request.headers['job-token'] !== job.token) return json(response, 403, forbidden);
    if (job.state === 'pending' || job.state === 'done')
      return response.writeHead(403, { 'job-status': 'failed', 'content-type': 'application/json' }).end('{}');
    const headers = { 'job-status': job.status, 'x-gitlab-trace-update-interval': '1' };
    if (match?.[2] === '/trace' && request.method === 'PATCH') return takeTrace(job, request, body, headers, response);
    if (match?.[2] === '/artifacts' && request.method === 'POST')
      return takeArtifact(job, request, search, body, response);
    if (match?.[2] === undefined && request.method === 'PUT') return takeUpdate(job, body, headers, response);
    return json(response, 404, { message: '404 Not Found' });
  }

  function giveJob(body: Buffer, response: ServerResponse): ServerResponse | undefined {
    const asking = parse(body);
    const given = String(asking?.['token'] ?? '');
    asked.set(given, (asked.get(given) ?? 0) + 1);
    if (given !== token) return json(response, 403, forbidden);
    for (const key of ['info', 'system_id'])
      if (asking?.[key] === undefined) problems.push(`the request has no ${key}`);
    const job = jobs.find(({ state }) => state === 'pending');
    if (job === undefined) return response.writeHead(204, { 'x-gitlab-last-update': 'u1' }).end();
    job.state = 'given';
    return json(response, 201, job.body);
  }

  function takeTrace(
    job: Kept,
    request: IncomingMessage,
    body: Buffer,
    headers: Record<string, string>,
    response: ServerResponse,
  ): ServerResponse | undefined {
    const range = /^(\d+)-(\d+)$/.exec(String(request.headers['content-range'] ?? ''));
    const send = (status: number): ServerResponse =>
      response.writeHead(status, { ...headers, range: `0-${job.trace.length}` }).end(String(status));
    if (range === null) return send(400);
    if (Number(range[2]) - Number(range[1]) + 1 !== body.length)
      problems.push(`Content-Range ${range[0]} for ${body.length} bytes`);
    if (Number(range[1]) !== job.trace.length) return send(416);
    job.trace = Buffer.concat([job.trace, body]);
    tell(job);
    return send(202);
  }

  function takeArtifact(
    job: Kept,
    request: IncomingMessage,
    search: string,
    body: Buffer,
    response: ServerResponse,
  ): ServerResponse | undefined {
    const boundary = /boundary=(\S+)/.exec(String(request.headers['content-type'] ?? ''))?.[1];
    const headEnd = body.indexOf('\r\n\r\n');
    const head = body.subarray(0, headEnd).toString();
    const tail = body.lastIndexOf(`\r\n--${boundary}--`);
    if (boundary === undefined || headEnd === -1 || tail === -1 || !/name="file"/.test(head))
      return json(response, 400, { message: 'file is missing' });
    const filename = /filename="([^"]*)"/.exec(head)?.[1] ?? '';
    job.artifacts.push({ query: search, filename, body: body.subarray(headEnd + 4, tail) });
    return json(response, 201, { message: '201 Created' });
  }

  function takeUpdate(
    job: Kept,
    body: Buffer,
    headers: Record<string, string>,
    response: ServerResponse,
  ): ServerResponse | undefined {
    const update = parse(body) ?? {};
    if (update['token'] !== job.token) return json(response, 403, forbidden);
    if (!['running', 'success', 'failed'].includes(String(update['state'])))
      return json(response, 400, { message: 'state does not have a valid value' });
    if (job.state === 'given' && update['state'] !== 'running')
      problems.push('a job ended that was never acknowledged');
    job.updates.push(update);
    job.state = 'running';
    if (update['state'] !== 'running') {
      const sum = `crc32:${crc32(job.trace).toString(16).padStart(8, '0')}`;
      const output = update['output'] as { checksum?: string; bytesize?: number } | undefined;
      job.checksumFits = output?.checksum === sum && output.bytesize === job.trace.length;
      job.state = 'done';
    }
    tell(job);
    return response.writeHead(200, headers).end('200');
  }

  const add = (body: (id: number, token: string) => unknown): TestJob => {
    const id = nextId++;
    const jobToken = `glcbt-job-token-${id}-secret`;
    const job: Kept = {
      id,
      token: jobToken,
      body: body(id, jobToken),
      updates: [],
      artifacts: [],
      trace: Buffer.alloc(0),
      state: 'pending',
      status: 'running',
      checksumFits: false,
      waiting: new Set(),
    };
    jobs.push(job);
    return viewOf(job);
  };

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    problems,
    asked: (of) => asked.get(of) ?? 0,
    queue: ({ script, ...payload }) =>
      add((id, jobToken) => ({
        id,
        token: jobToken,
        allow_git_fetch: true,
        job_info: { name: 'test', stage: 'test', project_id: 5, project_name: 'project' },
        git_info: { repo_url: `${url}/group/project.git`, ref: 'main', sha: '1'.repeat(40), refspecs: [], depth: 20 },
        runner_info: { timeout: 3600 },
        steps: [{ name: 'script', script: script ?? ['true'], timeout: 3600, when: 'on_success' }],
        features: { trace_sections: true, failure_reasons: ['job_canceled', 'runner_interrupted'] },
        ...payload,
        variables: [
          { key: 'GIT_STRATEGY', value: 'none' },
          { key: 'FF_TIMESTAMPS', value: 'false' },
          ...(payload.variables ?? []),
        ],
      })),
    queueRaw: (body) => add((id, jobToken) => ({ id, token: jobToken, ...(body as object) })),
    fail: (fault) => void faults.push(fault),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const forbidden = { message: '403 Forbidden' };

function viewOf(job: Kept): TestJob {
  const until = (check: () => boolean): Promise<void> =>
    new Promise((done) => {
      const look = (): void => {
        if (!check()) return;
        job.waiting.delete(look);
        done();
      };
      job.waiting.add(look);
      look();
    });
  return {
    id: job.id,
    token: job.token,
    get trace() {
      return job.trace.toString();
    },
    updates: job.updates,
    artifacts: job.artifacts,
    get checksumFits() {
      return job.checksumFits;
    },
    done: until(() => job.state === 'done'),
    printed: (text) => until(() => job.trace.includes(text)),
    get status() {
      return job.status;
    },
    set status(next) {
      job.status = next;
    },
  };
}

const tell = (job: Kept): void => {
  for (const look of [...job.waiting]) look();
};

function act({ answer }: Fault, response: ServerResponse): ServerResponse | undefined {
  if (answer === 'hang') return undefined;
  if (answer === 'cut') return response.destroy();
  if (answer === 'html')
    return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in to the network</html>');
  if (answer === 'badJson') return response.writeHead(201, { 'content-type': 'application/json' }).end('{"id": 1,');
  return json(response, answer, { message: `${answer} injected` });
}

const json = (response: ServerResponse, status: number, body: unknown): ServerResponse =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
