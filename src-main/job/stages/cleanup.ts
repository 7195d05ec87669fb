import type { ScriptWriter } from '../../shells/types.ts';
import { newWriter, writeEnvironment } from './environment.ts';
import { writeLockCleanup } from './git/locks.ts';
import { type GitPlan, planGit } from './git/plan.ts';
import { parentOf } from './paths.ts';
import type { StageContext } from './types.ts';

/** cleanup_file_variables: nothing secret stays behind (spec/job-lifecycle.md 2.4). */
export const renderCleanup = (context: StageContext): string => {
  const plan = planGit(context);
  const { settings } = plan;
  const writer = newWriter(context);
  writeEnvironment(writer, context, { files: false });
  const hasSources = settings.strategy === 'fetch' || settings.strategy === 'clone';
  if (hasSources || plan.tokenless) writeRejection(writer, plan);
  writer.removeAll(leftovers(plan, context));
  if (context.variables.flag('FF_ENABLE_JOB_CLEANUP')) writeProjectCleanup(writer, plan);
  if (hasSources) writeLockCleanup(writer, plan, { search: false });
  return writer.finish();
};

/**
 * The files that the clean-up removes, when removing files is all there is to do: with sources git has a word to say,
 * and FF_ENABLE_JOB_CLEANUP clears the project. On this machine that needs no shell.
 */
export const filesToCleanUp = (context: StageContext): readonly string[] | undefined => {
  const plan = planGit(context);
  const { strategy } = plan.settings;
  const needsScript =
    strategy === 'fetch' || strategy === 'clone' || plan.tokenless || context.variables.flag('FF_ENABLE_JOB_CLEANUP');
  return needsScript ? undefined : leftovers(plan, context);
};

const leftovers = ({ paths }: GitPlan, context: StageContext): string[] => [
  paths.environmentFile,
  paths.maskingFile,
  paths.externalConfig,
  paths.globalConfig,
  ...context.variables.all.filter(({ file }) => file).map(({ key }) => paths.fileVariable(key)),
  paths.ownerFile,
];

/** A credential helper of the person may have kept the job's token when a script used git. */
const writeRejection = (writer: ScriptWriter, { remote: { credentialUrl } }: GitPlan): void => {
  if (credentialUrl !== undefined)
    writer.tryCommandWithInput(`url=${credentialUrl}\nusername=gitlab-ci-token\n\n`, 'git', 'credential', 'reject');
};

const writeProjectCleanup = (writer: ScriptWriter, plan: GitPlan): void => {
  const { settings, project, paths } = plan;
  writer.removeLink(project);
  if (settings.strategy === 'none') return void writer.notice('Skipping build directory cleanup step');
  if (settings.strategy !== 'fetch') return void writer.removeDirectory(project);
  writer.removeLink(paths.dotGit);
  writer.ifDirectory(paths.dotGit, () => {
    writer.fileVariable('GIT_CEILING_DIRECTORIES', '', parentOf(project), { write: false, machinery: true });
    writer.changeDirectory(project);
    if (settings.cleanFlags) writer.command('git', 'clean', ...settings.cleanFlags);
    writer.command('git', 'reset', '--hard');
    if (settings.submodules !== 'normal' && settings.submodules !== 'recursive') return;
    const recursive = settings.submodules === 'recursive' ? ['--recursive'] : [];
    if (settings.cleanFlags)
      writer.command('git', 'submodule', 'foreach', ...recursive, 'git', 'clean', ...settings.cleanFlags);
    writer.command('git', 'submodule', 'foreach', ...recursive, 'git', 'reset', '--hard');
  });
};
