import type { JobImage } from '../../../src-shared/payload.ts';
import type { Place, Problems } from '../problems.ts';
import { describe, type Value, YamlList, YamlMap } from '../yaml/value.ts';
import { type Take, take } from './take.ts';
import { readVariables } from './variables.ts';

const empty = { alias: '', command: [], ports: [], variables: [], pull_policy: [] };

/** `image:`. */
export function readImage(
  value: Value | undefined,
  path: string,
  place: Place,
  problems: Problems,
): JobImage | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    if (value === '') problems.invalid(`${path} config can't be blank`, place);
    return { ...empty, name: value };
  }
  if (!(value instanceof YamlMap)) {
    problems.invalid(`${path} config should be a hash or a string, found ${describe(value)}`, place);
    return undefined;
  }
  const reader = take(value, path, problems);
  reader.only(['name', 'entrypoint', 'pull_policy', 'docker'], ['kubernetes', 'ports']);
  return readLong(value, reader, path, problems);
}

/** `services:`. */
export function readServices(job: Take, jobPath: string, problems: Problems): JobImage[] {
  const value = job.value('services');
  const path = `${jobPath}:services`;
  if (value === undefined) return [];
  if (!(value instanceof YamlList)) {
    job.wrong('services', 'an array');
    return [];
  }
  return value.items.flatMap((item, index) => {
    if (!(item instanceof YamlMap)) return readImage(item ?? 0, `${path}:service`, value.at(index), problems) ?? [];
    const reader = take(item, `${path}:service`, problems);
    reader.only(
      ['name', 'entrypoint', 'pull_policy', 'docker', 'alias', 'command', 'variables'],
      ['kubernetes', 'ports'],
    );
    return {
      ...readLong(item, reader, path, problems),
      alias: reader.text('alias') ?? '',
      command: reader.texts('command') ?? [],
      variables: readVariables(item.get('variables'), `${path}:variables`, item.at('variables'), true, problems),
    };
  });
}

const policies = ['always', 'if-not-present', 'never'];

function readLong(map: YamlMap, reader: Take, path: string, problems: Problems): JobImage {
  const name = reader.text('name');
  if (!name) problems.invalid(`${path} name can't be blank`, map.place);
  const entrypoint = reader.texts('entrypoint');
  const policy = reader.texts('pull_policy') ?? [];
  if (policy.some((each) => !policies.includes(each))) reader.wrong('pull_policy', `one of: ${policies.join(', ')}`);
  const docker = reader.map('docker');
  const options = docker && take(docker, `${path}:docker`, problems);
  options?.only(['platform', 'user']);
  const user = options?.text('user', { numbers: true });
  return {
    ...empty,
    name: name ?? '',
    pull_policy: policy,
    ...(entrypoint ? { entrypoint } : {}),
    ...(options
      ? {
          executor_opts: {
            docker: { platform: options.text('platform') ?? '', ...(user === undefined ? {} : { user }) },
          },
        }
      : {}),
  };
}

export function readHooks(job: Take, path: string, problems: Problems): { name: string; script: string[] }[] {
  const hooks = job.map('hooks');
  if (hooks === undefined) return [];
  const reader = take(hooks, `${path}:hooks`, problems);
  reader.only(['pre_get_sources_script']);
  const script = reader.texts('pre_get_sources_script');
  return script ? [{ name: 'pre_get_sources_script', script }] : [];
}
