import { canonicalTable } from './canonical.ts';
import { isTable, type KeyPath, type TomlDocument, type TomlTable } from './document.ts';
import { type ConfigProblem, problemAt } from './problem.ts';

/**
 * What a valid file may still get wrong, for the editor (spec/config-toml.md 5; the numbers are its). Nothing of it
 * stops a runner, and nothing of it is said in a log.
 */
export function adviceFor(document: TomlDocument, nowMs: number): ConfigProblem[] {
  const values = canonicalTable(document.values, []);
  const runners = (Array.isArray(values['runners']) ? values['runners'] : []).filter(isTable);
  const say = (path: KeyPath, message: string | undefined | false): ConfigProblem[] =>
    typeof message === 'string' ? [problemAt(document, path, message)] : [];
  return [
    ...aboutGlobals(values, runners).flatMap(([key, message]) => say([key], message)),
    ...runners.flatMap((runner, index) => {
      const others = runners.slice(0, index);
      return [
        ...aboutRunner(runner, others, values, nowMs),
        ...aboutExecutor(runner),
        ...aboutDocker(runner),
        ...aboutCache(runner),
      ].flatMap(([key, message]) => say(['runners', index, ...key.split('.')], message));
    }),
  ];
}

type Advice = readonly (readonly [key: string, message: string | undefined | false])[];

const numberOf = (table: TomlTable, key: string, otherwise: number): number => {
  const value = table[key];
  return typeof value === 'number' ? value : otherwise;
};
const textOf = (table: TomlTable, key: string): string => {
  const value = table[key];
  return typeof value === 'string' ? value : '';
};
const textsOf = (table: TomlTable, key: string): string[] => {
  const value = table[key];
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
};
const tableOf = (table: TomlTable, key: string): TomlTable => {
  const value = table[key];
  return isTable(value) ? value : {};
};

/** 53, 74 */
function aboutGlobals(values: TomlTable, runners: readonly TomlTable[]): Advice {
  const interval = numberOf(values, 'check_interval', 0);
  return [
    [
      'check_interval',
      interval > 300 &&
        `check_interval = ${interval}: a job may wait ${Math.round(interval / 60)} minutes before it is seen`,
    ],
    [
      'concurrent',
      runners.length > 0 &&
        values['concurrent'] === undefined &&
        runners.some((runner) => numberOf(runner, 'limit', 0) > 1) &&
        'without concurrent one job runs at a time, over all runners',
    ],
  ];
}

