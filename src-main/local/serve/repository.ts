import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HarrierError } from '../../../src-shared/errors.ts';
import { git, tryGit } from './git.ts';

/** What a pipeline must know of the repository of a folder. */
export interface Repository {
  readonly root: string;
  /** Folder of objects and refs, shared by all work trees. */
  readonly commonDir: string;
  /** This work tree's own index. */
  readonly indexFile: string;
  readonly head: string;
  readonly objectFormat: string;
  /** Branch or tag name; `HEAD` when detached. */
  readonly ref: string;
  readonly dirty: boolean;
  readonly message: string;
  readonly author: string;
  readonly timestamp: string;
  readonly defaultBranch: string;
  readonly remoteUrl: string | undefined;
  readonly user: { readonly name: string; readonly email: string };
}

/** Throws PIPELINE_NOT_GIT with the next step. */
export async function readRepository(folder: string): Promise<Repository> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new HarrierError('PIPELINE_NOT_GIT', `there is no folder ${folder}`, { hint: 'Choose another folder.' });
  const places = await tryGit(['rev-parse', '--show-toplevel', '--git-common-dir', '--git-path', 'index'], {
    cwd: folder,
  });
  // Paths relative to the folder: git before 2.31 cannot make them absolute.
  const [root, commonDir, indexFile] = places?.split('\n').map((path) => resolve(folder, path)) ?? [];
  if (root === undefined || commonDir === undefined || indexFile === undefined) {
    await git(['--version'], { cwd: folder });
    throw new HarrierError('PIPELINE_NOT_GIT', `${folder} is not inside of a git repository`);
  }
  const at = { cwd: root };
  const [log, branch, status, format, originHead, remoteUrl, name, email] = await Promise.all([
    tryGit(['-c', 'log.showSignature=false', 'log', '-1', '--format=%H%x00%an <%ae>%x00%cI%x00%B'], at),
    tryGit(['symbolic-ref', '--quiet', '--short', 'HEAD'], at),
    git(['status', '--porcelain', '-z', '--untracked-files=normal'], at),
    tryGit(['rev-parse', '--show-object-format'], at),
    tryGit(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'], at),
    tryGit(['config', '--get', 'remote.origin.url'], at),
    tryGit(['config', '--get', 'user.name'], at),
    tryGit(['config', '--get', 'user.email'], at),
  ]);
  if (log === undefined)
    throw new HarrierError('PIPELINE_NOT_GIT', `the repository ${root} has no commit yet`, {
      hint: 'Commit once (`git add -A && git commit`), then run the pipeline again.',
    });
  const [head = '', author = '', timestamp = '', ...message] = log.split('\0');
  return {
    root,
    commonDir,
    indexFile,
    head,
    objectFormat: format ?? 'sha1',
    ref: branch ?? 'HEAD',
    dirty: status !== '',
    message: message.join('\0'),
    author,
    timestamp,
    defaultBranch: originHead?.replace(/^origin\//, '') ?? branch ?? 'main',
    remoteUrl: remoteUrl || undefined,
    user: { name: name ?? '', email: email ?? '' },
  };
}
