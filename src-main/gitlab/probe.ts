import { jsonOf, messageFrom } from './answers.ts';
import type { Http, Reply } from './http.ts';
import type { PeerCertificate } from './peer.ts';
import type { HttpProxy } from './proxy.ts';
import type { RunnerInfo, ServerProbe } from './types.ts';
import type { WireError } from './wire.ts';

/**
 * Is there a GitLab? Asked with a runner token that cannot exist: GitLab answers 403 in JSON, other servers do not.
 * The version stands in no answer to a stranger, so it is told only where a header names it.
 */
export async function probeServer(
  http: Http,
  base: URL,
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
  if (reply.error !== undefined) return unanswered(reply.error, base);
  if (isTrouble(reply)) return { ok: false, kind: 'unreachable', message: messageFrom(reply) };
  if (!speaksApi(reply)) {
    const elsewhere = otherPlace(reply, base);
    return {
      ok: false,
      kind: 'notGitLab',
      message: messageFrom(reply),
      ...(elsewhere !== undefined ? { elsewhere } : {}),
    };
  }
  const version = reply.headers['x-gitlab-version'];
  const proxy = way.proxy();
  return {
    ok: true,
    ...(version ? { version } : {}),
    ...(proxy !== undefined ? { viaProxy: proxy.shown } : {}),
    chain: way.peer().map(({ subject, issuer, validTo, fingerprint }) => ({ subject, issuer, validTo, fingerprint })),
  };
}

const untrustedCodes = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

function unanswered({ kind, message, code = '' }: WireError, base: URL): ServerProbe {
  if (kind !== 'tls') {
    // A port that is open and hangs up on plain HTTP may want TLS.
    const hungUp = base.protocol === 'http:' && /^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE)$/.test(code);
    const secure = addressOf(base).replace(/^http:/, 'https:');
    return { ok: false, kind: 'unreachable', message, ...(hungUp ? { elsewhere: secure } : {}) };
  }
  const plain = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/.test(code);
  return {
    ok: false,
    kind: 'tls',
    message,
    ...(untrustedCodes.includes(code) ? { isUntrusted: true } : {}),
    ...(plain ? { elsewhere: addressOf(base).replace(/^https:/, 'http:') } : {}),
  };
}

/** Where the server led us, or the address without its path. */
function otherPlace({ finalUrl }: Reply, base: URL): string | undefined {
  const here = addressOf(base);
  const led = finalUrl?.endsWith('/api/v4/runners/verify') ? finalUrl.replace(/\/api\/v4\/.*$/, '') : undefined;
  if (led !== undefined && led !== here) return led;
  return here === base.origin ? undefined : base.origin;
}

/** The address as a person writes it: without the API's path. */
const addressOf = (base: URL): string => `${base.origin}${base.pathname.replace(/\/api\/v4\/$/, '')}`;

/** An object with a message, under a status that GitLab gives a stranger. */
function speaksApi(reply: Reply): boolean {
  const body = [400, 401, 403, 422, 429].includes(reply.status) ? jsonOf(reply, reply.status) : undefined;
  return typeof body === 'object' && body !== null && ('message' in body || 'error' in body);
}

/** Something answers for the server, or it is down: no word about what it is. */
const isTrouble = (reply: Reply): boolean => reply.status === 407 || reply.status >= 500;
