import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import type { HttpProxy } from './proxy.ts';

const connectTimeoutMs = 30_000;

/**
 * Opens the sockets of a connection pool: straight, or for https through a CONNECT tunnel of the proxy. (http goes to a
 * proxy as an ordinary request, see transport.ts; its socket is a straight one to the proxy.)
 */
export function createConnector(options: {
  readonly secureContext: SecureContext | undefined;
  readonly proxyOf: (origin: URL) => HttpProxy | undefined;
  /** Called for each TLS connection to a server, not for those to a proxy. */
  readonly onSecure: (hostname: string, socket: TLSSocket) => void;
}): buildConnector.connector {
  const { secureContext, proxyOf, onSecure } = options;
  // Without a cache of sessions each handshake shows the server's chain, which jobs are given.
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    maxCachedSessions: 0,
    ...(secureContext !== undefined ? { secureContext } : {}),
  });
  const straight: buildConnector.connector = (target, callback) =>
    connect(target, (...result) => {
      if (result[1] instanceof TLSSocket) onSecure(target.hostname, result[1]);
      callback(...result);
    });
  return (target, callback) => {
    if (target.protocol !== 'https:') return connect(target, callback);
    const origin = new URL(`https://${target.host ?? target.hostname}`);
    let proxy: HttpProxy | undefined;
    try {
      proxy = proxyOf(origin);
    } catch (error) {
      return callback(error instanceof Error ? error : new Error(messageOf(error)), null);
    }
    if (proxy === undefined) return straight(target, callback);
    if (proxy.url.origin === origin.origin) return connect(target, callback);
    tunnel(proxy, origin, secureContext).then(
      (httpSocket) => straight({ ...target, httpSocket }, callback),
      (error: unknown) => callback(error instanceof Error ? error : new Error(messageOf(error)), null),
    );
  };
}

/** A socket to `target` that the proxy opened for us. */
function tunnel(proxy: HttpProxy, target: URL, secureContext: SecureContext | undefined): Promise<Socket> {
  const secure = proxy.url.protocol === 'https:';
  const authority = `${target.hostname}:${target.port || '443'}`;
  const options: RequestOptions & { secureContext?: SecureContext } = {
    method: 'CONNECT',
    host: proxy.url.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.url.port || (secure ? 443 : 80),
    path: authority,
    headers: { host: authority, ...(proxy.authorization ? { 'proxy-authorization': proxy.authorization } : {}) },
    agent: false,
    timeout: connectTimeoutMs,
    ...(secure && secureContext ? { secureContext } : {}),
  };
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new HarrierError('SERVER_UNREACHABLE', `the proxy ${proxy.shown} ${why}`, { cause }));
    const request = secure ? requestHttps(options) : requestHttp(options);
    request.once('connect', (answer, socket) => {
      socket.setTimeout(0);
      if (answer.statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      fail(refusal(answer.statusCode ?? 0, authority));
    });
    request.once('response', (answer) => {
      answer.destroy();
      fail(refusal(answer.statusCode ?? 0, authority));
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', (error) => fail(`cannot be used: ${error.message}`, error));
    request.end();
  });
}

const refusal = (status: number, authority: string): string =>
  status === 407
    ? 'asks for a login: put user and password into its address (407)'
    : `refuses a connection to ${authority} (${status})`;
