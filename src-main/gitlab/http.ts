import { randomInt } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { type Call, exchange, type Reply, type StreamReply } from './exchange.ts';
import type { Transport } from './transport.ts';
import { describeWireError, wasStale } from './wire.ts';

export type { Call, Reply, StreamReply };

export interface Http {
  send(call: Call): Promise<Reply>;
  /** Like `send`, but the body of a 2xx is handed over as it comes. */
  open(call: Call): Promise<StreamReply>;
}

const defaultAttempts = 5;
/** Longer than any pause that a server in its senses asks for; keeps a wait within what a timer can hold. */
const longestPauseMs = 3_600_000;

const isRetried = (status: number): boolean => [408, 429, 500, 502, 503, 504].includes(status) || status >= 512;

/** HTTP calls with the retry layer of spec/coordinator-api.md 0.4. Never throws for what happens on the wire. */
export function createHttp(base: URL, transport: Transport, clock: Clock): Http {
  const once = async (call: Call, wantStream: boolean): Promise<StreamReply> => {
    for (let isSecond = false; ; isSecond = true)
      try {
        return await exchange({ base, transport, clock }, call, wantStream);
      } catch (error) {
        const again = !isSecond && !call.fragile && !call.signal?.aborted && wasStale(error);
        if (!again) return { status: -1, headers: {}, text: '', error: describeWireError(error, call.signal) };
      }
  };
  const send = async (call: Call, wantStream: boolean): Promise<StreamReply> => {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await once(call, wantStream);
      if (attempt >= (call.attempts ?? defaultAttempts) || !isRetried(reply.status)) return reply;
      const waitMs = pauseBefore(attempt, reply.headers, clock.now());
      if (waitMs > (call.longestWaitMs ?? longestPauseMs)) return reply;
      try {
        await clock.sleep(waitMs, call.signal);
      } catch {
        return reply;
      }
    }
  };
  return { send: (call) => send(call, false), open: (call) => send(call, true) };
}

/**
 * Seconds that the server asked to wait, when it did: RateLimit-ResetTime (a date) before Retry-After (whole seconds
 * only; a date there, zero and less count as absent).
 */
export function retryAfterSeconds(headers: Reply['headers'], nowMs: number): number | undefined {
  const reset = headers['ratelimit-resettime'];
  const resetMs = reset !== undefined && rfc1123.test(reset) ? Date.parse(reset) - nowMs : Number.NaN;
  if (resetMs > 0) return Math.ceil(resetMs / 1000);
  const after = headers['retry-after']?.trim();
  return after !== undefined && /^\+?\d+$/.test(after) && Number(after) > 0 ? Number(after) : undefined;
}

/** `Wed, 21 Oct 2015 07:28:00 GMT`; Date.parse alone would take nearly anything. */
const rfc1123 = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \w{3}$/;

/** What the server asked for, else 100 ms, 100 to 200 ms, 100 to 400 ms … */
function pauseBefore(attempt: number, headers: Reply['headers'], nowMs: number): number {
  const asked = retryAfterSeconds(headers, nowMs);
  if (asked !== undefined) return asked * 1000;
  return randomInt(100, 100 * 2 ** (attempt - 1) + 1);
}
