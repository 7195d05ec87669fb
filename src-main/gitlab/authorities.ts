import { existsSync, readFileSync } from 'node:fs';
import * as tls from 'node:tls';

const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * Node's own authorities and those of the system's store, as PEM texts. From Node 22.15 on Node reads the store of each
 * system; before, the bundles of Linux are read here. SSL_CERT_FILE names another bundle, as it does for Go and git.
 */
export function systemAuthorities(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = env['SSL_CERT_FILE'];
  const getter = (tls as { getCACertificates?: (kind: string) => readonly string[] }).getCACertificates;
  if (getter !== undefined) return [...tls.rootCertificates, ...getter('system'), ...(named ? readBundle(named) : [])];
  const path = named || bundles.find((each) => existsSync(each));
  return [...tls.rootCertificates, ...(path !== undefined ? readBundle(path) : [])];
}

function readBundle(path: string): readonly string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}
