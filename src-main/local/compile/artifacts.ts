import type { JobArtifact } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { YamlMap } from '../yaml/value.ts';
import { type Take, take } from './take.ts';

/** Report types: format and file name that the server gives them (local-pipelines facts, section 4). */
const reports: ReadonlyMap<string, readonly ['gzip' | 'raw' | 'zip', string]> = new Map([
  ['junit', ['gzip', 'junit.xml']],
  ['dotenv', ['gzip', '.env']],
  ['cobertura', ['gzip', 'cobertura-coverage.xml']],
  ['jacoco', ['gzip', 'jacoco-coverage.xml']],
  ['metrics', ['gzip', 'metrics.txt']],
  ['lsif', ['zip', 'lsif.json']],
  ['scip', ['zip', 'index.scip']],
  ['cyclonedx', ['gzip', 'gl-sbom.cdx.json']],
  ['annotations', ['gzip', 'gl-annotations.json']],
  ['codequality', ['raw', 'gl-code-quality-report.json']],
  ['terraform', ['raw', 'tfplan.json']],
  ['accessibility', ['raw', 'gl-accessibility.json']],
  ['sast', ['raw', 'gl-sast-report.json']],
  ['secret_detection', ['raw', 'gl-secret-detection-report.json']],
  ['dependency_scanning', ['raw', 'gl-dependency-scanning-report.json']],
  ['container_scanning', ['raw', 'gl-container-scanning-report.json']],
  ['cluster_image_scanning', ['raw', 'gl-cluster-image-scanning-report.json']],
  ['dast', ['raw', 'gl-dast-report.json']],
  ['coverage_fuzzing', ['raw', 'gl-coverage-fuzzing.json']],
  ['api_fuzzing', ['raw', 'gl-api-fuzzing-report.json']],
  ['license_scanning', ['raw', 'gl-license-scanning-report.json']],
  ['performance', ['raw', 'performance.json']],
  ['browser_performance', ['raw', 'browser-performance.json']],
  ['load_performance', ['raw', 'load-performance.json']],
  ['requirements', ['raw', 'requirements.json']],
] as const);
/** These stand under `coverage_report`. */
const coverageFormats = ['cobertura', 'jacoco'] as const;

const keys = ['paths', 'exclude', 'untracked', 'name', 'when', 'expire_in', 'expose_as', 'reports', 'public', 'access'];

/** `artifacts:` as the payload has them: the archive first, then one entry for each report. */
export function readArtifacts(job: Take, jobPath: string, problems: Problems): JobArtifact[] {
  const map = job.map('artifacts');
  if (map === undefined) return [];
  const path = `${jobPath}:artifacts`;
  const reader = take(map, path, problems);
  reader.only(keys);
  checkServerKeys(map, reader, path, problems);
  const paths = reader.list('paths') ?? [];
  const untracked = reader.flag('untracked') ?? false;
  const expire = reader.text('expire_in', { numbers: true }) ?? '';
  if (expire !== 'never') reader.duration('expire_in');
  const archive: JobArtifact = {
    name: reader.text('name') ?? '',
    untracked,
    paths,
    exclude: reader.list('exclude') ?? [],
    when: reader.oneOf('when', ['on_success', 'on_failure', 'always']) ?? 'on_success',
    artifact_type: 'archive',
    artifact_format: 'zip',
    expire_in: expire,
  };
  const wanted = reader.map('reports');
  return [
    ...(paths.length > 0 || untracked ? [archive] : []),
    ...(wanted === undefined ? [] : readReports(wanted, `${path}:reports`, expire, problems)),
  ];
}

/** What only a server's pages use. */
function checkServerKeys(map: YamlMap, reader: Take, path: string, problems: Problems): void {
  reader.flag('public');
  reader.oneOf('access', ['none', 'developer', 'maintainer', 'all']);
  if (map.has('public') && map.has('access'))
    problems.invalid(`${path} config contains mutually exclusive keys: public, access`, map.at('access'));
  if (reader.text('expose_as') === undefined) return;
  if (!map.has('paths')) problems.invalid(`${path} expose_as can only be used with paths`, map.at('expose_as'));
  if (reader.texts('paths')?.some((path) => path.includes('*')))
    problems.invalid(`${path} paths can't contain '*' when used with 'expose_as'`, map.at('paths'));
}

function readReports(map: YamlMap, path: string, expire: string, problems: Problems): JobArtifact[] {
  const reader = take(map, path, problems);
  reader.only([...reports.keys(), 'coverage_report']);
  return [...map.entries].flatMap(([type, value]) => {
    const nested =
      type === 'coverage_report' && value instanceof YamlMap ? take(value, `${path}:${type}`, problems) : undefined;
    nested?.only(['coverage_format', 'path']);
    const kind = nested ? nested.oneOf('coverage_format', coverageFormats) : type;
    const known = kind === undefined ? undefined : reports.get(kind);
    const paths = nested ? nested.texts('path') : reader.texts(type);
    if (nested !== undefined && (kind === undefined || paths === undefined))
      problems.invalid(`${path}:${type} needs coverage_format and path`, map.at(type));
    if (kind === undefined || known === undefined || paths === undefined) return [];
    const [artifact_format, name] = known;
    const fixed = { untracked: false, exclude: [], when: 'always' };
    return [{ ...fixed, name, paths, artifact_type: kind, artifact_format, expire_in: expire }];
  });
}
