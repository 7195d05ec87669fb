import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** A request with its body read. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as a JSON object; undefined when it is none. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
  /** Settles when the client goes away. */
  readonly gone: Promise<void>;
}
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The connection breaks after this much of the body. */
  readonly torn?: true;
}

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
export const forbidden = (headers: Readonly<Record<string, string>> = {}): Answer =>
  json(403, { message: '403 Forbidden' }, headers);
export const missing = (name: string): Answer => json(400, { error: `${name} is missing` });

/** Header of a request, as one text. */
export const header = ({ headers }: Incoming, name: string): string => {
  const value = headers[name];
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
};

export async function readIncoming(request: IncomingMessage, response: ServerResponse): Promise<Incoming> {
  const gone = new Promise<void>((resolve) => response.once('close', () => resolve()));
  const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://server');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return {
    method: request.method ?? '',
    path: pathname,
    query: searchParams,
    search,
    headers: request.headers,
    body,
    json: /^application\/json\b/.test(request.headers['content-type'] ?? '') ? objectIn(body) : undefined,
    gone,
  };
}

function objectIn(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
