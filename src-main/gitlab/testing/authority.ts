import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly keyPath: string;
  readonly certPath: string;
  readonly key: string;
  readonly cert: string;
}
export interface Authority {
  readonly folder: string;
  readonly caPath: string;
  readonly ca: string;
  /** A certificate of this authority; `names` as in subjectAltName, or none for a client. */
  issue(name: string, names?: string): KeyPair;
  close(): Promise<void>;
}

/** A company's own authority, made by openssl in a folder that `close` removes. */
export function createAuthority(name = 'Test Authority'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  const path = (file: string): string => join(folder, file);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'.split(' ');
  const caPath = path('ca.crt');
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${name}`, '-keyout', path('ca.key'), '-out', caPath);
  return {
    folder,
    caPath,
    ca: readFileSync(caPath, 'utf8'),
    issue(subject, names) {
      const [keyPath, certPath, request, extensions] = ['key', 'crt', 'csr', 'ext'].map((end) =>
        path(`${subject}.${end}`),
      );
      if (!keyPath || !certPath || !request || !extensions) throw new Error('no paths');
      openssl('req', ...newKey, '-subj', `/CN=${subject}`, '-keyout', keyPath, '-out', request);
      writeFileSync(extensions, names ? `subjectAltName=${names}\n` : 'extendedKeyUsage=clientAuth\n');
      openssl(
        ...['x509', '-req', '-in', request, '-CA', caPath, '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2'],
        ...['-extfile', extensions, '-out', certPath],
      );
      return { keyPath, certPath, key: readFileSync(keyPath, 'utf8'), cert: readFileSync(certPath, 'utf8') };
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
