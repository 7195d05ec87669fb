import { posix } from 'node:path';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { JobPayload } from '../../src-shared/payload.ts';
import { type ExecutorTraits, type JobDirectories, JobFailure } from '../executors/types.ts';
import { shortToken } from './variables/index.ts';

export interface DirectoryOptions {
  readonly payload: JobPayload;
  readonly runner: RunnerConfig;
  readonly traits: ExecutorTraits;
  readonly workingDirectory: string;
  readonly projectRunnerId: number;
}

/** Where builds and caches lie before a job variable has a say. Configured values are used as written. */
export const rootDirectories = (options: DirectoryOptions): { readonly builds: string; readonly cache: string } => {
  const { runner, traits, workingDirectory } = options;
  const builds = slashes(runner.builds_dir || traits.buildsDir.replace('$PWD', workingDirectory));
  const cache = slashes(runner.cache_dir || traits.cacheDir.replace('$PWD', workingDirectory));
  if (builds === '') throw new JobFailure('runner_configuration_error', 'the builds_dir is not configured');
  if (cache === '') throw new JobFailure('runner_configuration_error', 'the cache_dir is not configured');
  return { builds, cache };
};

/** The job's folders (spec/job-lifecycle.md 2.2, 2.3). `variable`: values as expanded with CI_BUILDS_DIR known. */
export const jobDirectories = (
  options: DirectoryOptions,
  variable: (key: string) => string | undefined,
): JobDirectories => {
  const { runner, traits, payload } = options;
  const { builds, cache } = rootDirectories(options);
  const slug = projectSlug(payload);
  const suffix = variable('GIT_STRATEGY') === 'empty' ? '-empty' : '';
  const own = traits.sharedBuildsDir
    ? posix.join(builds, shortToken(runner.token ?? ''), String(options.projectRunnerId), slug)
    : posix.join(builds, slug);
  const clonePath = slashes(variable('GIT_CLONE_PATH') ?? '');
  const project = (clonePath === '' ? own : checkClonePath(clonePath, builds, options)) + suffix;
  return { builds, cache: posix.join(cache, slug) + suffix, project, temporary: `${project}.tmp` };
};

const checkClonePath = (path: string, builds: string, { runner, traits }: DirectoryOptions): string => {
  if (!customBuildDir(runner, traits))
    throw new JobFailure(
      'runner_configuration_error',
      'setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature',
    );
  if (posix.isAbsolute(path) !== posix.isAbsolute(builds) || posix.relative(builds, path).startsWith('..'))
    throw new JobFailure('runner_configuration_error', `the GIT_CLONE_PATH="${path}" has to be within "${builds}"`);
  return path;
};

const customBuildDir = (runner: RunnerConfig, traits: ExecutorTraits): boolean => {
  const section: unknown = runner['custom_build_dir'];
  if (typeof section !== 'object' || section === null) return traits.customBuildDir;
  const enabled: unknown = 'enabled' in section ? section.enabled : undefined;
  return typeof enabled === 'boolean' ? enabled : traits.customBuildDir;
};

/** Path of the repository below its host, without `.git`; `project-<id>` when the address has none that can be used. */
const projectSlug = (payload: JobPayload): string => {
  const fallback = `project-${payload.job_info?.project_id ?? 0}`;
  try {
    const url = new URL(payload.git_info?.repo_url ?? '');
    const written = decodeURIComponent(url.pathname).replace(/\.git$/, '');
    if (url.host === '' || written.includes('..')) return fallback;
    const slug = posix.normalize(`/${written}`).replace(/^\/+|\/+$/g, '');
    return slug === '' ? fallback : slug;
  } catch {
    return fallback;
  }
};

/** One spelling inside: Windows takes slashes too. */
const slashes = (path: string): string => (/^[A-Za-z]:|^\\\\/.test(path) ? path.replaceAll('\\', '/') : path);
