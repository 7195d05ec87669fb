import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A key and a certificate for 127.0.0.1 that is its own authority. */
export const createCertificate = (folder: string): { readonly key: string; readonly cert: string } => {
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  const options = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1';
  execFileSync(
    'openssl',
    ['req', ...options.split(' '), '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
};