/** 10, 15, 20, 21, 22, 47, 73, 84, 86 */
function aboutRunner(runner: TomlTable, others: readonly TomlTable[], globals: TomlTable, nowMs: number): Advice {
  const concurrent = numberOf(globals, 'concurrent', 1);
  const limit = numberOf(runner, 'limit', 0);
  const [url, token, name] = [textOf(runner, 'url'), textOf(runner, 'token'), textOf(runner, 'name')];
  const host = /^http:\/\/([^/:]+)/i.exec(url)?.[1];
  const expires = runner['token_expires_at'];
  const secret = textsOf(runner, 'environment').find((each) => /^\w*(?:TOKEN|PASSWORD|SECRET|KEY)\w*=/i.test(each));
  return [
    [
      'limit',
      limit > concurrent &&
        `limit = ${limit} is never reached: concurrent allows ${concurrent} ${concurrent === 1 ? 'job' : 'jobs'} over all runners`,
    ],
    [
      'url',
      host !== undefined &&
        !/^(?:localhost|127\.|\[?::1)/.test(host) &&
        'url is http: token and code travel unencrypted',
    ],
    [
      'token',
      token !== '' &&
        others.some((other) => textOf(other, 'token') === token && textOf(other, 'url') === url) &&
        'another entry has the same token; for GitLab the two are one runner',
    ],
    [
      'name',
      name !== '' &&
        others.some((other) => textOf(other, 'name') === name) &&
        `another entry has the name ${JSON.stringify(name)}; commands that choose by name take the first`,
    ],
    [
      'token_expires_at',
      expires instanceof Date &&
        expires.getTime() > 0 &&
        expires.getTime() < nowMs &&
        `the token ended on ${expires.toISOString().slice(0, 10)}; paste a new one`,
    ],
    ...['builds_dir', 'cache_dir'].map(
      (key) =>
        [
          key,
          /^[^/~\\$]/.test(textOf(runner, key)) &&
            !/^[A-Za-z]:/.test(textOf(runner, key)) &&
            textOf(runner, 'executor') !== 'shell' &&
            `${key} is relative; write an absolute path`,
        ] as const,
    ),
    [
      'clone_url',
      textOf(runner, 'clone_url') !== '' && 'clone_url is for git alone; LFS and artifacts still go to url',
    ],
    [
      'environment',
      secret !== undefined &&
        `environment has ${secret.split('=')[0]}: every job sees it, and it stands in this file in plain text`,
    ],
  ];
}

/** The section that an executor reads. */
const sections: Readonly<Record<string, readonly string[]>> = {
  docker: ['docker'],
  'docker-windows': ['docker'],
  ssh: ['ssh'],
  parallels: ['parallels', 'ssh'],
  virtualbox: ['virtualbox', 'ssh'],
  custom: ['custom'],
  kubernetes: ['kubernetes'],
  'docker+machine': ['docker', 'machine'],
  'docker-autoscaler': ['docker', 'autoscaler'],
  instance: ['instance', 'autoscaler'],
};
const allSections = [...new Set(Object.values(sections).flat())];

/** 25, 26, 43, 45, 72 */
function aboutExecutor(runner: TomlTable): Advice {
  const executor = textOf(runner, 'executor');
  const own = sections[executor] ?? [];
  const isEmpty = (section: string): boolean => Object.keys(tableOf(runner, section)).length === 0;
  return [
    [
      'executor',
      own[0] !== undefined &&
        runner[own[0]] === undefined &&
        `the ${executor} executor needs the section [runners.${own[0]}]`,
    ],
    ...allSections
      .filter((section) => executor !== '' && !own.includes(section) && !isEmpty(section))
      .map((section) => [section, `[runners.${section}] has no effect while executor = "${executor}"`] as const),
    [
      'ssh.disable_strict_host_key_checking',
      tableOf(runner, 'ssh')['disable_strict_host_key_checking'] === true &&
        'any machine on the network could pose as this host',
    ],
    [
      'custom',
      executor === 'custom' &&
        !isEmpty('custom') &&
        textOf(tableOf(runner, 'custom'), 'run_exec') === '' &&
        'the custom executor needs run_exec',
    ],
    [
      'tls-key-file',
      textOf(runner, 'tls-key-file') !== '' &&
        textOf(runner, 'tls-cert-file') === '' &&
        'a key without tls-cert-file is not used',
    ],
  ];
}

/** 27, 32, 36, 37, 38 */
function aboutDocker(runner: TomlTable): Advice {
  if (!textOf(runner, 'executor').startsWith('docker') || !isTable(runner['docker'])) return [];
  const docker = tableOf(runner, 'docker');
  const policies = textsOf(docker, 'pull_policy');
  const allowed = textsOf(docker, 'allowed_pull_policies');
  const socket = textsOf(docker, 'volumes').some((volume) => volume.startsWith('/var/run/docker.sock'));
  const perJob = tableOf(runner, 'feature_flags')['FF_NETWORK_PER_BUILD'] === true;
  return [
    ['docker', textOf(docker, 'image') === '' && 'there is no image for jobs that name none; they fail'],
    [
      'docker.allowed_pull_policies',
      allowed.length > 0 &&
        (policies.length > 0 ? policies : ['always']).some((policy) => !allowed.includes(policy)) &&
        'the usual pull policy is not among the allowed ones; jobs without a policy of their own fail',
    ],
    ['docker.volumes', socket && 'jobs get the Docker socket, and with it full control of this machine'],
    [
      'docker.privileged',
      docker['privileged'] === true &&
        'privileged jobs can take over this machine; allowed_privileged_images limits them',
    ],
    [
      'docker.network_mode',
      textOf(docker, 'network_mode') !== '' && perJob && 'with network_mode no network per job is made',
    ],
  ];
}

/** 64, 65, 66 */
function aboutCache(runner: TomlTable): Advice {
  const cache = tableOf(runner, 'cache');
  const type = textOf(cache, 'Type');
  const store = tableOf(cache, type);
  const bucket = type === 'azure' ? 'ContainerName' : 'BucketName';
  const s3 = tableOf(cache, 's3');
  const keys = ['AccessKey', 'SecretKey'].filter((key) => textOf(s3, key) !== '');
  return [
    [
      'cache.Type',
      ['s3', 'gcs', 'azure'].includes(type) &&
        textOf(store, bucket) === '' &&
        `the remote cache is off: cache.${type}.${bucket} is missing`,
    ],
    [
      'cache.s3.ServerAddress',
      /^https?:/.test(textOf(s3, 'ServerAddress')) && 'write the host alone, without https://',
    ],
    [
      'cache.s3',
      keys.length === 1 && 'AccessKey and SecretKey are needed together; without them roles of this machine count',
    ],
  ];
}
