import * as v from 'valibot';

/**
 * config.toml: one schema that types, validates, documents and drives the forms. Keys are TOML's own names, so that a
 * value has one name everywhere. Defaults are applied by the readers in config/, not here: the raw file stays visible.
 */
const text = v.optional(v.string());
const flag = v.optional(v.boolean());
const whole = v.optional(v.pipe(v.number(), v.integer()));
const textList = v.optional(v.array(v.string()));

export const runnerSchema = v.looseObject({
  name: text,
  url: text,
  id: whole,
  token: text,
  token_obtained_at: v.optional(v.date()),
  token_expires_at: v.optional(v.date()),
  'tls-ca-file': text,
  'tls-cert-file': text,
  'tls-key-file': text,
  limit: whole,
  output_limit: whole,
  request_concurrency: whole,
  strict_check_interval: flag,
  executor: text,
  shell: text,
  builds_dir: text,
  cache_dir: text,
  clone_url: text,
  environment: textList,
  pre_get_sources_script: text,
  post_get_sources_script: text,
  pre_build_script: text,
  post_build_script: text,
  unhealthy_requests_limit: whole,
  unhealthy_interval: text,
  job_status_final_update_retry_limit: whole,
  debug_trace_disabled: flag,
  prepare_timeout: text,
  get_sources_timeout: text,
  safe_directory_checkout: flag,
  clean_git_config: flag,
  custom_build_dir: v.optional(v.looseObject({ enabled: flag })),
  feature_flags: v.optional(v.record(v.string(), v.boolean())),
  cache: v.optional(v.looseObject({})),
  docker: v.optional(v.looseObject({})),
  harrier: v.optional(
    v.looseObject({ pty: flag, keep_daemons: flag, inherit_env: flag, keep_failed: text, local: flag }),
  ),
});
export const configSchema = v.looseObject({
  concurrent: whole,
  check_interval: whole,
  log_level: text,
  log_format: text,
  shutdown_timeout: whole,
  runners: v.optional(v.array(runnerSchema)),
});

export type RunnerConfig = v.InferOutput<typeof runnerSchema>;
export type Config = v.InferOutput<typeof configSchema>;
