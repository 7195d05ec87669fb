import { newWriter } from './environment.ts';
import { jobPaths, parentOf } from './paths.ts';
import type { StageContext } from './types.ts';

/**
 * clear_worktree, once before the second try of get_sources (spec/job-lifecycle.md 3.7). A folder in which git cannot
 * work goes altogether; the official runner counts that as another failure.
 */
export const renderClear = (context: StageContext): string => {
  const { project } = context.directories;
  const { dotGit } = jobPaths(context);
  const writer = newWriter(context);
  writer.notice('Deleting tracked and untracked files...');
  writer.removeLink(project);
  writer.removeLink(dotGit);
  const removeAll = () => {
    writer.changeDirectory('.');
    writer.removeDirectory(project);
  };
  // Without a repository of its own, git would work in the one around the builds folder.
  writer.ifDirectory(
    dotGit,
    () => {
      writer.fileVariable('GIT_CEILING_DIRECTORIES', '', parentOf(project), { write: false, machinery: true });
      writer.changeDirectory(project);
      writer.ifCommand(
        'git',
        ['rm', '-rf', '--ignore-unmatch', '--quiet', '.'],
        () => writer.ifCommand('git', ['clean', '-ffdx', '-q'], () => {}, removeAll),
        removeAll,
      );
    },
    removeAll,
  );
  return writer.finish();
};
