import * as v from 'valibot';
import { parseDevices, parseGpus } from './devices.ts';
import { isImageId, parseReference } from './reference.ts';
import { parseCpus, parseMemory, parseUlimits } from './sizes.ts';
import { ValueProblem } from './value-problem.ts';
import { parseVolume } from './volume.ts';

/** Throws a ValueProblem for a text that no engine could take. `name` is the key of a table's entry. */
export type Rule = (value: string, name: string) => void;

const must =
  (expected: string, isRight: (value: string) => boolean): Rule =>
  (value) => {
    if (!isRight(value)) throw new ValueProblem(`must be ${expected}, found ${JSON.stringify(value)}`);
  };
const matches = (expected: string, pattern: RegExp): Rule => must(expected, (value) => pattern.test(value));

/** The least memory that Docker gives a container. */
const leastMemory = 4 * 2 ** 20;
const memory: Rule = (value) => {
  const bytes = parseMemory(value) ?? 0;
  if (bytes > 0 && bytes < leastMemory) throw new ValueProblem(`must be at least "4m", found "${value}"`);
};
const cpus: Rule = (value) => void parseCpus(value);
const cpuSet = matches('numbers such as "0,1" or "0-3"', /^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/);
const gpus: Rule = (value) => void parseGpus(value);
const isAddress = (text: string): boolean => v.is(v.pipe(v.string(), v.ip()), text);
/** Variables of the job count only when there is a job. */
const unlessVariable =
  (rule: Rule): Rule =>
  (value, name) => {
    if (!value.includes('$')) rule(value, name);
  };
const image = unlessVariable(
  must('the name of an image', (value) => isImageId(value) || parseReference(value) !== undefined),
);
const securityOption = matches(
  '"no-new-privileges" or an option such as "apparmor=unconfined"',
  /^(?:no-new-privileges|[a-z-]+[=:].+)$/s,
);
const absolute = matches('an absolute path', /^(?:\/|[a-zA-Z]:[\\/]|\\\\)/);
const capabilities = new Set(
  `ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH
   FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE
   NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE
   SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM`.split(/\s+/),
);
const capability = must('a capability of Linux such as "NET_ADMIN", or "ALL"', (value) =>
  capabilities.has(value.toUpperCase().replace(/^CAP_/, '')),
);
const limits = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '),
);
const ulimit: Rule = (value, name) => {
  if (!limits.has(name)) throw new ValueProblem(`is no limit that containers know: ${[...limits].join(', ')}`);
  for (const { Soft, Hard } of parseUlimits({ [name]: value }))
    if (Hard !== -1 && (Soft === -1 || Soft > Hard))
      throw new ValueProblem(`the soft limit must not be above the hard one, found "${value}"`);
};
const volume: Rule = (value) => {
  const systems = value.includes('\\') || /^[a-zA-Z]:/.test(value) ? ['windows', 'linux'] : ['linux'];
  const [spec] = systems.flatMap((system) => {
    try {
      return [parseVolume(value, system)];
    } catch {
      return [];
    }
  });
  if (spec === undefined)
    throw new ValueProblem(`invalid volume specification: "${value}"; use source:/target[:ro] or /target`);
  if (/^\/+$/.test(spec.destination)) throw new ValueProblem('the root directory cannot be a volume destination');
};
const container = String.raw`container:[\w][\w.-]*`;

/** What a text of `[runners.docker]` must be; each element of a list, each value of a table (spec/config-toml.md 2.5). */
export const dockerRules: Readonly<Record<string, Rule>> = {
  host: matches(
    'an address such as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host',
    /^(?:(?:unix|npipe|tcp|https?|ssh):\/\/.|\/.)/,
  ),
  hostname: matches('a host name', /^[\w](?:[\w.-]{0,62})$/),
  image,
  helper_image: image,
  memory,
  memory_swap: memory,
  memory_reservation: memory,
  service_memory: memory,
  service_memory_swap: memory,
  service_memory_reservation: memory,
  cpus,
  service_cpus: cpus,
  cpuset_cpus: cpuSet,
  cpuset_mems: cpuSet,
  service_cpuset_cpus: cpuSet,
  dns: must('an IP address', isAddress),
  mac_address: matches('a MAC address such as "02:42:ac:11:00:02"', /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i),
  userns_mode: matches(
    '"host" (Podman: also "keep-id", "auto")',
    /^(?:host|private|auto|keep-id|nomap|ns|container)\b/,
  ),
  pid_mode: matches('"host" or "container:<name>"', new RegExp(`^(?:host|private|${container})$`)),
  ipcmode: matches(
    '"none", "private", "shareable", "host" or "container:<name>"',
    new RegExp(`^(?:none|private|shareable|host|${container})$`),
  ),
  network_mode: must('a network, or "container:<name>"', (value) => !/^container:$/.test(value) && !/\s/.test(value)),
  cap_add: capability,
  cap_drop: capability,
  security_opt: securityOption,
  services_security_opt: securityOption,
  devices: (value) => void parseDevices([value]),
  services_devices: (value) => void parseDevices([value]),
  device_cgroup_rules: matches('a rule such as "c 189:* rmw"', /^[acb] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/),
  gpus,
  service_gpus: gpus,
  volumes: volume,
  volumes_from: matches('a container, name[:ro|rw]', /^[^:\s]+(?::(?:ro|rw|z|Z)(?:,(?:ro|rw|z|Z))*)?$/),
  cache_dir: absolute,
  extra_hosts: must('a line such as "name:10.0.0.1"', (value) => {
    const [, name = '', address = ''] = /^([^:\s]+):(.+)$/.exec(value) ?? [];
    return name !== '' && (address === 'host-gateway' || isAddress(address.replace(/^\[(.*)\]$/, '$1')));
  }),
  links: matches('a link such as "name:alias"', /^[^:\s]+(?::[^:\s]+)?$/),
  tmpfs: (_, name) => absolute(name, name),
  services_tmpfs: (_, name) => absolute(name, name),
  ulimit,
  log_options: (_, name) => {
    if (!['env', 'labels'].includes(name)) throw new ValueProblem('only "env" and "labels" are allowed');
  },
};
