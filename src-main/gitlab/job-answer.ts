import { type PayloadProblem, parsePayload } from '../../src-shared/payload.ts';
import { isPage, jsonOf, messageFrom } from './answers.ts';
import { type Reply, retryAfterSeconds } from './http.ts';
import type { JobRequestAnswer, TlsChain } from './types.ts';

/** POST /jobs/request, by the table of spec/coordinator-api.md 2.2. */
export function jobRequestAnswer(reply: Reply, chain: () => TlsChain | undefined, nowMs: number): JobRequestAnswer {
  const { status } = reply;
  if (status === 204) return { kind: 'none' };
  if (status === 201) return givenJob(reply, chain);
  if (status === 403) return { kind: 'refused', status, message: messageFrom(reply) };
  const wait = retryAfterSeconds(reply.headers, nowMs);
  return {
    kind: 'failed',
    status,
    message: messageFrom(reply),
    retryable: status === 408 || status === 429 || status >= 500,
    ...(wait !== undefined ? { retryAfterSeconds: wait } : {}),
  };
}

function givenJob(reply: Reply, chain: () => TlsChain | undefined): JobRequestAnswer {
  const data = jsonOf(reply, 201);
  if (data === undefined) {
    const problem = isPage(reply) ? undefined : readable(reply.text);
    if (problem !== undefined) return { kind: 'invalidJob', problem };
    return { kind: 'failed', status: -1, message: messageFrom(reply), retryable: false };
  }
  const parsed = parsePayload(data);
  if (!parsed.ok) return { kind: 'invalidJob', problem: parsed.problem };
  const tls = chain();
  return { kind: 'job', payload: parsed.payload, ...(tls ? { tls } : {}) };
}

/**
 * A job whose JSON is broken is lost for GitLab until it is judged stuck, unless somebody reports it: its id and token,
 * which come first, are enough for that.
 */
function readable(text: string): PayloadProblem | undefined {
  const found = /^\s*\{\s*"id"\s*:\s*(\d{1,15})\s*,\s*"token"\s*:\s*"([\w.-]+)"/.exec(text);
  if (found === null) return undefined;
  return { id: Number(found[1]), token: found[2], problems: ['payload: the server’s answer is not valid JSON'] };
}
