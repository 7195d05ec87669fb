import type { JobArtifact, JobCache, JobImage } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { type Value, YamlList, YamlMap } from '../yaml/read.ts';
import type { Need, RetryRule } from './model.ts';
import { flatten, take } from './take.ts';
import { readVariables } from './variables.ts';

/** `image:` or one of `services:`. */
export function readImage(
  value: Value | undefined,
  path: string,
  isService: boolean,
  problems: Problems,
): JobImage | undefined {
  if (value === undefined || value === null) return undefined;
  const base = { alias: '', command: [], ports: [], variables: [], pull_policy: [] };
  if (typeof value === 'string') return { ...base, name: value };
  if (!(value instanceof YamlMap)) {
    problems.invalid(`${path} config should be a hash or a string`);
    return undefined;
  }
  const reader = take(value, path, problems);
  const keys = ['name', 'entrypoint', 'pull_policy', 'docker', ...(isService ? ['alias', 'command', 'variables'] : [])];
  reader.only(keys, ['kubernetes', 'ports']);
  const name = reader.text('name');
  if (name === undefined) problems.invalid(`${path} name can't be blank`, value.place);
  const entrypoint = reader.texts('entrypoint');
  const docker = reader.map('docker');
  const platform = docker?.get('platform');
  const user = docker?.get('user');
  return {
    ...base,
    name: name ?? '',
    ...(entrypoint ? { entrypoint } : {}),
    pull_policy: reader.texts('pull_policy') ?? [],
    ...(docker
      ? {
          executor_opts: {
            docker: {
              platform: typeof platform === 'string' ? platform : '',
              ...(typeof user === 'string' || typeof user === 'number' ? { user } : {}),
            },
          },
        }
      : {}),
    ...(isService
      ? {
          alias: reader.text('alias') ?? '',
          command: reader.texts('command') ?? [],
          variables: readVariables(reader.value('variables'), `${path}:variables`, true, problems),
        }
      : {}),
  };
}

export function readServices(value: Value | undefined, path: string, problems: Problems): JobImage[] {
  if (value === undefined || value === null) return [];
  if (!(value instanceof YamlList)) {
    problems.invalid(`${path} config should be a array`);
    return [];
  }
  return value.items.map((item) => readImage(item, path, true, problems)).filter((image) => image !== undefined);
}

/** Report types: format and file name that the server gives them (local-pipelines facts, section 4). */
const reports: Readonly<Record<string, readonly ['gzip' | 'raw' | 'zip', string]>> = {
  junit: ['gzip', 'junit.xml'],
  dotenv: ['gzip', '.env'],
  cobertura: ['gzip', 'cobertura-coverage.xml'],
  jacoco: ['gzip', 'jacoco-coverage.xml'],
  metrics: ['gzip', 'metrics.txt'],
  lsif: ['zip', 'lsif.json'],
  cyclonedx: ['gzip', 'gl-sbom.cdx.json'],
  annotations: ['gzip', 'gl-annotations.json'],
  codequality: ['raw', 'gl-code-quality-report.json'],
  terraform: ['raw', 'tfplan.json'],
  accessibility: ['raw', 'gl-accessibility.json'],
  sast: ['raw', 'gl-sast-report.json'],
  secret_detection: ['raw', 'gl-secret-detection-report.json'],
  dependency_scanning: ['raw', 'gl-dependency-scanning-report.json'],
  container_scanning: ['raw', 'gl-container-scanning-report.json'],
  dast: ['raw', 'gl-dast-report.json'],
  license_scanning: ['raw', 'gl-license-scanning-report.json'],
  performance: ['raw', 'performance.json'],
  browser_performance: ['raw', 'browser-performance.json'],
  load_performance: ['raw', 'load-performance.json'],
  requirements: ['raw', 'requirements.json'],
};

const artifactKeys = [
  'paths',
  'exclude',
  'untracked',
  'name',
  'when',
  'expire_in',
  'expose_as',
  'reports',
  'public',
  'access',
];

export function readArtifacts(value: Value | undefined, path: string, problems: Problems): JobArtifact[] {
  if (value === undefined || value === null) return [];
  if (!(value instanceof YamlMap)) {
    problems.invalid(`${path} config should be a hash`);
    return [];
  }
  const reader = take(value, path, problems);
  reader.only(artifactKeys);
  const paths = reader.texts('paths') ?? [];
  const untracked = reader.flag('untracked') ?? false;
  const expire = reader.text('expire_in') ?? '';
  const archive: JobArtifact = {
    name: reader.text('name') ?? '',
    untracked,
    paths,
    exclude: reader.texts('exclude') ?? [],
    when: reader.oneOf('when', ['on_success', 'on_failure', 'always']) ?? 'on_success',
    artifact_type: 'archive',
    artifact_format: 'zip',
    expire_in: expire,
  };
  return [
    ...(paths.length > 0 || untracked ? [archive] : []),
    ...readReports(reader.map('reports'), path, expire, problems),
  ];
}

