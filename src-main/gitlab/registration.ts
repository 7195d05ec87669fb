import * as v from 'valibot';
import { jsonOf, messageFrom } from './answers.ts';
import type { Call, Http, Reply } from './http.ts';
import type { CoordinatorClient, RegistrationAnswer } from './types.ts';

const answerSchema = v.looseObject({
  id: v.nullish(v.number(), 0),
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

/** The calls that make, check and remove runners (spec/coordinator-api.md 1). */
export function createRegistration(http: Http): Registration {
  const json = (
    method: Call['method'],
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> =>
    http.send({
      method,
      path,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const removed = (reply: Reply) => ({ ok: reply.status === 204, status: reply.status, message: messageFrom(reply) });

  return {
    async verifyRunner({ token, systemId, info }) {
      const body = { info, token, ...(systemId ? { system_id: systemId } : {}) };
      const reply = await json('POST', 'runners/verify', body, { 'RUNNER-TOKEN': token });
      // Old servers answer the text `200`: valid, but they tell no id.
      if (reply.status === 200 && reply.text.trim() === '200') return { ok: true, id: 0, token };
      const answer = read(reply, 200);
      return answer.ok ? { ...answer, token: answer.token || token } : answer;
    },
    async registerRunner({ registrationToken, ...rest }) {
      const body = { ...rest, token: registrationToken };
      return read(await json('POST', 'runners', body, { 'RUNNER-TOKEN': registrationToken }), 201);
    },
    async createRunner({ personalToken, parameters }) {
      return read(await json('POST', 'user/runners', parameters, { 'PRIVATE-TOKEN': personalToken }), 201);
    },
    async unregisterRunner(token) {
      return removed(await json('DELETE', 'runners', { token }, { 'RUNNER-TOKEN': token }));
    },
    async unregisterManager(token, systemId) {
      const body = { token, system_id: systemId };
      return removed(await json('DELETE', 'runners/managers', body, { 'RUNNER-TOKEN': token }));
    },
    async resetToken(token) {
      return read(await json('POST', 'runners/reset_authentication_token', { token }), 201);
    },
    async resetTokenWithPersonalToken(runnerId, personalToken) {
      const path = `runners/${runnerId}/reset_authentication_token`;
      return read(await json('POST', path, null, { 'PRIVATE-TOKEN': personalToken }), 201);
    },
  };
}

function read(reply: Reply, expected: number): RegistrationAnswer {
  const parsed = v.safeParse(answerSchema, jsonOf(reply, expected));
  if (parsed.success) {
    const { id, token, token_expires_at } = parsed.output;
    return { ok: true, id, token, ...(token_expires_at ? { expiresAt: token_expires_at } : {}) };
  }
  return { ok: false, status: reply.status, kind: kindOf(reply), message: messageFrom(reply) };
}

function kindOf(reply: Reply): Extract<RegistrationAnswer, { ok: false }>['kind'] {
  if (reply.error !== undefined) return reply.error.kind === 'tls' ? 'tls' : 'unreachable';
  if ([401, 403, 410].includes(reply.status)) return 'refused';
  if (reply.status === 400 || reply.status === 422) return 'invalid';
  if (reply.status >= 500 || reply.status === 429) return 'serverError';
  return 'notGitLab';
}
