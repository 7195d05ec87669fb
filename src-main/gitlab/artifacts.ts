import { STATUS_CODES } from 'node:http';
import { messageFrom } from './answers.ts';
import type { Http, Reply } from './http.ts';
import { fileForm } from './multipart.ts';
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
  const path = `jobs/${job.id}/artifacts${query.size > 0 ? `?${query}` : ''}`;
  const form = fileForm(artifact.filename);
  const reply = await http.send({
    method: 'POST',
    path,
    headers: {
      'JOB-TOKEN': job.token,
      accept: 'application/json',
      'content-type': form.contentType,
      ...(artifact.size !== undefined ? { 'content-length': String(form.length(artifact.size)) } : {}),
    },
    body: async () => form.wrap(await artifact.body()),
    fragile: true,
    ...(artifact.timeoutMs !== undefined ? { timeoutMs: artifact.timeoutMs } : {}),
    ...(artifact.responseHeaderTimeoutMs !== undefined ? { headersTimeoutMs: artifact.responseHeaderTimeoutMs } : {}),
    ...(signal ? { signal } : {}),
  });
  const shown = `${base.origin}${base.pathname}${path.replace(/\?.*/, '')}`;
  return {
    status: reply.status,
    sentBytes: form.sent,
    statusText: reply.status === 201 ? '201 Created' : `POST ${shown}: ${statusLine(reply)}`,
    ...(reply.headers['x-request-id'] ? { correlationId: reply.headers['x-request-id'] } : {}),
    ...(reply.headers['location'] ? { location: reply.headers['location'] } : {}),
  };
}

/** GET /jobs/:id/artifacts. A direct download goes to the object store without our token, and tries once. */
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
    ...(direct ? { attempts: 1 } : {}),
    ...(signal ? { signal } : {}),
  });
  const correlationId = reply.headers['x-request-id'];
  const rest = {
    ...(correlationId ? { correlationId } : {}),
    ...(reply.finalHost !== undefined ? { directHost: reply.finalHost } : {}),
  };
  if (reply.status === 200 && reply.stream !== undefined && !isForeignPage(reply))
    return { status: 200, statusText: '200 OK', ...rest, body: reply.stream };
  reply.stream?.on('error', () => {}).destroy();
  const isOdd = reply.status >= 200 && reply.status < 300;
  return {
    status: isOdd ? -1 : reply.status,
    statusText: isOdd
      ? `${statusLine(reply)} (no artifacts, but ${reply.headers['content-type'] ?? 'nothing'})`
      : statusLine(reply),
    ...rest,
  };
}

/** A sign-in page instead of the archive. An artifact that is HTML itself comes as an attachment or as octets. */
const isForeignPage = ({ headers }: Reply): boolean =>
  /^text\/html\b/i.test(headers['content-type'] ?? '') && headers['content-disposition'] === undefined;

/** GitLab's own words; Node knows a newer name. */
const tooLarge = 'Request Entity Too Large';

/** `503 Service Unavailable (injected)`, as the official helper prints it. */
const statusLine = (reply: Reply): string => {
  if (reply.error !== undefined) return reply.error.message;
  const said = messageFrom(reply).replace(/^\d+: /, '');
  const words = `${reply.status} ${reply.status === 413 ? tooLarge : (STATUS_CODES[reply.status] ?? '')}`.trimEnd();
  return said.startsWith('HTTP status') || said === words ? words : `${words} (${said})`;
};
