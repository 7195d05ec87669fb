import { jsonOf, messageFrom } from './answers.ts';
import type { Http } from './http.ts';
import type { Transport } from './transport.ts';
import type { RunnerInfo, ServerProbe } from './types.ts';

/**
 * Is there a GitLab? Asked with a runner token that cannot exist: GitLab answers 403 in JSON, other servers do not.
 * The version stands in no answer to a stranger, so it is told only where a header names it.
 */
export async function probeServer(http: Http, transport: Transport, info: RunnerInfo): Promise<ServerProbe> {
  const reply = await http.send({
    method: 'POST',
    path: 'runners/verify',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ token: 'harrier-probe', info }),
    timeoutMs: 15_000,
    once: true,
  });
  if (reply.error !== undefined)
    return { ok: false, kind: reply.error.kind === 'tls' ? 'tls' : 'unreachable', message: reply.error.message };
  const looksRight = [400, 403, 422, 429].includes(reply.status) && jsonOf(reply, reply.status) !== undefined;
  if (!looksRight) return { ok: false, kind: 'notGitLab', message: messageFrom(reply) };
  const version = reply.headers['x-gitlab-version'];
  return {
    ok: true,
    ...(version ? { version } : {}),
    ...(transport.viaProxy !== undefined ? { viaProxy: transport.viaProxy } : {}),
    chain: transport.peer.map(({ subject, issuer, validTo }) => ({ subject, issuer, validTo })),
  };
}
