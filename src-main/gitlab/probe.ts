import { jsonOf, messageFrom } from './answers.ts';
import type { Http, Reply } from './http.ts';
import type { PeerCertificate } from './peer.ts';
import type { HttpProxy } from './proxy.ts';
import type { RunnerInfo, ServerProbe } from './types.ts';

/**
 * Is there a GitLab? Asked with a runner token that cannot exist: GitLab answers 403 in JSON, other servers do not.
 * The version stands in no answer to a stranger, so it is told only where a header names it.
 */
export async function probeServer(
  http: Http,
  info: RunnerInfo,
  way: { readonly proxy: () => HttpProxy | undefined; readonly peer: () => readonly PeerCertificate[] },
): Promise<ServerProbe> {
  const reply = await http.send({
    method: 'POST',
    path: 'runners/verify',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ token: 'harrier-probe', info }),
    timeoutMs: 15_000,
    attempts: 1,
  });
  if (reply.error !== undefined)
    return { ok: false, kind: reply.error.kind === 'tls' ? 'tls' : 'unreachable', message: reply.error.message };
  if (isTrouble(reply)) return { ok: false, kind: 'unreachable', message: messageFrom(reply) };
  if (!speaksApi(reply)) return { ok: false, kind: 'notGitLab', message: messageFrom(reply) };
  const version = reply.headers['x-gitlab-version'];
  const proxy = way.proxy();
  return {
    ok: true,
    ...(version ? { version } : {}),
    ...(proxy !== undefined ? { viaProxy: proxy.shown } : {}),
    chain: way.peer().map(({ subject, issuer, validTo }) => ({ subject, issuer, validTo })),
  };
}

/** An object with a message, under a status that GitLab gives a stranger. */
function speaksApi(reply: Reply): boolean {
  const body = [400, 401, 403, 422, 429].includes(reply.status) ? jsonOf(reply, reply.status) : undefined;
  return typeof body === 'object' && body !== null && ('message' in body || 'error' in body);
}

/** Something answers for the server, or it is down: no word about what it is. */
const isTrouble = (reply: Reply): boolean => reply.status === 407 || reply.status >= 500;
