import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * S26: who may use the web host. The token in the printed address is exchanged for a cookie that scripts cannot read
 * and other sites cannot send; Host and Origin must be our own, so that a foreign page (DNS rebinding) gets nothing.
 */
export interface Access {
  readonly token: string;
  /** The request names one of our own addresses. */
  isOurHost(headers: IncomingHttpHeaders): boolean;
  /** The request was made by a page of ours. */
  isOurOrigin(headers: IncomingHttpHeaders): boolean;
  hasSession(headers: IncomingHttpHeaders): boolean;
  /** The cookie for a right token; `refused` for a wrong one, `later` after too many of them. */
  exchange(token: unknown): { readonly cookie: string } | 'refused' | 'later';
}

const mostWrongTokens = 10;
const forgetAfterMs = 60_000;

export function createAccess(port: number, nowMs: () => number): Access {
  const token = randomBytes(24).toString('base64url');
  const session = randomBytes(24).toString('base64url');
  // Cookies know no ports: two hosts on one machine must not overwrite each other's.
  const cookieName = `harrier_${port}`;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  let wrong: number[] = [];
  const isOurHost: Access['isOurHost'] = ({ host }) => host !== undefined && hosts.includes(host);
  return {
    token,
    isOurHost,
    isOurOrigin: (headers) => isOurHost(headers) && headers.origin === `http://${headers.host}`,
    hasSession: ({ cookie }) =>
      (cookie ?? '').split(/;\s*/).some((pair) => {
        const [name, value] = pair.split('=');
        return name === cookieName && value !== undefined && same(value, session);
      }),
    exchange(given) {
      const now = nowMs();
      wrong = wrong.filter((atMs) => now - atMs < forgetAfterMs);
      if (wrong.length >= mostWrongTokens) return 'later';
      if (typeof given === 'string' && same(given, token))
        return { cookie: `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/` };
      wrong.push(now);
      return 'refused';
    },
  };
}

/** Compares in a time that tells nothing about the secret. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
