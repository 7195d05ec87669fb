import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type DeviceMapping, parseDevices, parseGpus } from '../../../../src-shared/docker/devices.ts';
import { parseCpus, parseMemory, parseUlimits } from '../../../../src-shared/docker/sizes.ts';
import { messageOf } from '../../../../src-shared/errors.ts';
import { compileGlob } from '../../../archive/index.ts';
import { configurationError, type DockerSettings, readValue } from '../settings.ts';

export interface HostOptions {
  readonly settings: DockerSettings;
  /** As the job wrote it: the lists of privileged images look at it. */
  readonly image: string;
  readonly networkMode: string;
  readonly binds: readonly string[];
  readonly extraHosts?: readonly string[];
  readonly init?: boolean;
  /** Runner-level `use_slot_cgroups`, already resolved. */
  readonly cgroupParent?: string;
}

/** HostConfig of the build and the helper container (spec/executors.md 2.10). */
export function buildHostConfig(options: HostOptions, role: 'build' | 'helper'): Record<string, unknown> {
  const { settings: s } = options;
  return compact({
    ...common(options),
    Memory: readValue('memory', s.memory, parseMemory),
    MemorySwap: readValue('memory_swap', s.memory_swap, parseMemory),
    MemoryReservation: readValue('memory_reservation', s.memory_reservation, parseMemory),
    NanoCpus: readValue('cpus', s.cpus, parseCpus),
    CpuShares: s.cpu_shares,
    CpusetCpus: s.cpuset_cpus,
    CpusetMems: s.cpuset_mems,
    CgroupParent: options.cgroupParent ?? s.cgroup_parent,
    OomKillDisable: s.oom_kill_disable || undefined,
    OomScoreAdj: s.oom_score_adjust,
    Ulimits: readValue('ulimit', s.ulimit, parseUlimits),
    Devices: readValue('devices', s.devices, parseDevices),
    DeviceCgroupRules: s.device_cgroup_rules,
    DeviceRequests: readValue('gpus', s.gpus, parseGpus),
    Privileged: (s.privileged && mayBePrivileged(s.allowed_privileged_images, options.image)) || undefined,
    CapAdd: s.cap_add,
    CapDrop: s.cap_drop,
    GroupAdd: s.group_add,
    Links: s.links,
    VolumesFrom: s.volumes_from,
    VolumeDriver: s.volume_driver,
    Sysctls: s.sysctls,
    IpcMode: s.ipcmode,
    PidMode: role === 'build' ? s.pid_mode : undefined,
    SecurityOpt: securityOptions(s.security_opt),
    Tmpfs: s.tmpfs,
    LogConfig: logConfig(s.log_options),
  });
}

export function serviceHostConfig(options: HostOptions): Record<string, unknown> {
  const { settings: s } = options;
  const privileged = s.services_privileged ?? s.privileged;
  return compact({
    ...common(options),
    Memory: readValue('service_memory', s.service_memory, parseMemory),
    MemorySwap: readValue('service_memory_swap', s.service_memory_swap, parseMemory),
    MemoryReservation: readValue('service_memory_reservation', s.service_memory_reservation, parseMemory),
    NanoCpus: readValue('service_cpus', s.service_cpus, parseCpus),
    CpuShares: s.service_cpu_shares,
    CpusetCpus: s.service_cpuset_cpus,
    CgroupParent: options.cgroupParent ?? s.service_cgroup_parent,
    Devices: devicesOf(s.services_devices, options.image),
    DeviceRequests: readValue('service_gpus', s.service_gpus, parseGpus),
    Privileged: (privileged && mayBePrivileged(s.allowed_privileged_services, options.image)) || undefined,
    SecurityOpt: securityOptions(s.services_security_opt),
    Tmpfs: s.services_tmpfs,
    // A service's log is shown when it does not start, so the engine must keep it.
    LogConfig: { Type: 'json-file', Config: checkLogOptions(s.log_options) },
  });
}

const common = ({ settings: s, networkMode, binds, extraHosts, init }: HostOptions): Record<string, unknown> => {
  for (const address of s.dns)
    if (isIP(address) === 0) throw configurationError(`invalid DNS server address "${address}"`);
  if (s.isolation !== undefined && !['', 'default', 'process', 'hyperv'].includes(s.isolation))
    throw configurationError(`invalid isolation "${s.isolation}"; use default, process or hyperv`);
  return {
    RestartPolicy: { Name: 'no' },
    NetworkMode: networkMode || undefined,
    Binds: binds,
    Dns: s.dns,
    DnsSearch: s.dns_search,
    Runtime: s.runtime,
    UsernsMode: s.userns_mode,
    ShmSize: s.shm_size,
    Isolation: s.isolation,
    ExtraHosts: [...s.extra_hosts, ...(extraHosts ?? [])],
    Init: init || undefined,
  };
};

/** `services_devices`: image pattern -> devices. */
export const devicesOf = (table: Readonly<Record<string, readonly string[]>>, image: string): DeviceMapping[] =>
  Object.entries(table).flatMap(([pattern, devices]) =>
    compileGlob(pattern)?.matches(image) ? readValue('services_devices', devices, parseDevices) : [],
  );

/** An empty list allows all; no match is no error, the container runs without privileges. */
const mayBePrivileged = (patterns: readonly string[], image: string): boolean =>
  patterns.length === 0 || patterns.some((pattern) => compileGlob(pattern)?.matches(image));

/** `seccomp=<path>` is read here, on the runner, and goes to the engine as its content. */
const securityOptions = (options: readonly string[]): string[] =>
  options.map((option) => {
    const found = /^seccomp[=:](.*)$/s.exec(option);
    const value = found?.[1] ?? '';
    if (found === null || value.startsWith('{') || value === 'unconfined' || value === 'builtin') return option;
    try {
      return `seccomp=${JSON.stringify(JSON.parse(readFileSync(value, 'utf8')))}`;
    } catch (error) {
      throw configurationError(`security_opt: opening seccomp profile (${value}) failed: ${messageOf(error)}`);
    }
  });

/** What a job prints is kept by us; unless the person asks for a log on the engine too, it keeps none (a third faster). */
const logConfig = (options: Readonly<Record<string, string>>) =>
  Object.keys(options).length === 0 ? { Type: 'none' } : { Type: 'json-file', Config: checkLogOptions(options) };

const checkLogOptions = (options: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const found = Object.keys(options).filter((key) => key !== 'env' && key !== 'labels');
  if (found.length === 0) return options;
  const names = found.map((key) => `"${key}"`).join(' ');
  throw configurationError(`invalid log options: only ["env" "labels"] are allowed, but found: [${names}]`);
};

/** The engine's defaults count where nothing is set. */
const compact = (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(config).filter(
      ([, value]) =>
        value !== undefined &&
        value !== '' &&
        !(Array.isArray(value) && value.length === 0) &&
        !(typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0),
    ),
  );
