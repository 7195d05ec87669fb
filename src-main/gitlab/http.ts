import { randomInt, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import { messageOf } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import { userAgent } from './info.ts';
import type { Transport } from './transport.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A function is called once per attempt: the body is produced anew. */
  readonly body?: string | Buffer | (() => Readable | Promise<Readable>);
  readonly signal?: AbortSignal;
  readonly headersTimeoutMs?: number;
  readonly timeoutMs?: number;
  /** One attempt only (artifact downloads bring their own rule). */
  readonly once?: boolean;
}

/** What came back. `status` -1: nothing did; `error` says why and of which kind. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The whole body, at most some MiB; empty for `stream` calls. */
  readonly text: string;
  /** The host that answered in the end, when a redirect led away from the coordinator. */
  readonly finalHost?: string;
  readonly error?: { readonly kind: 'unreachable' | 'tls' | 'aborted' | 'timeout'; readonly message: string };
}

const attempts = 5;
const mostRedirects = 10;
/** A job payload may be large; nothing that GitLab sends is larger than this. */
const longestBody = 64 * 1024 * 1024;
/** A longer pause that the server asks for is the caller's business: its slot would be held meanwhile. */
const longestWaitMs = 5000;

const retried = (status: number): boolean => [408, 429, 500, 502, 503, 504].includes(status) || status >= 512;

export interface Http {
  send(call: Call): Promise<Reply>;
  /** Like `send`, but the body of a 2xx is handed over as it comes. */
  open(call: Call): Promise<Reply & { readonly stream?: Readable }>;
}

/** One HTTP call with the retry layer of spec/coordinator-api.md 0.4. Never throws for what happens on the wire. */
export function createHttp(base: URL, transport: Transport, clock: Clock): Http {
  const once = async (call: Call, wantStream: boolean): Promise<Reply & { stream?: Readable }> => {
    let url = new URL(call.path, base);
    let method: Dispatcher.HttpMethod = call.method;
    let body = typeof call.body === 'function' ? await call.body() : call.body;
    let headers: Record<string, string> = {
      'user-agent': userAgent,
      'x-request-id': randomUUID().replaceAll('-', ''),
      ...call.headers,
    };
    for (let hop = 0; ; hop += 1) {
      const timeout = call.timeoutMs !== undefined ? AbortSignal.timeout(call.timeoutMs) : undefined;
      const signal = timeout && call.signal ? AbortSignal.any([timeout, call.signal]) : (timeout ?? call.signal);
      const answer = await request(url, {
        dispatcher: transport.dispatcher(),
        method,
        headers,
        ...(body !== undefined ? { body } : {}),
        ...(signal ? { signal } : {}),
        ...(call.headersTimeoutMs !== undefined ? { headersTimeout: call.headersTimeoutMs } : {}),
      });
      const flat = flatten(answer.headers);
      const location = flat['location'];
      const redirected = [301, 302, 303, 307, 308].includes(answer.statusCode) && location !== undefined;
      if (redirected && hop < mostRedirects && !(typeof call.body === 'function' && call.method !== 'GET')) {
        await answer.body.dump();
        const next = new URL(location, url);
        // Pre-signed addresses elsewhere need no token of ours.
        if (next.host !== url.host) headers = { 'user-agent': userAgent };
        if (answer.statusCode <= 303) {
          method = 'GET';
          body = undefined;
        }
        url = next;
        continue;
      }
      const found = {
        status: answer.statusCode,
        headers: flat,
        ...(url.host !== base.host ? { finalHost: url.hostname } : {}),
      };
      if (wantStream && answer.statusCode >= 200 && answer.statusCode < 300)
        return { ...found, text: '', stream: answer.body };
      return { ...found, text: await readText(answer.body) };
    }
  };

  const send = async (call: Call, wantStream: boolean): Promise<Reply & { stream?: Readable }> => {
    for (let attempt = 1; ; attempt += 1) {
      let reply: Reply & { stream?: Readable };
      try {
        reply = await once(call, wantStream);
      } catch (error) {
        return { status: -1, headers: {}, text: '', error: describe(error, call.signal) };
      }
      if (call.once || attempt === attempts || !retried(reply.status)) return reply;
      const waitMs = pauseBefore(attempt, reply.headers, clock.now());
      if (waitMs > longestWaitMs) return reply;
      try {
        await clock.sleep(waitMs, call.signal);
      } catch {
        return reply;
      }
    }
  };
  return { send: (call) => send(call, false), open: (call) => send(call, true) };
}

/** Seconds that the server asked to wait, when it did. */
export function retryAfterSeconds(headers: Reply['headers'], nowMs: number): number | undefined {
  const reset = headers['ratelimit-resettime'];
  const resetMs = reset !== undefined ? Date.parse(reset) - nowMs : Number.NaN;
  if (resetMs > 0) return Math.ceil(resetMs / 1000);
  const after = headers['retry-after'];
  return after !== undefined && /^\d+$/.test(after) && Number(after) > 0 ? Number(after) : undefined;
}

function pauseBefore(attempt: number, headers: Reply['headers'], nowMs: number): number {
  const asked = retryAfterSeconds(headers, nowMs);
  if (asked !== undefined) return asked * 1000;
  const most = 100 * 2 ** (attempt - 1);
  return most === 100 ? 100 : randomInt(100, most + 1);
}

const flatten = (headers: Dispatcher.ResponseData['headers']): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, Array.isArray(value) ? value[0] : value]));

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > longestBody) {
      body.destroy();
      throw new Error(`the answer is larger than ${longestBody / 1024 / 1024} MiB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What happened on the wire, in words: the innermost cause says most. */
function describe(error: unknown, signal: AbortSignal | undefined): NonNullable<Reply['error']> {
  if (signal?.aborted) return { kind: 'aborted', message: 'the request was taken back' };
  const { code, message } = innermost(error);
  if (code.startsWith('UND_ERR_') && code.endsWith('TIMEOUT'))
    return { kind: 'timeout', message: 'the server did not answer in time' };
  if (error instanceof Error && error.name === 'TimeoutError')
    return { kind: 'timeout', message: 'the server did not answer in time' };
  const isTls =
    /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code) ||
    /certificate|SSL routines/.test(message);
  return { kind: isTls ? 'tls' : 'unreachable', message };
}

function innermost(error: unknown): { code: string; message: string } {
  let current = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0];
  const code = current instanceof Error && 'code' in current && typeof current.code === 'string' ? current.code : '';
  return { code, message: messageOf(current) };
}
