import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { messageFrom } from './answers.ts';
import type { Http, Reply } from './http.ts';
import type { ArtifactDownloadAnswer, ArtifactUpload, ArtifactUploadAnswer, JobCredentials } from './types.ts';

/** POST /jobs/:id/artifacts: one multipart part `file`, streamed. */
export async function uploadArtifact(
  http: Http,
  base: URL,
  job: JobCredentials,
  artifact: ArtifactUpload,
  signal?: AbortSignal,
): Promise<ArtifactUploadAnswer> {
  const query = new URLSearchParams();
  // In the order of their names, as the official runner sends them.
  if (artifact.format) query.set('artifact_format', artifact.format);
  if (artifact.type) query.set('artifact_type', artifact.type);
  if (artifact.expireIn) query.set('expire_in', artifact.expireIn);
  const suffix = query.size > 0 ? `?${query}` : '';
  const boundary = `harrier${randomBytes(15).toString('hex')}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${escapeName(artifact.filename)}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const path = `jobs/${job.id}/artifacts${suffix}`;
  const reply = await http.send({
    method: 'POST',
    path,
    headers: {
      'JOB-TOKEN': job.token,
      accept: 'application/json',
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(artifact.size !== undefined ? { 'content-length': String(head.length + artifact.size + tail.length) } : {}),
    },
    body: async () =>
      Readable.from(framed(head, await artifact.body(), tail), { objectMode: false, highWaterMark: 1024 * 1024 }),
    ...(artifact.timeoutMs !== undefined ? { timeoutMs: artifact.timeoutMs } : {}),
    ...(artifact.responseHeaderTimeoutMs !== undefined ? { headersTimeoutMs: artifact.responseHeaderTimeoutMs } : {}),
    ...(signal ? { signal } : {}),
  });
  const ok = reply.status === 201;
  return {
    status: reply.status,
    statusText: ok ? '201 Created' : `POST ${new URL(path, base)}: ${statusLine(reply)}`,
    ...(reply.headers['x-request-id'] ? { correlationId: reply.headers['x-request-id'] } : {}),
    ...(reply.headers['location'] ? { location: reply.headers['location'] } : {}),
  };
}

/** GET /jobs/:id/artifacts. A direct download goes to the object store without our token. */
export async function downloadArtifact(
  http: Http,
  job: JobCredentials,
  { direct }: { direct: boolean },
  signal?: AbortSignal,
): Promise<ArtifactDownloadAnswer> {
  const reply = await http.open({
    method: 'GET',
    path: `jobs/${job.id}/artifacts${direct ? '?direct_download=true' : ''}`,
    headers: { 'JOB-TOKEN': job.token },
    once: true,
    ...(signal ? { signal } : {}),
  });
  const correlationId = reply.headers['x-request-id'];
  return {
    status: reply.status,
    statusText: reply.status === 200 ? '200 OK' : statusLine(reply),
    ...(correlationId ? { correlationId } : {}),
    ...(reply.finalHost !== undefined ? { directHost: reply.finalHost } : {}),
    ...(reply.stream ? { body: reply.stream } : {}),
  };
}

async function* framed(head: Buffer, body: Readable, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  yield* body;
  yield tail;
}

const escapeName = (name: string): string => name.replace(/["\\]/g, '\\$&').replace(/[\r\n]/g, ' ');

/** `503 Service Unavailable (injected)`, as the official helper prints it. */
const statusLine = (reply: Reply): string => {
  if (reply.error !== undefined) return reply.error.message;
  const said = messageFrom(reply).replace(/^\d+: /, '');
  const words = `${reply.status} ${STATUS_CODES[reply.status] ?? ''}`.trimEnd();
  return said.startsWith('HTTP status') ? words : `${words} (${said})`;
};
