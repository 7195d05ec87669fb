import type { JobPayload, JobVariable } from '../../src-shared/payload.ts';
import { expandAll, lookupIn, variable } from './compile/variables.ts';
import type { JobAttempt } from './run.ts';

const defaultDepth = 20;
/** What GitLab knows today; the runner then sends its own reasons as they are. */
const failureReasons = [
  'unknown_failure',
  'script_failure',
  'runner_system_failure',
  'job_execution_timeout',
  'image_pull_failure',
  'runner_configuration_error',
  'runner_external_dependency_failure',
  'runner_interrupted',
  'job_canceled',
];

const isUser = ({ key }: JobVariable): boolean => key?.startsWith('GITLAB_USER_') === true;

/** The 201 body of one attempt, as GitLab would send it. */
export function payloadOf(attempt: JobAttempt, options: { readonly url: string; readonly nowIso: string }): JobPayload {
  const { run, pipeline, id, token } = attempt;
  const { job } = run;
  const repoUrl = new URL(`${options.url}/${pipeline.projectPath}.git`);
  repoUrl.username = 'gitlab-ci-token';
  repoUrl.password = token;
  const secret = (key: string, value: string): JobVariable => ({
    ...variable(key, value, true),
    public: false,
    masked: true,
  });
  // In GitLab's order, later ones win: YAML beats what is predefined, except who the user is.
  const assembled = expandAll([
    ...pipeline.predefined.filter((each) => !isUser(each)),
    variable('CI_JOB_ID', String(id), true),
    variable('CI_JOB_URL', `${options.url}/${pipeline.projectPath}/-/jobs/${id}`, true),
    variable('CI_JOB_STARTED_AT', options.nowIso, true),
    secret('CI_JOB_TOKEN', token),
    secret('CI_REPOSITORY_URL', repoUrl.href),
    variable('CI_RUNNER_ID', '1', true),
    variable('CI_RUNNER_DESCRIPTION', 'This computer', true),
    variable('CI_RUNNER_TAGS', '[]', true),
    ...(job.when === 'manual' ? [variable('CI_JOB_MANUAL', 'true', true)] : []),
    variable('HARRIER_PIPELINE', pipeline.key, true),
    ...job.identity,
    ...job.variables,
    ...pipeline.predefined.filter(isUser),
    ...pipeline.dotenvOf(job),
    ...pipeline.runVariables,
  ]);
  if (assembled.problem !== undefined) throw new Error(assembled.problem);
  const { variables } = assembled;
  const depth = Number(lookupIn(variables)('GIT_DEPTH') ?? defaultDepth);
  const ref = pipeline.repository.ref === 'HEAD' ? 'harrier' : pipeline.repository.ref;
  const pipelineSpec = `+refs/pipelines/${pipeline.id}:refs/pipelines/${pipeline.id}`;
  return {
    id,
    token,
    allow_git_fetch: true,
    job_info: {
      id,
      name: job.name,
      stage: job.stage,
      pipeline_id: pipeline.id,
      project_id: 1,
      project_name: pipeline.projectPath.split('/').at(-1) ?? '',
      project_full_path: pipeline.projectPath,
      namespace_id: 1,
      root_namespace_id: 1,
      organization_id: 1,
      user_id: 1,
      time_in_queue_seconds: 0,
      queue_size: 0,
      queue_depth: 0,
    },
    git_info: {
      repo_url: repoUrl.href,
      repo_object_format: pipeline.repository.objectFormat,
      ref,
      sha: pipeline.snapshot.sha,
      before_sha: '0'.repeat(40),
      ref_type: 'branch',
      refspecs: [
        pipelineSpec,
        ...(depth > 0
          ? [`+refs/heads/${ref}:refs/remotes/origin/${ref}`]
          : ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']),
      ],
      depth: Number.isInteger(depth) && depth >= 0 ? depth : defaultDepth,
      // A cache of the default branch is one of a protected branch, as on most servers.
      protected: ref === pipeline.repository.defaultBranch,
    },
    runner_info: { timeout: job.timeoutSeconds },
    inputs: [],
    variables,
    steps: [
      {
        name: 'script',
        script: [...job.script],
        timeout: job.timeoutSeconds,
        when: 'on_success',
        allow_failure: false,
      },
      ...(job.afterScript.length > 0
        ? [
            {
              name: 'after_script',
              script: [...job.afterScript],
              timeout: job.timeoutSeconds,
              when: 'always',
              allow_failure: true,
            },
          ]
        : []),
    ],
    image: job.image ?? null,
    services: [...job.services],
    artifacts: [...job.artifacts],
    cache: [...job.cache],
    credentials: [],
    dependencies: pipeline.sourcesOf(job).flatMap((source) => {
      const archive = source.artifacts.find(({ type }) => type === 'archive');
      if (archive === undefined) return [];
      const file = { filename: archive.filename, size: archive.size };
      return [{ id: source.id, token, name: source.run.job.name, artifacts_file: file }];
    }),
    features: { trace_sections: true, token_mask_prefixes: [], failure_reasons: failureReasons },
    hooks: job.hooks.map(({ name, script }) => ({ name, script: [...script] })),
  };
}
