import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { forbidden, readJson, sendJson } from './http.ts';
import { type Attempts, answerJobCall } from './job-calls.ts';
import { createJobRequests } from './job-requests.ts';
import type { JobAttempt, PipelineInstance } from './run.ts';
import { createGitServer, type GitServer } from './serve/git-http.ts';

export interface CoordinatorServer {
  readonly url: string;
  readonly runnerToken: string;
  add(pipeline: PipelineInstance): void;
  remove(pipeline: PipelineInstance): void;
  wake(): void;
  onLog(listener: (attempt: JobAttempt, chunk: Buffer) => void): () => void;
  close(): Promise<void>;
}

const host = '127.0.0.1';

/**
 * GitLab's runner API for local pipelines, on loopback: what the engine asks of GitLab it asks here in the same words.
 * Every job has a token of its own, which opens its log, its artifacts and its repository, and nothing else.
 */
export async function startServer(deps: { readonly clock: Clock; readonly log: Logger }): Promise<CoordinatorServer> {
  const runnerToken = `glrt-${randomBytes(20).toString('hex')}`;
  const pipelines = new Map<PipelineInstance, GitServer>();
  const listeners = new Set<(attempt: JobAttempt, chunk: Buffer) => void>();
  let url = '';

  const firstOf = <T>(find: (pipeline: PipelineInstance) => T | undefined): T | undefined => {
    for (const pipeline of pipelines.keys()) {
      const found = find(pipeline);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const attempts: Attempts = {
    byId: (id) => firstOf((pipeline) => pipeline.attempts.find((attempt) => attempt.id === id)),
    byToken: (token) => firstOf((pipeline) => pipeline.attempts.find((attempt) => attempt.token === token)),
  };
  const requests = createJobRequests({
    clock: deps.clock,
    runnerToken,
    url: () => url,
    take: () => firstOf((pipeline) => pipeline.take()),
  });

  const verify = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = (await readJson(request))?.['token'];
    if (token === undefined) return sendJson(response, 400, { error: 'token is missing' });
    if (token !== runnerToken) return forbidden(response);
    sendJson(response, 200, { id: 1, token: runnerToken, token_expires_at: null });
  };

  const serveGit = async (
    request: IncomingMessage,
    response: ServerResponse,
    [, project, path = '']: RegExpExecArray,
    query: string,
  ): Promise<void> => {
    const attempt = attempts.byToken(passwordOf(request));
    if (attempt === undefined || attempt.state === 'done' || attempt.pipeline.projectPath !== project) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitLab"' }).end('401 Unauthorized\n');
      return;
    }
    attempt.heard();
    await pipelines.get(attempt.pipeline)?.(request, response, path, query);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, search, searchParams: query } = new URL(request.url ?? '/', 'http://coordinator');
    const requestId = String(request.headers['x-request-id'] ?? '');
    if (requestId !== '') response.setHeader('x-request-id', requestId);
    const route = `${request.method} ${pathname}`;
    if (route === 'POST /api/v4/jobs/request') return requests.answer(request, response);
    if (route === 'POST /api/v4/runners/verify') return verify(request, response);
    const job = /^\/api\/v4\/jobs\/(\d{1,15})(\/trace|\/artifacts)?$/.exec(pathname);
    const tell = (attempt: JobAttempt, chunk: Buffer): void => {
      for (const listener of listeners) listener(attempt, chunk);
    };
    if (job !== null)
      return answerJobCall({ request, response, id: Number(job[1]), rest: job[2] ?? '', query }, attempts, tell);
    const repository = /^\/(.+)\.git(\/.*)$/.exec(decodePath(pathname));
    if (repository !== null) return serveGit(request, response, repository, search.slice(1));
    sendJson(response, 404, { message: '404 Not Found' });
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      // A client that goes away in the middle is ordinary.
      if (!request.destroyed || !response.destroyed)
        deps.log.error('The embedded coordinator failed', {
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { message: '500 Internal Server Error' });
    });
  });
  // Uploads may take their time; a request for a job is held longer than the usual limit for a whole request.
  server.requestTimeout = 0;
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, host, done));
  const address = server.address();
  url = `http://${host}:${typeof address === 'object' && address !== null ? address.port : 0}`;

  return {
    url,
    runnerToken,
    add: (pipeline) => void pipelines.set(pipeline, createGitServer(pipeline.snapshot.folder)),
    remove: (pipeline) => void pipelines.delete(pipeline),
    wake: requests.wake,
    onLog(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      requests.close();
      return new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
    },
  };
}

const decodePath = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** The job's token as git sends it. */
function passwordOf(request: IncomingMessage): string {
  const given = /^Basic (.+)$/i.exec(String(request.headers.authorization ?? ''))?.[1] ?? '';
  const decoded = Buffer.from(given, 'base64').toString();
  return decoded.slice(decoded.indexOf(':') + 1);
}
