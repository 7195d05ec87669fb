import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';
import { parseVolume } from '../../../../src-shared/docker/volume.ts';
import type { PrepareRequest } from '../../types.ts';
import type { Names } from '../containers/names.ts';
import { configurationError, type DockerSettings, readValue } from '../settings.ts';

/** What is mounted into every container of a job. */
export interface VolumePlan {
  readonly binds: readonly string[];
  readonly create: readonly PlannedVolume[];
}
export interface PlannedVolume {
  readonly name: string;
  readonly destination: string;
  readonly reusable: boolean;
}

export interface VolumePlanInput {
  readonly request: PrepareRequest;
  readonly settings: DockerSettings;
  readonly names: Names;
  readonly osType: string;
  readonly expand: (text: string) => string;
  readonly buildsInHome?: boolean;
}

/** Volumes and binds of a job (spec/executors.md 2.4): those of the config, then the one for the builds. */
export function planVolumes(input: VolumePlanInput): VolumePlan {
  const { request, settings, osType, expand } = input;
  const paths = osType === 'windows' ? win32 : posix;
  const binds: string[] = [];
  const create: PlannedVolume[] = [];
  const taken = new Set<string>();

  const claim = (destination: string): void => {
    const key = paths.normalize(destination);
    if (taken.has(key)) throw configurationError(`volume for container path "${destination}" is already defined`);
    taken.add(key);
  };
  const absolute = (written: string): string => {
    const destination = expand(written);
    const full = paths.isAbsolute(destination) ? destination : paths.join(request.directories.project, destination);
    if (full === paths.parse(full).root) throw configurationError('the root directory cannot be a volume destination');
    return full;
  };
  const cacheAt = (destination: string, mode: 'reusable' | 'temporary'): void => {
    const hash = createHash('md5').update(destination).digest('hex');
    const suffix = isProtected(request) ? '-protected' : '';
    if (mode === 'reusable' && settings.cache_dir) {
      binds.push(`${paths.join(settings.cache_dir, input.names.reusable, hash + suffix)}:${destination}`);
      return;
    }
    const base = mode === 'reusable' ? input.names.reusable : input.names.job;
    const name = `${base}-cache-${hash}${suffix}`;
    create.push({ name, destination, reusable: mode === 'reusable' });
    binds.push(`${name}:${destination}`);
  };

  for (const text of settings.volumes) {
    const volume = readValue('volumes', text, (each) => parseVolume(each, osType));
    const destination = absolute(volume.destination);
    claim(destination);
    if (volume.kind === 'bind') binds.push(`${volume.source}:${destination}${volume.rest}`);
    else cacheAt(destination, settings.disable_cache ? 'temporary' : 'reusable');
  }
  const builds = request.directories.builds;
  // A mount of the person's own for the builds, or one around them, takes the place of ours.
  if (input.buildsInHome !== true && !taken.has(paths.normalize(builds)) && !liesInBind(builds, binds, paths)) {
    const keeps = strategyOf(request) === 'fetch' && !settings.disable_cache;
    cacheAt(builds, keeps ? 'reusable' : 'temporary');
  }
  return { binds, create };
}

const liesInBind = (builds: string, binds: readonly string[], paths: typeof posix): boolean =>
  binds.some((bind) => {
    const destination = bind.split(':')[1] ?? '';
    const relative = destination.startsWith('/') ? paths.relative(destination, builds) : '..';
    return relative === '' || (!relative.startsWith('..') && !paths.isAbsolute(relative));
  });

/** `fetch` when nothing is said and the server allows it. */
export const strategyOf = (request: Pick<PrepareRequest, 'variables' | 'job'>): string => {
  const set = request.variables.find(({ key }) => key === 'GIT_STRATEGY')?.value ?? '';
  if (['clone', 'fetch', 'none', 'empty'].includes(set)) return set;
  return request.job.allow_git_fetch ? 'fetch' : 'clone';
};

const isProtected = ({ job }: PrepareRequest): boolean =>
  job.git_info?.protected === true || (job.cache ?? []).some(({ key }) => (key ?? '').endsWith('-protected'));
