import type { StageContext } from './types.ts';

/** The files of a job that are not its work tree (spec/job-lifecycle.md 2.2). */
export const jobPaths = ({ directories: { project, temporary, builds } }: StageContext) => ({
  dotGit: `${project}/.git`,
  environmentFile: `${temporary}/gitlab_runner_env`,
  maskingFile: `${temporary}/masking.db`,
  cacheEnvironmentFile: `${temporary}/gitlab_runner_cache_env`,
  template: `${temporary}/git-template`,
  externalConfig: `${temporary}/.gitlab-runner.ext.conf`,
  globalConfig: `${temporary}/.glr.gconf`,
  ownerFile: `${builds}/.gitlab-build-uid-gid`,
  fileVariable: (key: string) => `${temporary}/${key}`,
});
export type JobPaths = ReturnType<typeof jobPaths>;

/** The folder around a path; `/` has none but itself. */
export const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 1));
