import type { ScriptWriter } from '../../shells/types.ts';
import { writeCommands } from './commands.ts';
import { newWriter, writeEnvironment } from './environment.ts';
import { tlsFiles, writeCredentialFiles, writeGlobalConfig, writeJobConfig } from './git/config-files.ts';
import { type GitPlan, planGit } from './git/plan.ts';
import { writeRepository } from './git/repository.ts';
import { writeSubmodules } from './git/submodules.ts';
import type { StageContext } from './types.ts';

/** get_sources: the work tree as the job asks for it (spec/job-lifecycle.md 3.2). */
export const renderSources = (context: StageContext): string => {
  const plan = planGit(context);
  const writer = newWriter(context);
  writeEnvironment(writer, context);
  writer.variable('GIT_TERMINAL_PROMPT', '0', { machinery: true });
  writer.variable('GCM_INTERACTIVE', 'Never', { machinery: true });
  if (plan.settings.strategy === 'none' || plan.settings.strategy === 'empty') writeNoSources(writer, plan);
  else writeSources(writer, plan);
  return writer.finish();
};

const writeNoSources = (writer: ScriptWriter, plan: GitPlan): void => {
  writer.removeLink(plan.project);
  if (plan.settings.strategy === 'empty') {
    writer.notice('Skipping Git repository setup and creating an empty build directory');
    writer.removeDirectory(plan.project);
  } else writer.notice('Skipping Git repository setup');
  writer.makeDirectory(plan.project);
  if (plan.tokenless) writeCredentialFiles(writer, plan);
  writer.notice('Skipping Git checkout');
  writer.notice('Skipping Git submodules setup');
};

const writeSources = (writer: ScriptWriter, plan: GitPlan): void => {
  const { context, paths, remote } = plan;
  if (plan.tokenless) writeGlobalConfig(writer, plan);
  // A container is thrown away, so its global config may know the authority: hooks that call git need it too.
  if (!context.traits.sharedEnvironment && remote.origin !== undefined)
    for (const [key, path] of tlsFiles(plan))
      writer.command('git', 'config', '--global', `http.${remote.origin}.${key}`, { path });
  writeCommands(writer, context, 'pre_clone_script', hooks(context, 'pre_get_sources_script'));
  // Not for the hooks before: git of theirs has the job's own setting.
  if (!plan.settings.skipLfs) writer.variable('GIT_LFS_SKIP_SMUDGE', '1');
  writeRepository(writer, plan);
  writeSubmodules(writer, plan);
  writeJobConfig(writer, plan);
  writeCommands(writer, context, 'post_clone_script', hooks(context, 'post_get_sources_script'));
  writer.giveToOwnerOf(paths.ownerFile, plan.project);
};

/** The config's hook comes first before the sources and last after them (spec/job-lifecycle.md 1.9). */
const hooks = (
  { payload, runner }: StageContext,
  name: 'pre_get_sources_script' | 'post_get_sources_script',
): string[] => {
  const own = runner[name] ? [runner[name]] : [];
  const sent = (payload.hooks ?? []).filter((hook) => hook.name === name).flatMap((hook) => hook.script ?? []);
  return name === 'pre_get_sources_script' ? [...own, ...sent] : [...sent, ...own];
};
