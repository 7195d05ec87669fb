import type { Certificate, DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** One certificate that a server showed, leaf first in a chain. */
export interface PeerCertificate {
  readonly pem: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validTo: string;
  /** SHA-256, as browsers show it. */
  readonly fingerprint: string;
}

/** The chain of a connection up to its root, where Node knows it. */
export function peerChain(socket: TLSSocket): readonly PeerCertificate[] {
  const chain: PeerCertificate[] = [];
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    const body = next.raw.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
    chain.push({
      pem: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
      subject: nameOf(next.subject),
      issuer: nameOf(next.issuer),
      validTo: next.valid_to,
      fingerprint: next.fingerprint256,
    });
    next = next.issuerCertificate;
  }
  return chain;
}

const nameOf = (name: Certificate | undefined): string => {
  const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
  return first(name?.CN) ?? first(name?.O) ?? '';
};
