import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, tryGit } from './git.ts';
import type { Repository } from './repository.ts';

/** A bare repository of ours that borrows the user's objects and holds the work tree as a commit. */
export interface Snapshot {
  readonly folder: string;
  readonly sha: string;
}

const identity = {
  GIT_AUTHOR_NAME: 'Harrier',
  GIT_AUTHOR_EMAIL: 'harrier@localhost',
  GIT_COMMITTER_NAME: 'Harrier',
  GIT_COMMITTER_EMAIL: 'harrier@localhost',
};

/**
 * Takes the work tree as it is: HEAD, or with uncommitted and untracked (not ignored) files a commit on top of it.
 * Nothing in the user's repository changes: the index is a copy, new objects go into ours.
 */
export async function takeSnapshot(repository: Repository, folder: string, pipelineId: number): Promise<Snapshot> {
  const { root, commonDir, head } = repository;
  const objects = join(folder, 'objects');
  await mkdir(join(objects, 'info'), { recursive: true, mode: 0o700 });
  await mkdir(join(folder, 'refs', 'heads'), { recursive: true });
  const config = [
    '[core]',
    `\trepositoryformatversion = ${repository.objectFormat === 'sha1' ? 0 : 1}`,
    '\tbare = true',
    ...(repository.objectFormat === 'sha1' ? [] : ['[extensions]', `\tobjectFormat = ${repository.objectFormat}`]),
    '[uploadpack]',
    '\tallowAnySHA1InWant = true',
    '\tallowFilter = true',
    '[gc]',
    '\tauto = 0',
    '',
  ];
  await writeFile(join(folder, 'config'), config.join('\n'));
  await writeFile(join(folder, 'HEAD'), `ref: refs/heads/${repository.ref === 'HEAD' ? 'harrier' : repository.ref}\n`);
  await writeFile(join(objects, 'info', 'alternates'), `${join(commonDir, 'objects')}\n`);
  if (existsSync(join(commonDir, 'shallow'))) await copyFile(join(commonDir, 'shallow'), join(folder, 'shallow'));
  const sha = repository.dirty ? await commitWorkTree(repository, folder) : head;
  await writeRefs(repository, folder, sha, pipelineId);
  return { folder, sha };

  async function commitWorkTree({ indexFile }: Repository, bare: string): Promise<string> {
    const index = join(bare, 'index');
    // The copy keeps what git knows of unchanged files: they are not read again.
    if (existsSync(indexFile)) await copyFile(indexFile, index);
    const env = {
      GIT_INDEX_FILE: index,
      GIT_OBJECT_DIRECTORY: objects,
      ...identity,
    };
    // A warning about line ends would be an error where the person's config says so.
    await git(['-c', 'core.safecrlf=false', 'add', '-A'], { cwd: root, env });
    const tree = (await git(['write-tree'], { cwd: root, env })).trim();
    const message = `Work tree of ${repository.ref}\n\nUncommitted changes on top of ${head}.\n`;
    const commit = await git(['commit-tree', tree, '-p', head], { cwd: root, env, input: message });
    await rm(index, { force: true });
    return commit.trim();
  }
}

/** The user's refs as a server would have them, the branch of this run moved to the snapshot. */
async function writeRefs(repository: Repository, folder: string, sha: string, pipelineId: number): Promise<void> {
  const known =
    (await tryGit(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags'], {
      cwd: repository.root,
    })) ?? '';
  const branch = repository.ref === 'HEAD' ? 'harrier' : repository.ref;
  const refs = new Map(
    known
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
  );
  refs.set(`refs/heads/${branch}`, sha);
  refs.set(`refs/pipelines/${pipelineId}`, sha);
  const lines = [...refs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, id]) => `${id} ${name}`);
  await writeFile(join(folder, 'packed-refs'), `# pack-refs with: sorted \n${lines.join('\n')}\n`);
}
