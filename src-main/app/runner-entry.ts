import { runnerSchema } from '../../src-shared/config-schema.ts';
import type { ConnectionOptions } from '../gitlab/index.ts';

export type TlsFiles = Pick<ConnectionOptions, 'tlsCaFile' | 'tlsCertFile' | 'tlsKeyFile'>;
/** What is asked of the entry. */
export interface EntryRequest {
  readonly name: string;
  readonly executor: string;
  /** Further keys of the entry (`shell`, `limit`, …) and its tables (`docker`). */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly tls?: TlsFiles;
}
/** What the server made of a registration. */
export interface ServerRunner {
  readonly url: string;
  readonly id: number;
  readonly token: string;
  readonly obtainedAt: Date;
  /** Year 1: never, as the official file says it. */
  readonly expiresAt: Date;
}

/**
 * The `[[runners]]` that a registration writes: identity, what was asked for, an almost empty cache section and the
 * section of the executor, in the official order (spec/config-toml.md 3 and 4.1).
 */
export function runnerEntry(request: EntryRequest, runner: ServerRunner): Record<string, unknown> {
  const { settings, executor, tls } = request;
  const { docker, cache, ...rest } = settings;
  return inOrder({
    ...withoutForeign(rest, executor),
    name: request.name,
    url: runner.url,
    id: runner.id,
    token: runner.token,
    token_obtained_at: runner.obtainedAt,
    token_expires_at: runner.expiresAt,
    'tls-ca-file': tls?.tlsCaFile,
    'tls-cert-file': tls?.tlsCertFile,
    'tls-key-file': tls?.tlsKeyFile,
    executor,
    cache: cacheSection(tableOf(cache)),
    ...(isDocker(executor) ? { docker: dockerSection(tableOf(docker), executor) } : {}),
  });
}

/** Also those that run containers on machines of their own. */
const isDocker = (executor: string): boolean => executor.startsWith('docker');

/** Which executors read which section; a section of another executor is not written. */
const sectionsOf: Readonly<Record<string, readonly string[]>> = {
  ssh: ['ssh', 'parallels', 'virtualbox', 'docker-ssh'],
  parallels: ['parallels'],
  virtualbox: ['virtualbox'],
  custom: ['custom'],
  machine: ['docker+machine'],
  kubernetes: ['kubernetes'],
  instance: ['instance'],
  autoscaler: ['instance', 'docker-autoscaler'],
  referees: [],
};
const withoutForeign = (settings: Readonly<Record<string, unknown>>, executor: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => sectionsOf[name]?.includes(executor) ?? true));

const cacheSection = (given: Record<string, unknown>): Record<string, unknown> => ({
  ...given,
  MaxUploadedArchiveSize: given['MaxUploadedArchiveSize'] ?? 0,
  s3: { AssumeRoleMaxConcurrency: 0, ...tableOf(given['s3']) },
  gcs: tableOf(given['gcs']),
  azure: tableOf(given['azure']),
});

function dockerSection(given: Record<string, unknown>, executor: string): Record<string, unknown> {
  const cacheVolume = executor === 'docker-windows' ? 'c:\\cache' : '/cache';
  const volumes = Array.isArray(given['volumes']) ? given['volumes'].map(String) : [];
  const needsCache = given['disable_cache'] !== true && !volumes.some((volume) => volume.endsWith(cacheVolume));
  return inOrder(
    {
      tls_verify: false,
      privileged: false,
      disable_entrypoint_overwrite: false,
      oom_kill_disable: false,
      disable_cache: false,
      shm_size: 0,
      network_mtu: 0,
      ...given,
      volumes: needsCache ? [...volumes, cacheVolume] : volumes,
    },
    dockerOrder,
  );
}

/** The order of the keys that the official runner writes; others stand behind. */
const dockerOrder = [
  'tls_verify',
  'image',
  'privileged',
  'disable_entrypoint_overwrite',
  'oom_kill_disable',
  'disable_cache',
  'volumes',
  'shm_size',
  'network_mtu',
];

function inOrder(
  entry: Readonly<Record<string, unknown>>,
  order: readonly string[] = Object.keys(runnerSchema.entries),
): Record<string, unknown> {
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.fromEntries(
    Object.entries(entry)
      .filter(([, value]) => value !== undefined && value !== '')
      .sort(([a], [b]) => place(a) - place(b)),
  );
}

const tableOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
