import * as v from 'valibot';
import { jsonOf, messageFrom } from './answers.ts';
import { type Call, type Http, type Reply, retryAfterSeconds } from './http.ts';
import type { CoordinatorClient, RegistrationAnswer } from './types.ts';

const answerSchema = v.looseObject({
  id: v.nullish(v.pipe(v.number(), v.integer()), 0),
  token: v.nullish(v.string(), ''),
  token_expires_at: v.nullish(v.string()),
});

type Registration = Pick<
  CoordinatorClient,
  | 'verifyRunner'
  | 'registerRunner'
  | 'createRunner'
  | 'unregisterRunner'
  | 'unregisterManager'
  | 'resetToken'
  | 'resetTokenWithPersonalToken'
>;

/** Somebody looks on while these calls run: a server that asks for a longer pause is an answer to show. */
const longestWaitMs = 5000;

/** The calls that make, check and remove runners (spec/coordinator-api.md 1). */
export function createRegistration(http: Http, now: () => number): Registration {
  const json = (
    method: Call['method'],
    path: string,
    body: unknown,
    headers: Record<string, string>,
    fragile = false,
  ) =>
    http.send({
      method,
      path,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify(body),
      longestWaitMs,
      fragile,
    });
  const removed = (reply: Reply) => ({ ok: reply.status === 204, status: reply.status, message: messageFrom(reply) });
  /** The answer that gives a token; without one it is none, whatever its status. */
  const withToken = (reply: Reply): RegistrationAnswer => {
    const answer = read(reply, 201, now());
    if (!answer.ok || answer.token !== '') return answer;
    return { ok: false, status: reply.status, kind: 'notGitLab', message: 'the answer holds no token' };
  };

  return {
    async verifyRunner({ token, systemId, info }) {
      const body = { info, token, ...(systemId ? { system_id: systemId } : {}) };
      const reply = await json('POST', 'runners/verify', body, { 'RUNNER-TOKEN': token });
      // Old servers answer the text `200`: valid, but they tell no id.
      if (reply.status === 200 && reply.text.trim() === '200') return { ok: true, id: 0, token };
      const answer = read(reply, 200, now());
      return answer.ok ? { ...answer, token: answer.token || token } : answer;
    },
    async registerRunner({ registrationToken, ...rest }) {
      const body = { ...rest, token: registrationToken };
      return withToken(await json('POST', 'runners', body, { 'RUNNER-TOKEN': registrationToken }, true));
    },
    async createRunner({ personalToken, parameters }) {
      return withToken(await json('POST', 'user/runners', parameters, { 'PRIVATE-TOKEN': personalToken }, true));
    },
    async unregisterRunner(token) {
      return removed(await json('DELETE', 'runners', { token }, { 'RUNNER-TOKEN': token }));
    },
    async unregisterManager(token, systemId) {
      const body = { token, system_id: systemId };
      return removed(await json('DELETE', 'runners/managers', body, { 'RUNNER-TOKEN': token }));
    },
    async resetToken(token) {
      return withToken(await json('POST', 'runners/reset_authentication_token', { token }, {}, true));
    },
    async resetTokenWithPersonalToken(runnerId, personalToken) {
      const path = `runners/${runnerId}/reset_authentication_token`;
      return withToken(await json('POST', path, null, { 'PRIVATE-TOKEN': personalToken }, true));
    },
  };
}

function read(reply: Reply, expected: number, nowMs: number): RegistrationAnswer {
  const data = jsonOf(reply, expected);
  const parsed = v.safeParse(answerSchema, data);
  if (parsed.success && !Array.isArray(data)) {
    const { id, token, token_expires_at } = parsed.output;
    return { ok: true, id, token, ...(token_expires_at ? { expiresAt: token_expires_at } : {}) };
  }
  return refusalOf(reply, nowMs);
}

/** An answer that is none of those hoped for: of which kind, and what the server said. */
export function refusalOf(reply: Reply, nowMs: number): Extract<RegistrationAnswer, { ok: false }> {
  const wait = retryAfterSeconds(reply.headers, nowMs);
  const pause = wait !== undefined ? `; the server asks to wait ${wait} s` : '';
  return { ok: false, status: reply.status, kind: kindOf(reply), message: `${messageFrom(reply)}${pause}` };
}

function kindOf(reply: Reply): Extract<RegistrationAnswer, { ok: false }>['kind'] {
  if (reply.error !== undefined) return reply.error.kind === 'tls' ? 'tls' : 'unreachable';
  if (reply.status === 407) return 'unreachable';
  if ([401, 403, 410].includes(reply.status)) return 'refused';
  if (reply.status === 400 || reply.status === 422) return 'invalid';
  if (reply.status >= 500 || reply.status === 429 || reply.status === 408) return 'serverError';
  return 'notGitLab';
}
