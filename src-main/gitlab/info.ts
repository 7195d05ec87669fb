import { goArchitecture, goPlatform, protocolVersion, revision } from '../base/version.ts';
import { type RunnerFeature, type RunnerFeatures, type RunnerInfo, runnerFeatureNames } from './types.ts';

/** On for every runner: by the client and by any shell (spec/coordinator-api.md 1.1). `vault_secrets` is not among them. */
const always: readonly RunnerFeature[] = [
  'trace_reset',
  'trace_checksum',
  'trace_size',
  'cancelable',
  'cancel_gracefully',
  'two_phase_job_commit',
  'job_inputs',
  'artifacts',
  'upload_multiple_artifacts',
  'upload_raw_artifacts',
  'cache',
  'fallback_cache_keys',
  'refspecs',
  'masking',
  'raw_variables',
  'artifacts_exclude',
  'multi_build_steps',
  'return_exit_code',
];

/** `info` as GitLab gets it: what this runner really can do. The name is the one that GitLab's checks know. */
export function createRunnerInfo(options: {
  readonly executor: string;
  readonly shell: string;
  readonly executorFeatures: readonly string[];
  /** `gpus` of `[runners.docker]`. */
  readonly gpus?: string;
  readonly labels?: Readonly<Record<string, string>>;
}): RunnerInfo {
  const { executor, shell, gpus = '', labels = {} } = options;
  const on = new Set<string>([...always, ...options.executorFeatures]);
  return {
    name: 'gitlab-runner',
    version: protocolVersion,
    revision,
    platform: goPlatform,
    architecture: goArchitecture,
    ...(executor !== '' ? { executor } : {}),
    ...(shell !== '' ? { shell } : {}),
    features: Object.fromEntries(runnerFeatureNames.map((name) => [name, on.has(name)])) as RunnerFeatures,
    config: { gpus },
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  };
}

/** GitLab parses this: name, version, and in brackets branch, language and platform. */
export const userAgent = `gitlab-runner ${protocolVersion} (HEAD; node${process.versions.node}; ${goPlatform}/${goArchitecture})`;
