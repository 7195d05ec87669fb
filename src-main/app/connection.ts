import { dirname, join } from 'node:path';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { ConnectionOptions } from '../gitlab/index.ts';

/** How the coordinator of an entry is reached. Certificates may stand beside the config, as the official runner has them. */
export function connectionOf(
  runner: RunnerConfig,
  configPath: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ConnectionOptions {
  return {
    url: runner.url ?? '',
    ...(runner['tls-ca-file'] ? { tlsCaFile: runner['tls-ca-file'] } : {}),
    ...(runner['tls-cert-file'] ? { tlsCertFile: runner['tls-cert-file'] } : {}),
    ...(runner['tls-key-file'] ? { tlsKeyFile: runner['tls-key-file'] } : {}),
    ...(configPath !== undefined ? { certificateFolder: certificateFolderOf(configPath) } : {}),
    env,
  };
}

/** Certificates by host name lie beside the config file. */
export const certificateFolderOf = (configPath: string): string => join(dirname(configPath), 'certs');
