import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { createConnector } from './connector.ts';
import { type PeerCertificate, peerChain } from './peer.ts';
import { basicLogin, type HttpProxy, proxyFor } from './proxy.ts';
import { type TlsState, tlsState } from './tls.ts';
import type { ConnectionOptions, TlsChain } from './types.ts';

/** Where a request goes: its pool, and how its first line and host look (an http proxy wants the whole address). */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Keeps the connections of one coordinator, made anew when a certificate file changes or they are too old. */
export interface Transport {
  /** Throws a HarrierError when the address of the proxy cannot be used. */
  route(url: URL): Route;
  /** Throws as `route` does. */
  proxyOf(url: URL): HttpProxy | undefined;
  /** What jobs of this connection need to trust the server: undefined over http. */
  chain(): TlsChain | undefined;
  /** The chain that the coordinator showed last. */
  peer(): readonly PeerCertificate[];
  /** Ends every connection at once; a later request makes a new one. */
  close(): Promise<void>;
}

const headersTimeoutMs = 600_000;
const idleMs = 90_000;
const defaultMaxAgeMs = 15 * 60 * 1000;

export function createTransport(
  base: URL,
  options: ConnectionOptions,
  { clock, log }: { clock: Clock; log: Logger },
): Transport {
  const env = options.env ?? process.env;
  const maxAgeMs = options.connectionMaxAgeMs ?? defaultMaxAgeMs;
  const login = basicLogin(base);
  const proxyOf = (url: URL): HttpProxy | undefined => proxyFor(url, env, options.proxy);
  const live = new Set<Dispatcher>();
  let tls: TlsState | undefined;
  let peer: readonly PeerCertificate[] = [];
  let current: { readonly agent: Dispatcher; readonly madeAt: number; readonly tls: TlsState | undefined } | undefined;

  const create = (): Dispatcher => {
    const agent = new Agent({
      headersTimeout: headersTimeoutMs,
      // Between two chunks of a body; a whole answer may take longer.
      bodyTimeout: headersTimeoutMs,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      connections: 100,
      connect: createConnector({
        secureContext: tls?.context,
        proxyOf,
        onSecure: (hostname, socket) => {
          if (hostname === base.hostname) peer = peerChain(socket);
        },
      }),
    });
    live.add(agent);
    return agent;
  };
  /** Requests in flight end in their own time; idle connections are closed at once. */
  const retire = (agent: Dispatcher): void => {
    void agent
      .close()
      .catch(() => {})
      .finally(() => live.delete(agent));
  };
  const agentFor = (url: URL): Dispatcher => {
    // Also for http: a redirect may lead to https, and a proxy may be reached by it.
    const needsTls = url.protocol === 'https:' || tls !== undefined;
    if (needsTls) tls = tlsState(options, base.hostname, env, log, tls);
    const isOld = current !== undefined && maxAgeMs > 0 && clock.monotonic() - current.madeAt > maxAgeMs;
    if (current !== undefined && !isOld && current.tls === tls) return current.agent;
    if (current !== undefined) retire(current.agent);
    current = { agent: create(), madeAt: clock.monotonic(), tls };
    return current.agent;
  };

  return {
    proxyOf,
    route(url) {
      const proxy = proxyOf(url);
      const toProxy = proxy !== undefined && url.protocol === 'http:' ? proxy : undefined;
      const path = `${url.pathname}${url.search}`;
      const authorization = url.host === base.host ? (login ?? basicLogin(url)) : basicLogin(url);
      return {
        dispatcher: agentFor(toProxy?.url ?? url),
        origin: toProxy?.url.origin ?? url.origin,
        path: toProxy ? `${url.origin}${path}` : path,
        headers: {
          ...(authorization !== undefined ? { authorization } : {}),
          ...(toProxy ? { host: url.host } : {}),
          ...(toProxy?.authorization ? { 'proxy-authorization': toProxy.authorization } : {}),
        },
      };
    },
    chain() {
      if (base.protocol !== 'https:') return undefined;
      const files = tls?.files ?? {};
      const ca = files.ca ?? peer.map(({ pem }) => pem).join('');
      return {
        ...(ca ? { ca } : {}),
        ...(files.cert !== undefined && files.key !== undefined ? { cert: files.cert, key: files.key } : {}),
      };
    },
    peer: () => peer,
    async close() {
      current = undefined;
      const all = [...live];
      live.clear();
      await Promise.all(all.map((agent) => agent.destroy()));
    },
  };
}
