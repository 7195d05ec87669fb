import * as v from 'valibot';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { ValueProblem } from '../../../src-shared/docker/value-problem.ts';
import { JobFailure } from '../types.ts';

const text = v.optional(v.string());
const flag = v.optional(v.boolean(), false);
const whole = v.optional(v.pipe(v.number(), v.integer()));
const list = v.optional(v.array(v.string()), []);
const map = v.optional(v.record(v.string(), v.string()), {});
const textOrList = v.optional(
  v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.transform((value) => (typeof value === 'string' ? (value === '' ? [] : [value]) : value)),
  ),
  [],
);

const serviceSchema = v.looseObject({
  name: v.string(),
  alias: text,
  command: list,
  entrypoint: v.optional(v.array(v.string())),
  environment: list,
});
/** Every key of `[runners.docker]` (spec/config-toml.md 2.5). Keys that are not here have no effect, as officially. */
const dockerSchema = v.looseObject({
  host: text,
  tls_cert_path: text,
  tls_verify: flag,
  hostname: text,
  image: text,
  runtime: text,
  memory: text,
  memory_swap: text,
  memory_reservation: text,
  cgroup_parent: text,
  cpuset_cpus: text,
  cpuset_mems: text,
  cpus: text,
  cpu_shares: whole,
  dns: list,
  dns_search: list,
  privileged: flag,
  services_privileged: v.optional(v.boolean()),
  disable_entrypoint_overwrite: flag,
  user: text,
  allowed_users: list,
  group_add: list,
  userns_mode: text,
  cap_add: list,
  cap_drop: list,
  oom_kill_disable: flag,
  oom_score_adjust: whole,
  security_opt: list,
  services_security_opt: list,
  devices: list,
  device_cgroup_rules: list,
  gpus: text,
  service_gpus: text,
  services_devices: v.optional(v.record(v.string(), v.array(v.string())), {}),
  disable_cache: flag,
  volumes: list,
  volume_keep: flag,
  volume_driver: text,
  volume_driver_ops: map,
  cache_dir: text,
  extra_hosts: list,
  volumes_from: list,
  network_mode: text,
  pid_mode: text,
  ipcmode: text,
  mac_address: text,
  links: list,
  services: v.optional(v.array(serviceSchema), []),
  services_limit: whole,
  service_memory: text,
  service_memory_swap: text,
  service_memory_reservation: text,
  service_cgroup_parent: text,
  service_slot_cgroup_template: text,
  service_cpuset_cpus: text,
  service_cpus: text,
  service_cpu_shares: whole,
  wait_for_services_timeout: whole,
  allowed_images: list,
  allowed_services: list,
  allowed_privileged_images: list,
  allowed_privileged_services: list,
  pull_policy: textOrList,
  allowed_pull_policies: textOrList,
  isolation: text,
  shm_size: whole,
  sysctls: map,
  tmpfs: map,
  services_tmpfs: map,
  helper_image: text,
  helper_image_flavor: text,
  container_labels: map,
  enable_ipv6: flag,
  ulimit: map,
  network_mtu: whole,
  log_options: map,
});
export type DockerSettings = v.InferOutput<typeof dockerSchema>;
export type ConfiguredService = DockerSettings['services'][number];

/** A setting that cannot be; the job fails with GitLab's reason for it and is not tried again. */
export const configurationError = (message: string, options?: ErrorOptions): JobFailure =>
  new JobFailure('runner_configuration_error', message, options);

/** A parsed value of the section. Throws a configuration error that names the key. */
export function readValue<V, T>(key: string, value: V, parse: (value: V) => T): T {
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof ValueProblem) throw configurationError(`${key}: ${error.message}`);
    throw error;
  }
}

/** The section of this runner. Throws a configuration error that names each key with a value of the wrong kind. */
export function readSettings(runner: RunnerConfig): DockerSettings {
  const section: unknown = runner['docker'];
  if (section === undefined || section === null) throw configurationError('missing docker configuration');
  const parsed = v.safeParse(dockerSchema, section);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'docker'}: expected ${issue.expected ?? 'another value'}`,
  );
  throw configurationError(`wrong values in [runners.docker]: ${problems.join('; ')}`);
}
