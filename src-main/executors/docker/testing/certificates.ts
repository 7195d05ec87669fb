import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An authority with one server and one client, in a folder and with the names that Docker's clients read: `ca.pem`,
 * `cert.pem`, `key.pem` (client), `server-cert.pem`, `server-key.pem`. Needs `openssl`.
 */
export function makeCertificates(folder: string, serverName: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const fresh = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...fresh, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test-ca');
  for (const [name, prefix, extension] of [
    ['server', 'server-', `subjectAltName=DNS:localhost,IP:${serverName}`],
    ['client', '', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    openssl('req', ...fresh, '-keyout', `${prefix}key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(folder, `${name}.ext`), extension);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2'];
    const files = ['-in', `${name}.csr`, '-out', `${prefix}cert.pem`, '-extfile', `${name}.ext`];
    openssl('x509', '-req', ...files, ...authority);
  }
}
