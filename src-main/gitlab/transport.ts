import { TLSSocket } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { peerChain, readTlsFiles, systemAuthorities, type TlsFiles } from './tls.ts';
import type { ConnectionOptions, TlsChain } from './types.ts';

/** Keeps the connections of one coordinator, made anew when a certificate file changes or they are too old. */
export interface Transport {
  dispatcher(): Dispatcher;
  /** What jobs of this connection need to trust the server. */
  chain(): TlsChain | undefined;
  readonly peer: ReturnType<typeof peerChain>;
  readonly viaProxy: string | undefined;
  close(): Promise<void>;
}

const headersTimeoutMs = 600_000;
const bodyTimeoutMs = 3_600_000;
const connectTimeoutMs = 30_000;
const idleMs = 90_000;
const defaultMaxAgeMs = 15 * 60 * 1000;

export function createTransport(
  base: URL,
  options: ConnectionOptions,
  { clock, log }: { clock: Clock; log: Logger },
): Transport {
  const secure = base.protocol === 'https:';
  const env = options.env ?? process.env;
  const maxAgeMs = options.connectionMaxAgeMs ?? defaultMaxAgeMs;
  const viaProxy = options.proxy ?? proxyOf(base, env);
  let files: TlsFiles = { stamp: 'none' };
  let peer: ReturnType<typeof peerChain> = [];
  let made: Dispatcher | undefined;
  let madeAt = 0;
  const retired = new Set<Promise<void>>();

  const create = (): Dispatcher => {
    const tlsOptions = secure
      ? {
          minVersion: 'TLSv1.2' as const,
          ca: [...systemAuthorities(env), ...(files.ca ? [files.ca] : [])],
          ...(files.cert && files.key ? { cert: files.cert, key: files.key } : {}),
        }
      : {};
    const common = {
      headersTimeout: headersTimeoutMs,
      bodyTimeout: bodyTimeoutMs,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      connections: 100,
    };
    if (viaProxy !== undefined)
      return new ProxyAgent({ ...common, uri: viaProxy, requestTls: tlsOptions, proxyTls: tlsOptions });
    const connect = buildConnector({ ...tlsOptions, timeout: connectTimeoutMs });
    return new Agent({
      ...common,
      connect: (request, callback) =>
        connect(request, (...result) => {
          const [, socket] = result;
          if (socket instanceof TLSSocket) peer = peerChain(socket);
          callback(...result);
        }),
    });
  };
  const retire = (old: Dispatcher): void => {
    // Requests in flight end in their own time; only idle connections are closed at once.
    const closing = old.close().catch(() => {});
    retired.add(closing);
    void closing.finally(() => retired.delete(closing));
  };

  return {
    dispatcher() {
      const before = files.stamp;
      if (secure) files = readTlsFiles(options, base.hostname, log, files);
      const old = maxAgeMs > 0 && clock.monotonic() - madeAt > maxAgeMs;
      if (made !== undefined && (old || files.stamp !== before)) {
        retire(made);
        made = undefined;
      }
      if (made === undefined) {
        made = create();
        madeAt = clock.monotonic();
      }
      return made;
    },
    chain() {
      if (!secure) return undefined;
      const ca = files.ca ?? peer.map(({ pem }) => pem).join('');
      return {
        ...(ca ? { ca } : {}),
        ...(files.cert && files.key ? { cert: files.cert, key: files.key } : {}),
      };
    },
    get peer() {
      return peer;
    },
    viaProxy: viaProxy !== undefined ? withoutCredentials(viaProxy) : undefined,
    async close() {
      await made?.destroy();
      made = undefined;
    },
  };
}

/** The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for this URL (lower case counts first, as in Go). */
export function proxyOf(url: URL, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const pick = (name: string): string | undefined => env[name.toLowerCase()] || env[name.toUpperCase()] || undefined;
  const proxy = pick(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy');
  if (proxy === undefined || isExempt(url, pick('no_proxy') ?? '')) return undefined;
  return /^[a-z]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** Go's rules: loopback is never proxied; `*`, names with their subdomains, `.names`, addresses, CIDR blocks, ports. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || host === '::1' || /^127\./.test(host)) return true;
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      if (entry.includes('/')) return inBlock(host, entry);
      const match = /^(.*?)(?::(\d+))?$/.exec(entry);
      const name = (match?.[1] ?? entry).replace(/^\*?\./, '.');
      if (match?.[2] !== undefined && match[2] !== port) return false;
      return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
    });
}

function inBlock(host: string, block: string): boolean {
  const [network = '', bits = '32'] = block.split('/');
  const number = (address: string): number | undefined => {
    const parts = address.split('.').map(Number);
    if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
    return parts.reduce((sum, part) => sum * 256 + part, 0);
  };
  const [a, b] = [number(host), number(network)];
  if (a === undefined || b === undefined) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(a / size) === Math.floor(b / size);
}

const withoutCredentials = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');
