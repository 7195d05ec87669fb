import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { storeArtifact } from './artifacts.ts';
import { payloadOf } from './payload.ts';
import type { JobAttempt, PipelineInstance } from './run.ts';
import { createGitServer } from './serve/git-http.ts';
import { appendTrace } from './traces.ts';

/** A request for a job is held this long when there is none (GitLab's own long polling: 50 s). */
const longPollMs = 50_000;
/** While somebody watches: the pace of the log. */
const traceIntervalSeconds = 3;
const largestJson = 4 * 1024 * 1024;

export interface CoordinatorServer {
  readonly url: string;
  readonly runnerToken: string;
  add(pipeline: PipelineInstance): void;
  remove(pipeline: PipelineInstance): void;
  wake(): void;
  onLog(listener: (attempt: JobAttempt, chunk: Buffer) => void): () => void;
  close(): Promise<void>;
}

/**
 * GitLab's runner API for local pipelines, on loopback: what the engine asks of GitLab it asks here in the same words.
 * Every job has a token of its own, which opens its log, its artifacts and its repository, and nothing else.
 */
export async function startServer(deps: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly host?: string;
}): Promise<CoordinatorServer> {
  const { clock } = deps;
  const runnerToken = `glrt-${randomBytes(20).toString('hex')}`;
  const pipelines = new Map<PipelineInstance, ReturnType<typeof createGitServer>>();
  const waiting = new Set<() => void>();
  const listeners = new Set<(attempt: JobAttempt, chunk: Buffer) => void>();
  let url = '';

  const wake = (): void => {
    for (const resume of [...waiting]) resume();
  };
  const takeNext = (): JobAttempt | undefined => {
    for (const pipeline of pipelines.keys()) {
      const attempt = pipeline.take();
      if (attempt !== undefined) return attempt;
    }
    return undefined;
  };
  const attemptOf = (id: number): JobAttempt | undefined => {
    for (const pipeline of pipelines.keys()) {
      const found = pipeline.attempts.find((attempt) => attempt.id === id);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const requestJob = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readJson(request);
    if (body?.['token'] !== runnerToken) return json(response, 403, { message: '403 Forbidden' });
    let attempt = takeNext();
    const deadline = clock.monotonic() + longPollMs;
    while (attempt === undefined && clock.monotonic() < deadline && !response.destroyed && !closed) {
      await new Promise<void>((resume) => {
        const go = (): void => {
          waiting.delete(go);
          cancel();
          response.off('close', go);
          resume();
        };
        const cancel = clock.after(deadline - clock.monotonic(), go, { unref: true });
        waiting.add(go);
        response.once('close', go);
      });
      if (response.destroyed || closed) break;
      attempt = takeNext();
    }
    if (response.destroyed) {
      // The runner went away while a job was being found for it: somebody else gets it.
      attempt?.pipeline.finish(attempt, { state: 'failed', reason: 'runner_system_failure', exitCode: undefined });
      return;
    }
    if (attempt === undefined) return void response.writeHead(204, { 'x-gitlab-last-update': '1' }).end();
    json(response, 201, payloadOf(attempt, { url, nowIso: new Date(clock.now()).toISOString() }));
  };

  const jobCall = async (
    request: IncomingMessage,
    response: ServerResponse,
    id: number,
    rest: string,
    query: URLSearchParams,
  ) => {
    const attempt = attemptOf(id);
    const token = String(request.headers['job-token'] ?? '');
    if (request.method === 'GET' && rest === '/artifacts')
      return downloadArtifact(response, attempt, token, attemptByToken);
    if (attempt === undefined || token !== attempt.token) return json(response, 403, { message: '403 Forbidden' });
    if (attempt.state === 'done') return void response.writeHead(403, { 'job-status': 'failed' }).end('403');
    const headers = {
      'job-status': attempt.state,
      'x-gitlab-trace-update-interval': String(traceIntervalSeconds),
    };
    if (request.method === 'PATCH' && rest === '/trace') {
      const answer = await appendTrace(attempt, request);
      for (const listener of answer.chunk ? listeners : []) listener(attempt, answer.chunk as Buffer);
      return void response
        .writeHead(answer.status, { ...headers, range: `0-${attempt.traceBytes}` })
        .end(String(answer.status));
    }
    if (request.method === 'PUT' && rest === '') return update(request, response, attempt, headers);
    if (request.method === 'POST' && rest === '/artifacts') {
      const answer = await storeArtifact(attempt, request, query);
      return json(response, answer.status, { message: answer.message });
    }
    json(response, 404, { message: '404 Not Found' });
  };

  const update = async (
    request: IncomingMessage,
    response: ServerResponse,
    attempt: JobAttempt,
    headers: Record<string, string>,
  ) => {
    const body = await readJson(request);
    const state = body?.['state'];
    if (body?.['token'] !== attempt.token) return json(response, 403, { message: '403 Forbidden' });
    if (state !== 'running' && state !== 'success' && state !== 'failed')
      return json(response, 400, { message: 'state is unknown' });
    response.writeHead(200, headers).end('200');
    if (state === 'running') return;
    const [reason, exitCode] = [body['failure_reason'], body['exit_code']];
    attempt.pipeline.finish(attempt, {
      state,
      reason: typeof reason === 'string' ? reason : undefined,
      exitCode: typeof exitCode === 'number' ? exitCode : undefined,
    });
  };

  const attemptByToken = (token: string): JobAttempt | undefined => {
    for (const pipeline of pipelines.keys()) {
      const found = pipeline.attempts.find((attempt) => attempt.token === token);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const gitCall = async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: string,
  ): Promise<boolean> => {
    const match = /^\/(.+)\.git(\/.*)$/.exec(path);
    if (match === null) return false;
    const password = /^Basic (.+)$/i.exec(String(request.headers.authorization ?? ''))?.[1];
    const token = password
      ? Buffer.from(password, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : '';
    const attempt = attemptByToken(token);
    if (attempt === undefined || attempt.pipeline.projectPath !== match[1]) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitLab"' }).end('401 Unauthorized\n');
      return true;
    }
    await pipelines.get(attempt.pipeline)?.(request, response, match[2] ?? '', query);
    return true;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parsed = new URL(request.url ?? '/', 'http://coordinator');
    const id = String(request.headers['x-request-id'] ?? '');
    if (id !== '') response.setHeader('x-request-id', id);
    const api = /^\/api\/v4(\/.*)$/.exec(parsed.pathname)?.[1];
    if (api === '/jobs/request' && request.method === 'POST') return requestJob(request, response);
    const job = /^\/jobs\/(\d+)(\/\w+)?$/.exec(api ?? '');
    if (job !== null) return jobCall(request, response, Number(job[1]), job[2] ?? '', parsed.searchParams);
    if (api === '/runners/verify' && request.method === 'POST') {
      const body = await readJson(request);
      return body?.['token'] === runnerToken
        ? json(response, 200, { id: 1, token: runnerToken, token_expires_at: null })
        : json(response, 403, { message: '403 Forbidden' });
    }
    if (await gitCall(request, response, parsed.pathname, parsed.search.slice(1))) return;
    json(response, 404, { message: '404 Not Found' });
  };

  let closed = false;
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      deps.log.error('The embedded coordinator failed', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      if (!response.headersSent) json(response, 500, { message: '500 Internal Server Error' });
      else response.destroy();
    });
  });
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, deps.host ?? '127.0.0.1', done));
  url = `http://${deps.host ?? '127.0.0.1'}:${(server.address() as AddressInfo).port}`;

  return {
    url,
    runnerToken,
    add(pipeline) {
      pipelines.set(pipeline, createGitServer(pipeline.snapshot.folder));
    },
    remove: (pipeline) => void pipelines.delete(pipeline),
    wake,
    onLog(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      wake();
      return new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
    },
  };
}

import { createReadStream } from 'node:fs';
import { pipeline as pipeStreams } from 'node:stream/promises';

/** A job may fetch what its pipeline made; the token is that of the job that asks. */
async function downloadArtifact(
  response: ServerResponse,
  attempt: JobAttempt | undefined,
  token: string,
  attemptByToken: (token: string) => JobAttempt | undefined,
): Promise<void> {
  const asking = attemptByToken(token);
  if (asking === undefined || asking.state === 'done') return json(response, 401, { message: '401 Unauthorized' });
  if (attempt === undefined || attempt.pipeline !== asking.pipeline)
    return json(response, 403, { message: '403 Forbidden' });
  const archive = attempt.artifacts.find(({ type }) => type === 'archive');
  if (archive === undefined) return json(response, 404, { message: '404 Not Found' });
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': archive.size });
  await pipeStreams(createReadStream(archive.file), response);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largestJson) return undefined;
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
