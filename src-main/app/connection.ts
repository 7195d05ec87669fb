import { dirname, join } from 'node:path';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { defaultCertificateFolder } from '../config/index.ts';
import type { ConnectionOptions } from '../gitlab/index.ts';
import { parseDuration } from '../job/go-duration.ts';

/** How the coordinator of an entry is reached. Certificates may stand beside the config, as the official runner has them. */
export function connectionOf(
  runner: RunnerConfig,
  configPath: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  /** Of the whole file: `connection_max_age`. */
  maxAge?: string,
): ConnectionOptions {
  const maxAgeMs = parseDuration(maxAge ?? '');
  return {
    url: runner.url ?? '',
    ...(runner['tls-ca-file'] ? { tlsCaFile: runner['tls-ca-file'] } : {}),
    ...(runner['tls-cert-file'] ? { tlsCertFile: runner['tls-cert-file'] } : {}),
    ...(runner['tls-key-file'] ? { tlsKeyFile: runner['tls-key-file'] } : {}),
    certificateFolders: certificateFoldersOf(configPath, env),
    ...(maxAgeMs !== undefined ? { connectionMaxAgeMs: maxAgeMs } : {}),
    env,
  };
}

/** Where the window puts certificates by host name: beside the config file. */
export const certificateFolderOf = (configPath: string): string => join(dirname(configPath), 'certs');

/** Where they are looked for: there first, then where the official runner has them, whatever the file's place. */
export const certificateFoldersOf = (
  configPath: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string[] => [
  ...(configPath !== undefined ? [certificateFolderOf(configPath)] : []),
  defaultCertificateFolder(env, process.platform, process.getuid?.()),
];
