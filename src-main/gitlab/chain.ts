import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { type PeerCertificate, peerChain } from './peer.ts';

const answerWithinMs = 10_000;

/**
 * The certificates that a server shows to anybody, trusted or not: so that a person can look at them. Nothing is sent to
 * it. Empty when there is no TLS; a proxy is not used, so the answer is empty where only a proxy leads to the server.
 */
export function readChain(url: URL): Promise<readonly PeerCertificate[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // Only looked at: no byte of ours goes over this connection.
      rejectUnauthorized: false,
      timeout: answerWithinMs,
    });
    const end = (chain: readonly PeerCertificate[]): void => {
      socket.destroy();
      resolve(chain);
    };
    socket.once('secureConnect', () => end(peerChain(socket)));
    socket.once('timeout', () => end([]));
    socket.once('error', () => end([]));
  });
}
