import { JobFailure } from '../../../executors/types.ts';
import type { Argument, ScriptWriter } from '../../../shells/types.ts';
import { submoduleLfs } from './lfs.ts';
import type { GitPlan } from './plan.ts';

/** Submodules after the checkout (spec/job-lifecycle.md 3.6). The current folder is the project. */
export const writeSubmodules = (writer: ScriptWriter, plan: GitPlan): void => {
  const { submodules } = plan.settings;
  if (submodules === 'none') return void writer.notice('Skipping Git submodules setup');
  if (submodules === 'invalid') throw new JobFailure('runner_system_failure', 'unknown GIT_SUBMODULE_STRATEGY');
  update(writer, plan, submodules === 'recursive');
};

const update = (writer: ScriptWriter, plan: GitPlan, isRecursive: boolean): void => {
  const { settings, paths } = plan;
  const recursive = isRecursive ? ['--recursive'] : [];
  const pathspecs = pathArguments(settings.submodulePaths);
  const each = (...args: readonly string[]) => writer.command('git', 'submodule', 'foreach', ...recursive, ...args);
  const sync = () => writer.command('git', 'submodule', 'sync', ...recursive, ...pathspecs);
  const cleanFlags = settings.cleanFlags ?? ['-ffdx'];
  const depth = settings.submoduleDepth > 0 ? ` with git depth set to ${settings.submoduleDepth}` : '';
  writer.notice(`Updating/initializing submodules${isRecursive ? ' recursively' : ''}${depth}...`);
  writer.command('git', 'submodule', 'init');
  sync();
  // Without `.git/modules` there is no work tree of a submodule yet.
  writer.ifDirectory(`${paths.dotGit}/modules`, () => {
    const foreach = ['submodule', 'foreach', ...recursive, 'git'];
    const anew = () => throwAway(writer, plan);
    writer.ifCommandOutput(
      'git',
      [...foreach, 'clean', ...cleanFlags],
      () => writer.ifCommandOutput('git', [...foreach, 'reset', '--hard'], () => {}, anew),
      anew,
    );
  });
  const args = updateArguments(plan, recursive, pathspecs);
  writer.ifCommandOutput(
    'git',
    args,
    () => {
      writer.notice('Updated submodules');
      sync();
    },
    () => {
      writer.warning('Updating submodules failed. Retrying...');
      if (settings.submoduleFlags.includes('--remote'))
        each('git', 'fetch', 'origin', '+refs/heads/*:refs/remotes/origin/*');
      sync();
      retry(writer, plan, args);
      each('git', 'reset', '--hard');
    },
  );
  each('git', 'clean', ...cleanFlags);
  configure(writer, plan);
  if (!settings.skipLfs) writer.ifGitExtension('lfs', () => each(submoduleLfs));
};

/** The second try. When that fails too, the submodules of earlier jobs may be to blame. */
const retry = (writer: ScriptWriter, plan: GitPlan, args: readonly Argument[]): void =>
  writer.ifCommandOutput(
    'git',
    args,
    () => {},
    () => {
      writer.keepExit();
      writer.ifFlag('fresh', () => writer.exitKept());
      throwAway(writer, plan);
      writer.command('git', ...args);
    },
  );

const throwAway = (writer: ScriptWriter, { paths }: GitPlan): void => {
  writer.warning('The submodules of an earlier job may be damaged. They are thrown away and cloned anew.');
  writer.tryCommand('git', 'submodule', 'deinit', '--all', '--force');
  writer.removeDirectory(`${paths.dotGit}/modules`);
  writer.command('git', 'submodule', 'init');
};

/** Later commands inside a submodule find the credentials too. Quiet: the official runner's lines are noise here. */
const configure = (writer: ScriptWriter, { paths }: GitPlan): void =>
  writer.command(
    'git',
    'submodule',
    '--quiet',
    'foreach',
    '--recursive',
    'git',
    'config',
    '--replace-all',
    'include.path',
    {
      path: paths.externalConfig,
    },
  );

const updateArguments = (
  { network, paths, settings }: GitPlan,
  recursive: readonly string[],
  pathspecs: readonly string[],
): readonly Argument[] => [
  '-c',
  { path: paths.externalConfig, prefix: 'include.path=' },
  ...network,
  'submodule',
  'update',
  '--init',
  ...recursive,
  ...(settings.submoduleDepth > 0 ? ['--depth', String(settings.submoduleDepth)] : []),
  ...settings.submoduleFlags,
  ...pathspecs,
];

const pathArguments = (paths: readonly string[]): readonly string[] => {
  if (paths.length === 0) return [];
  if (paths.includes(':(exclude)'))
    throw new JobFailure(
      'runner_system_failure',
      `GIT_SUBMODULE_PATHS: invalid submodule pathspec [${paths.map((path) => JSON.stringify(path)).join(' ')}]`,
    );
  return ['--', ...paths];
};
