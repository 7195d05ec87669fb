import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { encodePart } from '../remote/path.ts';

/** A small S3: path style, checks Signature Version 4 in the query and its expiry, keeps objects in memory. */
export interface S3StandIn {
  readonly address: string;
  readonly objects: Map<string, { body: Buffer; headers: Record<string, string>; modified: Date }>;
  readonly requests: { readonly method: string; readonly path: string; readonly status: number }[];
  /** What the next requests meet instead of an answer. */
  readonly faults: ('500' | 'cut' | 'reset')[];
  nowMs: () => number;
  close(): Promise<void>;
}

export async function startS3(keys: { readonly accessKey: string; readonly secretKey: string }): Promise<S3StandIn> {
  const objects: S3StandIn['objects'] = new Map();
  const requests: { method: string; path: string; status: number }[] = [];
  const faults: S3StandIn['faults'] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    const body = await readAll(request);
    const answer = (status: number, text: string | Buffer = '', headers: Record<string, string> = {}) => {
      requests.push({ method: request.method ?? '', path: url.pathname, status });
      response.writeHead(status, { 'content-length': String(Buffer.byteLength(text)), ...headers });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    const refuse = (status: number, code: string) =>
      answer(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
    const problem = checkSignature(request, url, keys, standIn.nowMs());
    if (problem) return refuse(403, problem);
    const fault = faults.shift();
    if (fault === '500') return refuse(500, 'InternalError');
    if (fault === 'reset') return void request.socket.destroy();
    if (request.method === 'PUT') {
      const headers = Object.fromEntries(
        Object.entries(request.headers).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
      );
      objects.set(url.pathname, { body, headers, modified: new Date(Math.floor(standIn.nowMs() / 1000) * 1000) });
      return answer(200);
    }
    const found = objects.get(url.pathname);
    if (!found) return refuse(404, 'NoSuchKey');
    const headers: Record<string, string> = { etag: '"tag"', 'last-modified': found.modified.toUTCString() };
    for (const [key, value] of Object.entries(found.headers)) if (key.startsWith('x-amz-meta-')) headers[key] = value;
    if (fault === 'cut') {
      response.writeHead(200, { ...headers, 'content-length': String(found.body.length) });
      response.write(found.body.subarray(0, found.body.length / 2));
      return void setImmediate(() => request.socket.destroy());
    }
    return answer(200, found.body, { ...headers, 'content-length': String(found.body.length) });
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const standIn: S3StandIn = {
    address: `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    objects,
    requests,
    faults,
    nowMs: () => Date.now(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return standIn;
}

/** Written from the AWS documentation, not from our signer. */
function checkSignature(
  request: IncomingMessage,
  url: URL,
  keys: { readonly accessKey: string; readonly secretKey: string },
  nowMs: number,
): string | undefined {
  const query = url.searchParams;
  const signature = query.get('X-Amz-Signature');
  const [key, day, region, service, ending] = (query.get('X-Amz-Credential') ?? '').split('/');
  if (!signature || key !== keys.accessKey || service !== 's3' || ending !== 'aws4_request')
    return 'InvalidAccessKeyId';
  const stamp = query.get('X-Amz-Date') ?? '';
  const signedMs = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (nowMs > signedMs + Number(query.get('X-Amz-Expires')) * 1000) return 'AccessDenied';
  const names = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  // What changes the object must be signed.
  for (const name of Object.keys(request.headers))
    if (name.startsWith('x-amz-') && !names.includes(name)) return 'AccessDenied';
  const pairs = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`);
  const canonical = [
    request.method,
    url.pathname,
    pairs.sort().join('&'),
    ...names.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}`),
    '',
    names.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const scope = `${day}/${region}/${service}/${ending}`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const chain = [day!, region!, service, ending].reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${keys.secretKey}`),
  );
  const expected = createHmac('sha256', chain).update(text).digest('hex');
  return expected === signature ? undefined : 'SignatureDoesNotMatch';
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}
