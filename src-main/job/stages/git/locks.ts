import type { ScriptWriter } from '../../../shells/types.ts';
import type { GitPlan } from './plan.ts';

const lockNames = ['index.lock', 'shallow.lock', 'HEAD.lock', 'config.lock'];

/**
 * Removes what a killed git left behind, the hook that would run at our checkout, and, with `clean_git_config`, the
 * config and hooks of earlier jobs (spec/job-lifecycle.md 3.3). `search: false` leaves out the walk through the refs:
 * it takes a process, and the next job does it anyway.
 */
export const writeLockCleanup = (writer: ScriptWriter, plan: GitPlan, { search }: { search: boolean }): void => {
  const { paths, settings, cleanConfig } = plan;
  const withSubmodules = settings.submodules === 'normal' || settings.submodules === 'recursive';
  writer.removeAll([
    ...lockNames.map((name) => `${paths.dotGit}/${name}`),
    `${paths.dotGit}/hooks/post-checkout`,
    ...(cleanConfig
      ? [`${paths.template}/config`, `${paths.template}/hooks`, `${paths.dotGit}/config`, `${paths.dotGit}/hooks`]
      : []),
  ]);
  if (withSubmodules)
    writer.removeFilesNamed(`${paths.dotGit}/modules`, [
      ...lockNames,
      'post-checkout',
      ...(cleanConfig ? ['config'] : []),
    ]);
  if (search) writer.removeFilesNamed(`${paths.dotGit}/refs`, ['*.lock']);
};
