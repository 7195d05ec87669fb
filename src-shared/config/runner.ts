import * as v from 'valibot';
import { cache } from './cache.ts';
import { docker } from './docker.ts';
import { harrierRunner } from './harrier.ts';
import { choice, datetime, duration, flag, flags, integer, map, openTable, table, text, texts } from './kinds.ts';
import { autoscaler, custom, instance, kubernetes, machine, parallels, ssh, virtualbox } from './machines.ts';
import { monitoring, referees } from './observe.ts';

/** Every executor that GitLab Runner 19.4 knows, and docker-ssh, which it knew until 16.0; which of them work here is said by app/executors.ts. */
export const executorNames = [
  'shell',
  'docker',
  'docker-windows',
  'docker-ssh',
  'docker+machine',
  'docker-autoscaler',
  'instance',
  'kubernetes',
  'ssh',
  'parallels',
  'virtualbox',
  'custom',
] as const;
export const shellNames = ['bash', 'sh', 'pwsh', 'powershell', 'cmd'] as const;

/** One `[[runners]]` (spec/config-toml.md 2), in the order in which the official runner writes the keys. */
export const runnerSchema = v.looseObject({
  name: text('Name on this machine; a label of the metrics.'),
  limit: integer('Jobs of this runner at once; 0: no limit of its own.', { default: 0 }),
  output_limit: integer('Longest log of a job.', { default: 4096, unit: 'KiB' }),
  request_concurrency: integer('Requests for jobs that may be open at once.', { default: 1 }),
  strict_check_interval: flag('After a job was taken, wait for the next turn before asking again.', { default: false }),
  unhealthy_requests_limit: integer('Refused requests in a row after which the runner rests.', { default: 3 }),
  unhealthy_interval: duration('How long it rests.', { default: '1h' }),
  job_status_final_update_retry_limit: integer(
    'Tries to tell GitLab how a job ended, of a minute at most each; absent: until GitLab itself gives the job up.',
  ),
  url: text('Address of GitLab; $VAR is taken from the environment.'),
  id: integer('Number of the runner at GitLab.', { default: 0 }),
  token: text('Authentication token (glrt-…); $VAR is taken from the environment.', { secret: true }),
  token_obtained_at: datetime('When the token was issued.'),
  token_expires_at: datetime('When the token ends; year 1: never.'),
  'tls-ca-file': text('Certificates (PEM) of a private authority.'),
  'tls-cert-file': text('Client certificate (PEM).'),
  'tls-key-file': text('Key of the client certificate (PEM).'),
  executor: choice('Where jobs run.', executorNames),
  builds_dir: text('Folder for checkouts; default: builds in the working directory, /builds in containers.'),
  cache_dir: text('Folder for local caches; default: cache in the working directory, /cache in containers.'),
  clone_url: text('Host part of the address for git only.'),
  environment: texts('Variables of every job, KEY=value.', { secret: true }),
  proxy_exec: flag('Scripts through a helper program.', { default: false, ignored: 'there is no helper program here' }),
  pre_get_sources_script: text('Commands before git.'),
  post_get_sources_script: text('Commands after git.'),
  pre_build_script: text('Commands before the script.'),
  post_build_script: text('Commands after the script, before after_script.'),
  prepare_timeout: duration('Longest time to prepare; absent or 0: the job’s timeout.'),
  get_sources_timeout: duration('Longest time for git; absent or 0: the job’s timeout.'),
  debug_trace_disabled: flag('CI_DEBUG_TRACE is refused.', { default: false }),
  safe_directory_checkout: flag('git takes the work tree as safe, whoever owns it; default: as the executor needs.'),
  clean_git_config: flag('Remove .git/config and hooks before and after; default: not for shell.'),
  shell: choice('Shell of the scripts; default: bash, on Windows one that is there.', shellNames),
  use_slot_cgroups: flag('One cgroup per slot (Linux).', { default: false, ignored: 'slots have no cgroups here' }),
  slot_cgroup_template: text('Path of the cgroup, with ${slot}.', { default: 'gitlab-runner/slot-${slot}' }),
  step_runner_image: text('Image of the step runner.', { ignored: '`run:` steps are not supported' }),
  experimental: openTable('Trials of the official runner.', { ignored: 'trials of the official runner' }),
  labels: map('Labels sent to GitLab; they go before the global ones.'),
  custom_build_dir: table('May jobs choose their folder?', {
    enabled: flag('GIT_CLONE_PATH is allowed; default: in containers.'),
  }),
  referees,
  cache,
  artifact: table('Uploads of artifacts.', {
    upload_timeout: duration('Longest time of an upload.', { default: '1h' }),
    response_header_timeout: duration('Longest wait for the server’s answer.', { default: '10m' }),
  }),
  feature_flags: flags('Feature flags of this runner, FF_NAME = true.'),
  monitoring,
  instance,
  ssh,
  docker,
  parallels,
  virtualbox,
  machine,
  kubernetes,
  custom,
  autoscaler,
  harrier: harrierRunner,
});
export type RunnerConfig = v.InferOutput<typeof runnerSchema>;
