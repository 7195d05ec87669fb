import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { HarrierError } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import { userAgent } from './info.ts';
import type { Transport } from './transport.ts';
import { OutOfTime, type WireError } from './wire.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base of the API, without a slash in front. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A function is called once per attempt: the body is produced anew. */
  readonly body?: string | Buffer | (() => Readable | Promise<Readable>);
  readonly signal?: AbortSignal;
  readonly headersTimeoutMs?: number;
  /** From the first byte sent to the last one read; for `open` calls to the head of the answer. */
  readonly timeoutMs?: number;
  /** How often a retryable status is met before it is handed on (0.4); 1 = no retry layer. */
  readonly attempts?: number;
  /** The longest pause to sit out here. A longer one is left to a caller that has better to do meanwhile. */
  readonly longestWaitMs?: number;
  /** The same request twice does harm (it makes or stores something): never repeated because a kept connection broke. */
  readonly fragile?: boolean;
}

/** What came back. `status` -1: nothing did; `error` says why and of which kind. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The whole body; empty where it is handed over as a stream. */
  readonly text: string;
  /** The host that answered in the end, when a redirect led away from the coordinator. */
  readonly finalHost?: string;
  /** Origin and path that answered in the end, after any redirect. */
  readonly finalUrl?: string;
  readonly error?: WireError;
}
export interface StreamReply extends Reply {
  /** The body of a 2xx of an `open` call. */
  readonly stream?: Readable;
}

/** As Go's client, which the official runner is. */
const mostRedirects = 10;
const defaultTimeoutMs = 3_600_000;
/** A job payload may be large; nothing that GitLab sends as an answer is larger than this. */
const longestBody = 64 * 1024 * 1024;

/** One request and its answer, redirects followed. Throws what happens on the wire. */
export async function exchange(
  { base, transport, clock }: { base: URL; transport: Transport; clock: Clock },
  call: Call,
  wantStream: boolean,
): Promise<StreamReply> {
  const limit = limitOf(call, clock);
  let handedOver = false;
  try {
    let url = new URL(call.path, base);
    let method: Dispatcher.HttpMethod = call.method;
    let sendsBody = call.body !== undefined;
    let headers: Record<string, string> = {
      'user-agent': userAgent,
      'x-request-id': randomUUID().replaceAll('-', ''),
      ...call.headers,
    };
    for (let hop = 0; ; hop += 1) {
      const route = transport.route(url);
      const body = typeof call.body === 'function' ? (sendsBody ? await call.body() : undefined) : call.body;
      const answer = await route.dispatcher.request({
        origin: route.origin,
        path: route.path,
        method,
        headers: { ...headers, ...route.headers },
        signal: limit.signal,
        ...(sendsBody && body !== undefined ? { body } : {}),
        ...(call.headersTimeoutMs !== undefined ? { headersTimeout: call.headersTimeoutMs } : {}),
      });
      const { statusCode: status } = answer;
      const flat = flatten(answer.headers);
      const location = flat['location'];
      if (isRedirect(status) && location !== undefined && hop < mostRedirects) {
        answer.body.on('error', ignore).destroy();
        const next = target(location, url);
        if (status <= 303 && method !== 'GET') {
          method = 'GET';
          sendsBody = false;
        }
        headers = headersFor(next, url, method, headers);
        url = next;
        continue;
      }
      const found = {
        status,
        headers: flat,
        ...(url.host !== base.host ? { finalHost: url.hostname } : {}),
        ...(hop > 0 ? { finalUrl: `${url.origin}${url.pathname}` } : {}),
      };
      if (!wantStream || status < 200 || status >= 300) return { ...found, text: await readText(answer.body) };
      handedOver = true;
      limit.untilHead();
      answer.body.once('close', limit.end);
      return { ...found, text: '', stream: answer.body };
    }
  } finally {
    if (!handedOver) limit.end();
  }
}

/** The caller's signal and the time limit in one; ends with `end`, so that a long-lived signal gathers no listeners. */
function limitOf(call: Call, clock: Clock): { signal: AbortSignal; untilHead: () => void; end: () => void } {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(call.signal?.reason);
  if (call.signal?.aborted) onAbort();
  call.signal?.addEventListener('abort', onAbort, { once: true });
  const untilHead = clock.after(call.timeoutMs ?? defaultTimeoutMs, () => controller.abort(new OutOfTime()), {
    unref: true,
  });
  return {
    signal: controller.signal,
    untilHead,
    end: () => {
      untilHead();
      call.signal?.removeEventListener('abort', onAbort);
    },
  };
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

function target(location: string, from: URL): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next === undefined || (next.protocol !== 'http:' && next.protocol !== 'https:'))
    throw new HarrierError('SERVER_NOT_GITLAB', `${from.origin} redirects to an address that cannot be used`);
  return next;
}

const tokenHeaders = ['runner-token', 'job-token', 'private-token'];

/**
 * Headers after a redirect. A pre-signed address elsewhere needs no token of ours, so a GET to another host goes without
 * (Go's client would send it along). A call that is repeated as it is (307, 308: GitLab moved) keeps it, but no token
 * ever leaves TLS because a server says so.
 */
function headersFor(
  next: URL,
  from: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const isDowngrade = from.protocol === 'https:' && next.protocol === 'http:';
  if (isDowngrade && method !== 'GET')
    throw new HarrierError('SERVER_TLS', `${from.origin} redirects to ${next.origin}, which is not encrypted`);
  const drop = method === 'GET' && (next.host !== from.host || isDowngrade) ? tokenHeaders : [];
  const hasBody = method !== 'GET';
  return Object.fromEntries(
    Object.entries(headers).filter(([key]) => {
      const name = key.toLowerCase();
      return !drop.includes(name) && (hasBody || !['content-type', 'content-length', 'content-range'].includes(name));
    }),
  );
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {};
  for (const key in headers) {
    const value = headers[key];
    flat[key] = Array.isArray(value) ? value[0] : value;
  }
  return flat;
}

const ignore = (): void => {};

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > longestBody)
      throw new HarrierError('SERVER_NOT_GITLAB', `the answer is larger than ${longestBody / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0]?.toString('utf8') ?? '') : Buffer.concat(chunks).toString('utf8');
}
