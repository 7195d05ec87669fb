import { join } from 'node:path';
import { parseAddress, readTlsFolder } from './address.ts';
import type { Strategy } from './types.ts';

/** DOCKER_HOST with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, as the docker command line reads them. */
export const fromEnvironment: Strategy = async ({ env, home }) => {
  const host = env['DOCKER_HOST'];
  if (!host) return [];
  const verify = (env['DOCKER_TLS_VERIFY'] ?? '') !== '';
  const folder = env['DOCKER_CERT_PATH'] || (verify ? join(home, '.docker') : '');
  const tls = folder !== '' && host.startsWith('tcp:') ? await readTlsFolder(folder, verify) : undefined;
  return [{ source: 'DOCKER_HOST', endpoint: parseAddress(host, tls) }];
};
