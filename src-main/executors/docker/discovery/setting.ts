import { parseAddress, readTlsFolder } from './address.ts';
import type { Strategy } from './types.ts';

/** `host` of [runners.docker]; its TLS keys count only with it (spec/executors.md 2.1). */
export const fromSetting: Strategy = async ({ settings }) => {
  if (!settings.host) return [];
  const tls =
    settings.tls_verify && settings.tls_cert_path ? await readTlsFolder(settings.tls_cert_path, true) : undefined;
  return [{ source: 'host in config.toml', endpoint: parseAddress(settings.host, tls) }];
};
