import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from './job.ts';

export const password = 'job-token';

/** `group/project` (three commits, a tag, a submodule) and `group/lib`, bare, below `root`. */
export const createRepositories = async (root: string) => {
  const make = async (name: string, files: Readonly<Record<string, string>>) => {
    const folder = join(root, `${name}.git`);
    mkdirSync(folder, { recursive: true });
    await git(folder, 'init', '-q', '-b', 'main', '.');
    await git(folder, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
    return { folder, sha: await commit(folder, files, 'one') };
  };
  const lib = await make('group/lib', { 'lib.txt': 'lib\n' });
  const project = await make('group/project', { 'README.md': 'hello\n' });
  await git(project.folder, 'submodule', '--quiet', 'add', '../lib.git', 'lib').catch(async () => {
    // Older gits look at the remote of the repository, which has none: the file is written by hand.
    writeFileSync(join(project.folder, '.gitmodules'), '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n');
    await git(project.folder, 'update-index', '--add', '--cacheinfo', `160000,${lib.sha},lib`);
  });
  writeFileSync(join(project.folder, '.gitmodules'), '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n');
  await commit(project.folder, { 'src/a.txt': 'a\n', '.gitignore': '*.log\n' }, 'two');
  const sha = await commit(project.folder, { 'README.md': 'hello\nsecond\n' }, 'three');
  await git(project.folder, 'tag', 'v1');
  return { project: { ...project, sha }, lib };
};

export const commit = async (
  folder: string,
  files: Readonly<Record<string, string>>,
  message: string,
): Promise<string> => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    await git(folder, 'add', name);
  }
  await git(folder, 'add', '-A', '.');
  await git(folder, 'commit', '-q', '-m', message);
  return git(folder, 'rev-parse', 'HEAD');
};