function readReports(map: YamlMap | undefined, path: string, expire: string, problems: Problems): JobArtifact[] {
  return [...(map?.entries ?? [])].flatMap(([type, value]) => {
    const nested = type === 'coverage_report' && value instanceof YamlMap;
    const kind = nested ? String(value.get('coverage_format') ?? '') : type;
    const known = reports[kind];
    if (known === undefined || map === undefined) {
      problems.invalid(`${path}:reports config contains unknown keys: ${type}`, map?.at(type));
      return [];
    }
    const paths = flatten((nested ? value.get('path') : value) ?? null, 0);
    if (paths === undefined) {
      problems.invalid(`${path}:reports ${type} should be an array of strings or a string`, map.at(type));
      return [];
    }
    const [format, name] = known;
    return [
      {
        name,
        untracked: false,
        paths,
        exclude: [],
        when: 'always',
        artifact_type: kind,
        artifact_format: format,
        expire_in: expire,
      },
    ];
  });
}

const mostCaches = 4;

/** `cache:`; `key:files` is answered by `hashFiles` (the blobs of the snapshot). */
export function readCaches(
  value: Value | undefined,
  path: string,
  hashFiles: (files: readonly string[]) => string | undefined,
  problems: Problems,
): JobCache[] {
  if (value === undefined || value === null) return [];
  const list = value instanceof YamlList ? value.items : [value];
  if (list.length > mostCaches)
    problems.invalid(`${path}:caches config no more than ${mostCaches} caches can be created`);
  return list.flatMap((item) => {
    if (!(item instanceof YamlMap)) {
      problems.invalid(`${path}:cache config should be a hash`);
      return [];
    }
    const reader = take(item, `${path}:cache`, problems);
    reader.only(['key', 'paths', 'untracked', 'policy', 'when', 'unprotect', 'fallback_keys']);
    return [
      {
        key: readKey(reader.value('key'), item, path, hashFiles, problems),
        untracked: reader.flag('untracked') ?? false,
        policy: reader.text('policy') ?? 'pull-push',
        paths: reader.texts('paths') ?? [],
        when: reader.oneOf('when', ['on_success', 'on_failure', 'always']) ?? 'on_success',
        fallback_keys: reader.texts('fallback_keys') ?? [],
      },
    ];
  });
}

function readKey(
  value: Value | undefined,
  cache: YamlMap,
  path: string,
  hashFiles: (files: readonly string[]) => string | undefined,
  problems: Problems,
): string {
  if (value === undefined || value === null) return 'default';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (!(value instanceof YamlMap)) {
    problems.invalid(`${path}:cache:key should be a hash, a string or a symbol`, cache.at('key'));
    return 'default';
  }
  const reader = take(value, `${path}:cache:key`, problems);
  reader.only(['files', 'prefix'], ['files_commits']);
  const hash = hashFiles(reader.texts('files') ?? []) ?? 'default';
  const prefix = reader.text('prefix');
  return prefix !== undefined ? `${prefix}-${hash}` : hash;
}

export function readNeeds(value: Value | undefined, path: string, problems: Problems): Need[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = value instanceof YamlList ? value.items : [value];
  return list.flatMap((item): Need[] => {
    if (typeof item === 'string') return [{ job: item, artifacts: true, optional: false }];
    if (!(item instanceof YamlMap)) {
      problems.invalid(`${path}:needs config can only be a hash or an array`);
      return [];
    }
    const reader = take(item, `${path}:needs:need`, problems);
    reader.only(['job', 'artifacts', 'optional'], ['project', 'ref', 'pipeline', 'parallel']);
    const job = reader.text('job');
    if (job === undefined) return [];
    return [{ job, artifacts: reader.flag('artifacts') ?? true, optional: reader.flag('optional') ?? false }];
  });
}

export function readRetry(value: Value | undefined, path: string, problems: Problems): RetryRule {
  const none: RetryRule = { max: 0, when: ['always'], exitCodes: [] };
  if (value === undefined || value === null) return none;
  if (!(value instanceof YamlMap) && typeof value !== 'number') {
    problems.invalid(`${path} retry config should be an integer or a hash`);
    return none;
  }
  const reader = value instanceof YamlMap ? take(value, `${path}:retry`, problems) : undefined;
  reader?.only(['max', 'when', 'exit_codes']);
  const max = typeof value === 'number' ? value : (reader?.whole('max') ?? 0);
  if (!Number.isInteger(max) || max < 0 || max > 2)
    problems.invalid(`${path} retry config must be less than or equal to 2`);
  const codes = reader?.value('exit_codes');
  const exitCodes = (codes instanceof YamlList ? codes.items : [codes]).filter((code) => typeof code === 'number');
  return { max, when: reader?.texts('when') ?? ['always'], exitCodes };
}
