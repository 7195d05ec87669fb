import { expect, it } from 'vitest';
import { checkConfig } from './check.ts';

const check = (lines: string, executor = 'docker') =>
  checkConfig(`[[runners]]
  url = "https://gitlab.example"
  token = "glrt-x"
  executor = "${executor}"
  [runners.docker]
${lines}
[[runners]]
  url = "https://gitlab.example"
  token = "glrt-y"
  executor = "shell"
`);

it.each([
  { lines: 'memory = "12x"', says: 'docker.memory must be a size such as "512m" or "2g", found the text "12x"' },
  { lines: 'memory = "1.2.3m"', says: 'docker.memory: "1.2.3m" is not a size; use for example "512m" or "2g"' },
  { lines: 'service_memory = "1m"', says: 'docker.service_memory must be at least "4m", found "1m"' },
  { lines: 'memory_swap = "1g"', says: 'docker.memory_swap needs memory, which is not set' },
  {
    lines: 'memory = "2g"\nmemory_swap = "1g"',
    line: 7,
    says: 'docker.memory_swap must be at least memory: it counts both',
  },
  {
    lines: 'memory = "1g"\nmemory_reservation = "2g"',
    line: 7,
    says: 'docker.memory_reservation must not be above memory',
  },
  { lines: 'cpus = "many"', says: 'docker.cpus: failed to parse "many" as a rational number' },
  { lines: 'cpuset_cpus = "0-"', says: 'docker.cpuset_cpus must be numbers such as "0,1" or "0-3", found "0-"' },
  { lines: 'cpu_shares = -1', says: 'docker.cpu_shares must be a whole number of at least 0, found the number -1' },
  {
    lines: 'oom_score_adjust = 1001',
    says: 'docker.oom_score_adjust must be a whole number from -1000 to 1000, found the number 1001',
  },
  { lines: 'shm_size = -1', says: 'docker.shm_size must be a whole number of at least 0, found the number -1' },
  { lines: 'dns = [\n"8.8.8.8",\n"resolver"]', line: 8, says: 'docker.dns[1] must be an IP address, found "resolver"' },
  {
    lines: 'mac_address = "02:42"',
    says: 'docker.mac_address must be a MAC address such as "02:42:ac:11:00:02", found "02:42"',
  },
  { lines: 'devices = ["a:b:c:d"]', says: 'docker.devices[0]: invalid device "a:b:c:d": too many colons' },
  {
    lines: '[runners.docker.services_devices]\n"db:*" = ["/dev/a::q"]',
    line: 7,
    says: 'docker.services_devices.db:*[0]: invalid device "/dev/a::q"; use /dev/x, /dev/x:/dev/y or /dev/x:/dev/y:rwm',
  },
  { lines: 'gpus = "colour=red"', says: 'docker.gpus: invalid gpus "colour=red": unexpected key "colour"' },
  {
    lines: '[runners.docker.ulimit]\nnofile = "many"',
    line: 7,
    says: 'docker.ulimit.nofile: invalid soft limit value: nofile = "many"',
  },
  {
    lines: '[runners.docker.ulimit]\nnofile = "20:10"',
    line: 7,
    says: 'docker.ulimit.nofile: the soft limit must not be above the hard one, found "20:10"',
  },
  {
    lines: 'volumes = ["/cache", "/a:/b:rq"]',
    says: 'docker.volumes[1]: invalid volume specification: "/a:/b:rq"; use source:/target[:ro] or /target',
  },
  { lines: 'volumes = ["/a:/"]', says: 'docker.volumes[0]: the root directory cannot be a volume destination' },
  { lines: 'volumes = ["/cache", "/x:/cache/"]', says: 'docker.volumes: "/cache" is mounted twice' },
  {
    lines: 'volumes_from = ["db:rx"]',
    says: 'docker.volumes_from[0] must be a container, name[:ro|rw], found "db:rx"',
  },
  { lines: 'extra_hosts = ["db"]', says: 'docker.extra_hosts[0] must be a line such as "name:10.0.0.1", found "db"' },
  { lines: 'links = ["a:b:c"]', says: 'docker.links[0] must be a link such as "name:alias", found "a:b:c"' },
  {
    lines: 'cap_add = ["NET_ADMN"]',
    says: 'docker.cap_add[0] must be a capability of Linux such as "NET_ADMIN", or "ALL", found "NET_ADMN"',
  },
  {
    lines: 'security_opt = ["what"]',
    says: 'docker.security_opt[0] must be "no-new-privileges" or an option such as "apparmor=unconfined", found "what"',
  },
  {
    lines: 'device_cgroup_rules = ["x"]',
    says: 'docker.device_cgroup_rules[0] must be a rule such as "c 189:* rmw", found "x"',
  },
  {
    lines: 'ipcmode = "x"',
    says: 'docker.ipcmode must be "none", "private", "shareable", "host" or "container:<name>", found "x"',
  },
  { lines: 'pid_mode = "x"', says: 'docker.pid_mode must be "host" or "container:<name>", found "x"' },
  {
    lines: 'network_mode = "container:"',
    says: 'docker.network_mode must be a network, or "container:<name>", found "container:"',
  },
  { lines: 'image = "No Such"', says: 'docker.image must be the name of an image, found "No Such"' },
  {
    lines: 'host = "localhost"',
    says: 'docker.host must be an address such as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host, found "localhost"',
  },
  { lines: 'cache_dir = "cache"', says: 'docker.cache_dir must be an absolute path, found "cache"' },
  {
    lines: '[runners.docker.tmpfs]\nrun = "rw"',
    line: 7,
    says: 'docker.tmpfs.run must be an absolute path, found "run"',
  },
  {
    lines: '[runners.docker.log_options]\nmax-size = "1m"',
    line: 7,
    says: 'docker.log_options.max-size: only "env" and "labels" are allowed',
  },
  {
    lines: 'user = "root"\nallowed_users = ["1000"]',
    says: 'docker.user "root" is not one of allowed_users',
  },
  {
    lines: '[[runners.docker.services]]\nalias = "db"',
    line: 6,
    says: 'a service of docker needs a name: its image',
  },
])('$lines', ({ lines, says, line = 6 }) => {
  const { config, runners, fatal } = check(lines);
  expect(fatal).toEqual([]);
  expect(config?.runners).toHaveLength(2);
  expect(runners.map(({ index, message, position }) => ({ index, message, line: position?.line }))).toEqual([
    { index: 0, message: says, line },
  ]);
});

