import type { JobSpec, TestCoordinatorOptions } from './types.ts';

/** A 201 body as GitLab 19 gives it: every key is there, what the test names is taken over. */
export function buildPayload(
  spec: JobSpec,
  job: { readonly id: number; readonly token: string },
  server: { readonly url: string; readonly repository?: TestCoordinatorOptions['repository'] },
): Record<string, unknown> {
  const { script = ['true'], afterScript, name = 'test', runner: _, variables, ...given } = spec;
  const { repository } = server;
  const ref = repository?.ref ?? 'main';
  const sha = repository?.sha ?? '1'.repeat(40);
  const repoUrl = withLogin(repository?.url ?? `${server.url}/group/project.git`, job.token);
  const step = { timeout: 3600, allow_failure: false };
  const merged = { job_info: {}, git_info: {}, runner_info: {}, features: {}, ...given };
  return {
    id: job.id,
    token: job.token,
    allow_git_fetch: true,
    inputs: [],
    steps: [
      { ...step, name: 'script', script, when: 'on_success' },
      ...(afterScript
        ? [{ ...step, name: 'after_script', script: afterScript, when: 'always', allow_failure: true }]
        : []),
    ],
    hooks: [],
    image: null,
    services: [],
    artifacts: null,
    cache: [],
    credentials: [
      { type: 'registry', url: 'registry.example.invalid', username: 'gitlab-ci-token', password: job.token },
    ],
    secrets: null,
    run: null,
    policy_options: null,
    ...given,
    // Whoever downloads does so in the name of the job that runs.
    dependencies: itemsOf(given.dependencies).map((each) => ({ ...each, token: job.token })),
    job_info: { ...jobInfo(job.id, name), ...merged.job_info },
    git_info: {
      repo_url: repoUrl,
      repo_object_format: 'sha1',
      ref,
      sha,
      before_sha: '0'.repeat(40),
      ref_type: 'branch',
      refspecs: ['+refs/pipelines/77:refs/pipelines/77', `+refs/heads/${ref}:refs/remotes/origin/${ref}`],
      depth: 20,
      protected: true,
      ...merged.git_info,
    },
    runner_info: { timeout: 3600, runner_session_url: null, ...merged.runner_info },
    features: {
      trace_sections: true,
      token_mask_prefixes: ['glpat-', 'glrt-', 'glcbt-'],
      failure_reasons: failureReasons,
      ...merged.features,
    },
    variables: [
      ...predefined({ id: job.id, token: job.token, name, sha, ref, url: server.url, repoUrl }),
      ...(repository === undefined ? [variable('GIT_STRATEGY', 'none')] : []),
      // On by default; most tests compare whole lines.
      variable('FF_TIMESTAMPS', 'false'),
      ...(variables ?? []),
    ],
  };
}

const itemsOf = (list: unknown): object[] => (Array.isArray(list) ? list : []);

const jobInfo = (id: number, name: string) => ({
  id,
  name,
  stage: 'test',
  pipeline_id: 77,
  project_id: 5,
  project_name: 'project',
  project_full_path: 'group/project',
  namespace_id: 2,
  root_namespace_id: 2,
  organization_id: 1,
  instance_id: 'instance',
  instance_uuid: 'uuid',
  user_id: 3,
  scoped_user_id: null,
  time_in_queue_seconds: 1.5,
  project_jobs_running_on_instance_runners_count: '0',
  queue_size: 0,
  queue_depth: 0,
});

const failureReasons = [
  'unknown_failure',
  'script_failure',
  'api_failure',
  'stuck_or_timeout_failure',
  'runner_system_failure',
  'missing_dependency_failure',
  'runner_unsupported',
  'job_execution_timeout',
  'archived_failure',
  'unmet_prerequisites',
  'scheduler_failure',
  'data_integrity_failure',
  'job_canceled',
  'runner_interrupted',
];

const variable = (key: string, value: string, more: Readonly<Record<string, boolean>> = {}) => ({
  key,
  value,
  public: true,
  file: false,
  masked: false,
  raw: false,
  ...more,
});
const secret = { public: false, masked: true };

function predefined(job: {
  readonly id: number;
  readonly token: string;
  readonly name: string;
  readonly sha: string;
  readonly ref: string;
  readonly url: string;
  readonly repoUrl: string;
}) {
  const { hostname, port, protocol } = new URL(job.url);
  return [
    variable('CI', 'true'),
    variable('GITLAB_CI', 'true'),
    variable('CI_PIPELINE_ID', '77'),
    variable('CI_JOB_ID', String(job.id)),
    variable('CI_JOB_URL', `${job.url}/group/project/-/jobs/${job.id}`),
    variable('CI_JOB_TOKEN', job.token, secret),
    variable('CI_JOB_NAME', job.name),
    variable('CI_JOB_STAGE', 'test'),
    variable('CI_REGISTRY_USER', 'gitlab-ci-token'),
    variable('CI_REGISTRY_PASSWORD', job.token, secret),
    variable('CI_REPOSITORY_URL', job.repoUrl, { public: false }),
    variable('CI_SERVER_URL', job.url),
    variable('CI_SERVER_HOST', hostname),
    variable('CI_SERVER_PORT', port),
    variable('CI_SERVER_PROTOCOL', protocol.slice(0, -1)),
    variable('CI_SERVER_VERSION', '19.4.0'),
    variable('CI_API_V4_URL', `${job.url}/api/v4`),
    variable('CI_PROJECT_ID', '5'),
    variable('CI_PROJECT_NAME', 'project'),
    variable('CI_PROJECT_PATH', 'group/project'),
    variable('CI_PROJECT_PATH_SLUG', 'group-project'),
    variable('CI_PROJECT_NAMESPACE', 'group'),
    variable('CI_PROJECT_URL', `${job.url}/group/project`),
    variable('CI_COMMIT_SHA', job.sha),
    variable('CI_COMMIT_SHORT_SHA', job.sha.slice(0, 8)),
    variable('CI_COMMIT_REF_NAME', job.ref),
    variable('CI_COMMIT_REF_SLUG', job.ref.replace(/[^a-z0-9]/g, '-')),
    variable('CI_COMMIT_BRANCH', job.ref),
    variable('CI_DEFAULT_BRANCH', 'main'),
  ];
}

/** GitLab puts the job's token into the address of the repository. */
function withLogin(address: string, token: string): string {
  const url = new URL(address);
  if (url.username !== '' || !url.protocol.startsWith('http')) return address;
  url.username = 'gitlab-ci-token';
  url.password = token;
  return url.href;
}
