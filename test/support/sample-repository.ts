import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `createSampleRepository` made; the folders are bare repositories below `root`. */
export interface SampleRepository {
  /** Folder of `group/project.git`. */
  readonly project: string;
  /** Folder of `group/lib.git`, the submodule at `lib`. */
  readonly lib: string;
  readonly sha: { readonly main: string; readonly before: string; readonly feature: string; readonly merge: string };
  readonly libSha: string;
  /** Adds a commit to a branch and moves refs/pipelines/<number> there; gives its sha. */
  commit(branch: string, files: Readonly<Record<string, string>>, pipeline?: number): string;
}

/**
 * `group/project` with branches `main` and `feature`, tag `v1.0`, a relative submodule, `refs/pipelines/77` at main,
 * `refs/pipelines/78` at feature and `refs/merge-requests/1/head`; dates and names are fixed, so that the ids are too.
 */
export function createSampleRepository(root: string): SampleRepository {
  mkdirSync(root, { recursive: true });
  const git = (folder: string, ...args: string[]): string =>
    execFileSync('git', args, {
      cwd: folder,
      env: environment(root),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const bare = (name: string): string => {
    const folder = join(root, `${name}.git`);
    git(root, 'init', '-q', '--bare', '-b', 'main', folder);
    // As GitLab serves repositories: partial clones, and commits that no branch names.
    for (const key of ['allowFilter', 'allowAnySHA1InWant']) git(folder, 'config', `uploadpack.${key}`, 'true');
    return folder;
  };
  const lib = bare('group/lib');
  const project = bare('group/project');
  const work = join(root, 'work');
  const write = (folder: string, files: Readonly<Record<string, string>>, message: string): string => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    git(folder, 'add', '-A', '-f');
    git(folder, 'commit', '-q', '--allow-empty', '-m', message);
    return git(folder, 'rev-parse', 'HEAD');
  };

  const libWork = join(root, 'work-lib');
  git(root, 'clone', '-q', lib, libWork);
  git(libWork, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  const libSha = write(libWork, { 'lib.txt': 'lib\n' }, 'lib');
  git(libWork, 'push', '-q', 'origin', 'main');

  git(root, 'clone', '-q', project, work);
  git(work, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  write(work, { 'README.md': 'hello\n', '.gitignore': '*.log\n', 'src/a.txt': 'a\n', 'src/deep/b.txt': 'b\n' }, 'one');
  const before = write(work, { 'README.md': 'hello\nsecond\n' }, 'two');
  git(work, 'tag', 'v1.0');
  git(work, 'checkout', '-q', '-b', 'feature');
  const feature = write(work, { 'feature.txt': 'feature\n' }, 'feature');
  git(work, 'checkout', '-q', 'main');
  writeFileSync(join(work, '.gitmodules'), '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n');
  git(work, 'update-index', '--add', '--cacheinfo', `160000,${libSha},lib`);
  git(work, 'add', '.gitmodules');
  git(work, 'commit', '-q', '-m', 'submodule');
  const main = git(work, 'rev-parse', 'HEAD');
  git(work, 'push', '-q', 'origin', 'main', 'feature', 'v1.0');
  for (const [ref, sha] of [
    ['refs/pipelines/77', main],
    ['refs/pipelines/78', feature],
    ['refs/merge-requests/1/head', feature],
  ] as const)
    git(project, 'update-ref', ref, sha);

  return {
    project,
    lib,
    libSha,
    sha: { main, before, feature, merge: feature },
    commit(branch, files, pipeline) {
      git(work, 'checkout', '-q', '-f', '-B', branch, `origin/${branch}`);
      const sha = write(work, files, 'more');
      git(work, 'push', '-q', 'origin', branch);
      if (pipeline !== undefined) git(project, 'update-ref', `refs/pipelines/${pipeline}`, sha);
      return sha;
    },
  };
}

/** Nothing of the machine's own git settings counts. */
const environment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.invalid',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
});
