import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, header, type Incoming, json } from './answer.ts';
import { isAlive, type KeptJob } from './jobs.ts';

/** GET /jobs/:id/artifacts: the token is that of any running job, as on a current GitLab. `store`: 302 goes there. */
export function answerDownload(
  job: KeptJob | undefined,
  jobs: readonly KeptJob[],
  incoming: Incoming,
  store: string | undefined,
): Answer {
  const token = header(incoming, 'job-token');
  if (!jobs.some((each) => each.token === token && isAlive(each))) return json(401, { message: '401 Unauthorized' });
  const archive = job?.artifacts.find(({ type }) => type === 'archive');
  if (job === undefined || archive === undefined) return json(404, { message: '404 Not Found' });
  if (store !== undefined && incoming.query.get('direct_download') === 'true')
    return { status: 302, headers: { location: `${store}/artifacts/${job.id}?signature=valid` } };
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${archive.filename}"`,
      'content-length': String(archive.body.length),
    },
    body: archive.body,
  };
}

export interface ObjectStore {
  readonly url: string;
  close(): Promise<void>;
}

/** Stands for S3: pre-signed addresses only; a GitLab token that comes along is a leak. */
export async function startObjectStore(
  jobs: readonly KeptJob[],
  problem: (text: string) => void,
): Promise<ObjectStore> {
  const server = createServer((request, response) => {
    const leaked = ['job-token', 'runner-token', 'private-token', 'authorization'].find(
      (name) => request.headers[name],
    );
    if (leaked !== undefined) problem(`the object store was sent ${leaked}`);
    const id = /^\/artifacts\/(\d+)\?signature=valid$/.exec(request.url ?? '')?.[1];
    const archive = jobs.find((job) => job.id === Number(id))?.artifacts.find(({ type }) => type === 'archive');
    if (archive === undefined)
      return void response
        .writeHead(403, { 'content-type': 'application/xml' })
        .end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    response.writeHead(200, { 'content-type': 'binary/octet-stream' }).end(archive.body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
