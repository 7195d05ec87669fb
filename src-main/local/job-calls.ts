import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline as pipeStreams } from 'node:stream/promises';
import { storeArtifact } from './artifacts.ts';
import { forbidden, readJson, sendJson } from './http.ts';
import type { JobAttempt } from './run.ts';
import { appendTrace } from './traces.ts';

/** The pace of log and touches, in seconds: nothing is far away here, and a cancel is seen as soon. */
const traceIntervalSeconds = 1;

export interface JobCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: number;
  /** `/trace`, `/artifacts` or nothing. */
  readonly rest: string;
  readonly query: URLSearchParams;
}
export interface Attempts {
  byId(id: number): JobAttempt | undefined;
  byToken(token: string): JobAttempt | undefined;
}

/** Everything below `/jobs/:id`, refused as GitLab refuses it (coordinator facts, section 8). */
export async function answerJobCall(
  call: JobCall,
  attempts: Attempts,
  onLog: (attempt: JobAttempt, chunk: Buffer) => void,
): Promise<void> {
  const { request, response, rest } = call;
  const { method } = request;
  const attempt = attempts.byId(call.id);
  const token = String(request.headers['job-token'] ?? '');
  if (method === 'GET' && rest === '/artifacts') return sendArtifact(response, attempt, attempts.byToken(token));
  if (method === 'PUT' && rest === '') return update(call, attempt);
  if (attempt === undefined || token !== attempt.token) return forbidden(response);
  if (attempt.state === 'done') return forbidden(response, { 'job-status': attempt.status });
  attempt.heard();
  if (method === 'PATCH' && rest === '/trace') {
    const { status, chunk } = await appendTrace(attempt, request);
    if (chunk !== undefined) onLog(attempt, chunk);
    response.writeHead(status, { ...headersOf(attempt), range: `0-${attempt.traceBytes}` }).end(String(status));
    return;
  }
  if (method === 'POST' && rest === '/artifacts') {
    const answer = await storeArtifact(attempt, request, call.query);
    return sendJson(response, answer.status, { message: answer.message });
  }
  sendJson(response, 405, { error: '405 Not Allowed' });
}

const headersOf = (attempt: JobAttempt): Record<string, string> => ({
  'job-status': attempt.status,
  'x-gitlab-trace-update-interval': String(traceIntervalSeconds),
});

/** The token stands in the body; the header is the older place of it. */
async function update({ request, response }: JobCall, attempt: JobAttempt | undefined): Promise<void> {
  const body = await readJson(request);
  if (body?.['token'] === undefined) return sendJson(response, 400, { error: 'token is missing' });
  if (attempt === undefined || body['token'] !== attempt.token) return forbidden(response);
  if (attempt.state === 'done') return forbidden(response, { 'job-status': attempt.status });
  const { state, failure_reason: reason, exit_code: exitCode } = body;
  if (state !== 'running' && state !== 'success' && state !== 'failed')
    return sendJson(response, 400, { error: 'state does not have a valid value' });
  attempt.heard();
  // The answer goes out before the next jobs are looked for: nobody waits for the other.
  response.writeHead(200, headersOf(attempt)).end('200');
  if (state === 'running') return;
  attempt.pipeline.finish(attempt, {
    state,
    reason: typeof reason === 'string' ? reason : undefined,
    exitCode: typeof exitCode === 'number' ? exitCode : undefined,
  });
}

/** A job may fetch what its pipeline made; the token is that of the job that asks. */
async function sendArtifact(
  response: ServerResponse,
  attempt: JobAttempt | undefined,
  asking: JobAttempt | undefined,
): Promise<void> {
  if (asking === undefined || asking.state === 'done') return sendJson(response, 401, { message: '401 Unauthorized' });
  asking.heard();
  if (attempt === undefined || attempt.pipeline !== asking.pipeline) return forbidden(response);
  const archive = attempt.artifacts.find(({ type }) => type === 'archive');
  if (archive === undefined) return sendJson(response, 404, { message: '404 Not Found' });
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': archive.size });
  // The one who asked may go away in the middle; that is no fault of ours.
  await pipeStreams(createReadStream(archive.file), response).catch((error) => {
    if (!response.destroyed) throw error;
  });
}
