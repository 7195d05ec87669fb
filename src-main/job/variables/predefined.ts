import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import type { JobPayload } from '../../../src-shared/payload.ts';
import { networkName } from '../../base/names.ts';
import { goArchitecture, goPlatform, protocolVersion, revision } from '../../base/version.ts';
import type { ExecutorTraits, JobDirectories, ResolvedVariable } from '../../executors/types.ts';
import type { TlsChain } from '../../gitlab/types.ts';
import { shortToken } from './short-token.ts';

/** What the runner's own variables are made of. `directories`: empty texts until they are known. */
export interface PredefinedSource {
  readonly payload: JobPayload;
  readonly runner: RunnerConfig;
  readonly traits: Pick<ExecutorTraits, 'sharedEnvironment'>;
  readonly directories: JobDirectories;
  readonly slot: { readonly runnerId: number; readonly projectRunnerId: number };
  readonly timeoutSeconds: number;
  readonly tls?: TlsChain | undefined;
}

/** From the runner itself: public, not expanded further, seen by services. */
export const internal = (key: string, value: string, more: Partial<ResolvedVariable> = {}): ResolvedVariable => ({
  key,
  value,
  file: false,
  public: true,
  masked: false,
  raw: false,
  internal: true,
  ...more,
});

/** What a job may override (spec/job-lifecycle.md 4.1, group 4). */
export const defaults = ({ directories, slot, timeoutSeconds, tls }: PredefinedSource): ResolvedVariable[] => [
  internal('CI_BUILDS_DIR', shown(directories.builds)),
  internal('CI_PROJECT_DIR', shown(directories.project)),
  internal('CI_CONCURRENT_ID', String(slot.runnerId)),
  internal('CI_CONCURRENT_PROJECT_ID', String(slot.projectRunnerId)),
  internal('CI_SERVER', 'yes'),
  internal('CI_JOB_STATUS', 'running'),
  internal('CI_JOB_TIMEOUT', String(timeoutSeconds)),
  ...tlsFiles(tls),
];

/** What a job cannot override (group 6). */
export const fixed = (source: PredefinedSource, flag: (name: string) => boolean): ResolvedVariable[] => {
  const { traits, directories } = source;
  return [
    internal(traits.sharedEnvironment ? 'CI_SHARED_ENVIRONMENT' : 'CI_DISPOSABLE_ENVIRONMENT', 'true'),
    // Scripts ask it what the runner can do: that is the release whose behaviour Harrier follows.
    internal('CI_RUNNER_VERSION', protocolVersion),
    internal('CI_RUNNER_REVISION', revision),
    internal('CI_RUNNER_EXECUTABLE_ARCH', `${goPlatform}/${goArchitecture}`),
    internal('RUNNER_TEMP_PROJECT_DIR', directories.temporary),
    ...(flag('FF_NETWORK_PER_BUILD') ? [internal('CI_BUILD_NETWORK_NAME', network(source))] : []),
  ];
};

/** The files of the API's TLS connection; certificate and key only as a pair. */
const tlsFiles = (tls: TlsChain | undefined): ResolvedVariable[] => {
  const raw = { file: true, raw: true };
  return [
    ...(tls?.ca ? [internal('CI_SERVER_TLS_CA_FILE', tls.ca, raw)] : []),
    ...(tls?.cert && tls.key
      ? [
          internal('CI_SERVER_TLS_CERT_FILE', tls.cert, raw),
          internal('CI_SERVER_TLS_KEY_FILE', tls.key, { ...raw, public: false }),
        ]
      : []),
  ];
};

/** A path with a Windows drive is shown with backslashes, whatever it is inside. */
const shown = (path: string): string => (/^[A-Za-z]:/.test(path) ? path.replaceAll('/', '\\') : path);

const network = ({ runner, payload, slot }: PredefinedSource): string =>
  networkName(shortToken(runner.token ?? ''), payload.job_info?.project_id ?? 0, slot.projectRunnerId, payload.id);
