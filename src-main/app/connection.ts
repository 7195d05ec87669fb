import { dirname, join } from 'node:path';
import type { Config, RunnerConfig } from '../../src-shared/config-schema.ts';
import { defaultCertificateFolder } from '../config/index.ts';
import type { ConnectionOptions } from '../gitlab/index.ts';
import { parseDuration } from '../job/go-duration.ts';

type Env = Readonly<Record<string, string | undefined>>;
/** What of a config file all its connections share. */
export type SharedSettings = Pick<Config, 'harrier' | 'connection_max_age'>;

/** How the coordinator of an entry is reached. Certificates may stand beside the config, as the official runner has them. */
export function connectionOf(
  runner: RunnerConfig,
  configPath: string | undefined,
  env: Env,
  settings: SharedSettings = {},
): ConnectionOptions {
  const maxAgeMs = parseDuration(settings.connection_max_age ?? '');
  return {
    url: runner.url ?? '',
    ...(runner['tls-ca-file'] ? { tlsCaFile: runner['tls-ca-file'] } : {}),
    ...(runner['tls-cert-file'] ? { tlsCertFile: runner['tls-cert-file'] } : {}),
    ...(runner['tls-key-file'] ? { tlsKeyFile: runner['tls-key-file'] } : {}),
    ...(maxAgeMs !== undefined ? { connectionMaxAgeMs: maxAgeMs } : {}),
    ...wayOut(configPath, env, settings, runner.harrier?.proxy),
  };
}

/** What any connection to a GitLab has, of an entry or not: certificates by host name, further authorities, the proxy. */
export const wayOut = (
  configPath: string | undefined,
  env: Env,
  { harrier }: SharedSettings,
  ownProxy?: string,
): Pick<ConnectionOptions, 'certificateFolders' | 'env' | 'extraCaFile'> => ({
  certificateFolders: certificateFoldersOf(configPath, env),
  env: proxyEnv(env, ownProxy || harrier?.proxy || 'system', harrier?.no_proxy),
  ...(harrier?.ca_file ? { extraCaFile: harrier.ca_file } : {}),
});

/** The environment with the proxy of the settings in it: HTTP_PROXY and its kin are how a connection learns of one. */
function proxyEnv(env: Env, proxy: string, noProxy: string | undefined): Env {
  if (proxy === 'system') return env;
  const others = Object.entries(env).filter(([name]) => !/^(?:https?|no)_proxy$/i.test(name));
  return {
    ...Object.fromEntries(others),
    ...(proxy === 'none' ? {} : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: noProxy }),
  };
}

/** Where the window puts certificates by host name: beside the config file. */
export const certificateFolderOf = (configPath: string): string => join(dirname(configPath), 'certs');

/** Where they are looked for: there first, then where the official runner has them, whatever the file's place. */
const certificateFoldersOf = (configPath: string | undefined, env: Env): string[] => [
  ...(configPath !== undefined ? [certificateFolderOf(configPath)] : []),
  defaultCertificateFolder(env, process.platform, process.getuid?.()),
];