it('right values are right, however rich', () => {
  const rich = `
    host = "npipe:////./pipe/docker_engine"
    image = "registry:5000/group/image:tag"
    helper_image = "$MY_HELPER"
    hostname = "my_box"
    memory = "1.5g"
    memory_swap = "-1"
    memory_reservation = "512m"
    cpus = "3/2"
    cpuset_cpus = "0,2-3"
    dns = ["8.8.8.8", "2001:db8::1"]
    mac_address = "02:42:ac:11:00:02"
    devices = ["/dev/kvm", "/dev/a:/dev/b:r"]
    device_cgroup_rules = ["c 189:* rmw"]
    gpus = "all"
    volumes = ["/cache", "deps:/deps:ro,z", "C:\\\\a:D:\\\\b:ro", "$HOME/x:/y", "relative"]
    volumes_from = ["db:ro"]
    extra_hosts = ["host.docker.internal:host-gateway", "six:::1", "four:10.0.0.1"]
    links = ["db", "db:other"]
    cap_add = ["ALL"]
    cap_drop = ["CAP_net_raw"]
    security_opt = ["no-new-privileges", "seccomp=/etc/x.json", "label:disable"]
    ipcmode = "container:x"
    pid_mode = "host"
    userns_mode = "keep-id:uid=1"
    network_mode = "my-net"
    user = "1000:1000"
    cache_dir = "/srv/cache"
    [runners.docker.tmpfs]
      "/run" = ""
    [runners.docker.ulimit]
      nofile = "1024:-1"
      core = "0"
    [runners.docker.log_options]
      env = "A,B"
    [[runners.docker.services]]
      name = "postgres:14"
  `;
  expect(check(rich).runners).toEqual([]);
});

it('a section of another executor is not judged', () => {
  expect(check('cpus = "many"', 'kubernetes').runners).toEqual([]);
});
it('docker without its section says so', () => {
  const { runners } = checkConfig('[[runners]]\nexecutor = "docker"\nurl = "https://x.example"\ntoken = "x"\n');
  expect(runners.map(({ message, position }) => [message, position?.line])).toEqual([
    ['the docker executor needs the section [runners.docker]', 2],
  ]);
});
