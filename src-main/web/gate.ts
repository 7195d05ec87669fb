import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const cookieName = 'harrier';
const mostWrongTokens = 20;
const forgetAfterMs = 60_000;

/** Who may see and steer this Harrier: a browser that was given the token, asking us by our own name. */
export interface Gate {
  setPort(port: number): void;
  /** Host and Origin are ours: no page of elsewhere and no rebound name. */
  isHome(request: IncomingMessage): boolean;
  isKnown(request: IncomingMessage): boolean;
  /** The cookie for a right token; undefined for a wrong one, or after too many wrong ones. */
  admit(token: string): string | undefined;
}

export function createGate(token: string): Gate {
  const session = randomBytes(24).toString('base64url');
  let port = 0;
  let wrong = 0;
  let firstWrongAt = 0;
  const same = (a: string, b: string): boolean =>
    timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
  return {
    setPort(value) {
      port = value;
    },
    isHome({ headers }) {
      const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
      if (!hosts.includes(headers.host ?? '')) return false;
      const origin = headers.origin;
      return origin === undefined || origin === `http://${headers.host}`;
    },
    isKnown({ headers }) {
      const cookie = (headers.cookie ?? '')
        .split(';')
        .map((part) => part.trim())
        .find((part) => part.startsWith(`${cookieName}-${port}=`));
      return cookie !== undefined && same(cookie.slice(cookie.indexOf('=') + 1), session);
    },
    admit(given) {
      if (Date.now() - firstWrongAt > forgetAfterMs) wrong = 0;
      if (wrong >= mostWrongTokens) return undefined;
      if (!same(given, token)) {
        if (wrong === 0) firstWrongAt = Date.now();
        wrong += 1;
        return undefined;
      }
      // Cookies know no ports: the name keeps two Harriers on one machine apart.
      return `${cookieName}-${port}=${session}; HttpOnly; SameSite=Strict; Path=/`;
    },
  };
}
