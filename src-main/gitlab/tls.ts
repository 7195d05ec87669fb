import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as tls from 'node:tls';
import type { Logger } from '../base/logger.ts';
import type { ConnectionOptions } from './types.ts';

/** Texts of the certificate files of one connection, as they were when read. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Changes when one of the files does. */
  readonly stamp: string;
}

/** The three files: those of the config, else `<host>.crt`, `.auth.crt`, `.auth.key` in the certificate folder. */
const pathsOf = (options: ConnectionOptions, host: string): { ca?: string; cert?: string; key?: string } => {
  const beside = (name: string): string | undefined => {
    const path = options.certificateFolder !== undefined ? join(options.certificateFolder, name) : undefined;
    return path !== undefined && existsSync(path) ? path : undefined;
  };
  const ca = options.tlsCaFile ?? beside(`${host}.crt`);
  const cert = options.tlsCertFile ?? beside(`${host}.auth.crt`);
  const key = options.tlsKeyFile ?? beside(`${host}.auth.key`);
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
};

const stampOf = (paths: Record<string, string>): string =>
  Object.values(paths)
    .map((path) => {
      try {
        const { mtimeMs, size } = statSync(path);
        return `${path}:${mtimeMs}:${size}`;
      } catch {
        return `${path}:missing`;
      }
    })
    .join('|');

/** A file that cannot be read is only told: the connection goes on without it (spec/coordinator-api.md 0.5). */
export function readTlsFiles(options: ConnectionOptions, host: string, log: Logger, known?: TlsFiles): TlsFiles {
  const paths = pathsOf(options, host);
  const stamp = stampOf(paths);
  if (known?.stamp === stamp) return known;
  const read = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      log.error('A certificate file cannot be read', { path, error: String(error) });
      return undefined;
    }
  };
  const [ca, cert, key] = [read(paths.ca), read(paths.cert), read(paths.key)];
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), stamp };
}

const linuxBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
let systemStore: readonly string[] | undefined;

/** Node's own authorities and the system's store (Node itself reads the latter only from 22.15 on). */
export function systemAuthorities(env: Readonly<Record<string, string | undefined>> = process.env): readonly string[] {
  if (systemStore !== undefined) return systemStore;
  const getter = (tls as { getCACertificates?: (kind: string) => readonly string[] }).getCACertificates;
  const system =
    getter !== undefined
      ? getter('system')
      : [env['SSL_CERT_FILE'], ...linuxBundles]
          .filter((path): path is string => path !== undefined && existsSync(path))
          .slice(0, 1)
          .map((path) => readFileSync(path, 'utf8'));
  systemStore = [...tls.rootCertificates, ...system];
  return systemStore;
}

/** The certificates that the peer showed, leaf first, as PEM. */
export function peerChain(
  socket: tls.TLSSocket,
): readonly { pem: string; subject: string; issuer: string; validTo: string }[] {
  const chain: { pem: string; subject: string; issuer: string; validTo: string }[] = [];
  const seen = new Set<string>();
  let next: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    const body = next.raw.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
    chain.push({
      pem: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
      subject: nameOf(next.subject),
      issuer: nameOf(next.issuer),
      validTo: next.valid_to,
    });
    next = next.issuerCertificate;
  }
  return chain;
}

const nameOf = (name: tls.Certificate | undefined): string => {
  const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
  return first(name?.CN) ?? first(name?.O) ?? '';
};
