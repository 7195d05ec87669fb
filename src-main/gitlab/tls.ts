import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { messageOf } from '../../src-shared/errors.ts';
import type { Logger } from '../base/logger.ts';
import { systemAuthorities } from './authorities.ts';
import type { ConnectionOptions, TlsChain } from './types.ts';

/** What one connection trusts and shows, as its certificate files were when read. */
export interface TlsState {
  /** Changes when one of the files does. */
  readonly stamp: string;
  /** Texts of the files that could be used. */
  readonly files: TlsChain;
  readonly context: tls.SecureContext;
}

type Paths = Readonly<Record<'ca' | 'cert' | 'key' | 'extra', string | undefined>>;

/**
 * The certificates of a connection, looked at anew for each call; `known` comes back when no file changed. A file that
 * cannot be read or used is only told: the connection goes on without it (spec/coordinator-api.md 0.5).
 */
export function tlsState(
  options: ConnectionOptions,
  host: string,
  env: Readonly<Record<string, string | undefined>>,
  log: Logger,
  known?: TlsState,
): TlsState {
  const paths = pathsOf(options, host);
  const stamp = [paths.ca, paths.cert, paths.key, paths.extra].map(stampOf).join('|');
  if (known?.stamp === stamp) return known;
  const read = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      log.error('A certificate file cannot be read', { path, error: messageOf(error) });
      return undefined;
    }
  };
  const files = { ca: read(paths.ca), cert: read(paths.cert), key: read(paths.key) };
  const usable = usableFiles(files, paths, log);
  const extra = usableAuthorities(read(paths.extra), paths.extra, log);
  return { stamp, files: usable, context: contextOf(usable, extra, env) };
}

/** The three files: those of the config, else `<host>.crt`, `.auth.crt`, `.auth.key` in a certificate folder. */
function pathsOf(options: ConnectionOptions, host: string): Paths {
  const name = host.replace(/^\[|\]$/g, '');
  const beside = (suffix: string): string | undefined => {
    const paths = (options.certificateFolders ?? []).map((folder) => join(folder, `${name}${suffix}`));
    return paths.find((path) => existsSync(path));
  };
  return {
    ca: options.tlsCaFile || beside('.crt'),
    cert: options.tlsCertFile || beside('.auth.crt'),
    key: options.tlsKeyFile || beside('.auth.key'),
    extra: options.extraCaFile,
  };
}

function stampOf(path: string | undefined): string {
  if (path === undefined) return '';
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? `${path}:missing` : `${path}:${found.mtimeMs}:${found.size}:${found.ino}`;
}

/** Only what OpenSSL takes: a damaged file must not cut off the runner. */
function usableFiles(
  files: { ca: string | undefined; cert: string | undefined; key: string | undefined },
  paths: Paths,
  log: Logger,
): TlsChain {
  const { ca, cert, key } = files;
  const hasCa = usableAuthorities(ca, paths.ca, log) !== undefined;
  if ((cert === undefined) !== (key === undefined))
    log.warn('A client certificate needs both files, certificate and key', { path: paths.cert ?? paths.key ?? '' });
  const hasPair =
    cert !== undefined && key !== undefined && works(() => tls.createSecureContext({ cert, key }), paths.cert, log);
  return { ...(hasCa ? { ca } : {}), ...(hasPair ? { cert, key } : {}) };
}

function works(check: () => void, path: string | undefined, log: Logger): boolean {
  try {
    check();
    return true;
  } catch (error) {
    log.error('A certificate file cannot be used', { path: path ?? '', error: messageOf(error) });
    return false;
  }
}

const usableAuthorities = (pem: string | undefined, path: string | undefined, log: Logger): string | undefined =>
  pem !== undefined && works(() => checkAuthorities(pem), path, log) ? pem : undefined;

/** Throws for a text without one certificate that can be read: OpenSSL would pass over it without a word. */
export function checkAuthorities(pem: string): void {
  const blocks =
    pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  const isReadable = (block: string): boolean => {
    try {
      return new X509Certificate(block).subject !== undefined;
    } catch {
      return false;
    }
  };
  if (!blocks.some(isReadable)) throw new Error('there is no certificate in it that can be read');
}

/** Connections without files of their own share one: it holds some hundred authorities. */
const shared = new Map<string, tls.SecureContext>();

function contextOf(
  files: TlsChain,
  extra: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): tls.SecureContext {
  const create = (): tls.SecureContext =>
    tls.createSecureContext({
      minVersion: 'TLSv1.2',
      ca: [...systemAuthorities(env), ...[files.ca, extra].filter((pem) => pem !== undefined)],
      ...(files.cert !== undefined && files.key !== undefined ? { cert: files.cert, key: files.key } : {}),
    });
  if (files.ca !== undefined || files.cert !== undefined || extra !== undefined) return create();
  const store = env['SSL_CERT_FILE'] ?? '';
  const known = shared.get(store) ?? create();
  shared.set(store, known);
  return known;
}
