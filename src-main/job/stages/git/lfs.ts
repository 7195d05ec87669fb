import type { ScriptWriter } from '../../../shells/types.ts';
import type { GitPlan } from './plan.ts';

/**
 * `git lfs pull` where git-lfs is there. It takes longer than the rest of a small fetch, even in a repository without a
 * single LFS file, so it is asked for only when an attribute names the filter. The empty line is printed either way, as
 * the official runner does.
 */
export const writeLfs = (writer: ScriptWriter, { settings }: GitPlan): void => {
  if (settings.skipLfs) return;
  writer.ifGitExtension('lfs', () => {
    writer.ifOutput('git', ['ls-files', '--', ':(top,attr:filter=lfs)'], () => writer.command('git', 'lfs', 'pull'));
    writer.emptyLine();
  });
};

/** The same for each submodule, as an argument of `git submodule foreach` (run by git's own sh, so no shell matters). */
export const submoduleLfs = "if git ls-files -- ':(top,attr:filter=lfs)' | grep -q .; then git lfs pull; fi";
