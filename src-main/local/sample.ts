import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';

export interface SampleOptions {
  /** The content that ships with Harrier (`assets/sample`). */
  readonly source: string;
  /** Where the repository is made; its parent folder is made as well. */
  readonly folder: string;
  readonly platform?: NodeJS.Platform;
}

/** Stands for `.gitlab-ci.yml` on Windows; never part of the repository itself. */
const windowsFolder = 'windows';
const pipelineFile = '.gitlab-ci.yml';

/**
 * Gives the sample repository of "Try it", made at the first call. One that is there already is used as it is: what a
 * person changed in it is theirs. It comes into being at once (rename), so that a crash leaves no half repository.
 */
export async function prepareSample({ source, folder, platform = process.platform }: SampleOptions): Promise<string> {
  if (await isRepository(folder)) return folder;
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const draft = join(parent, `.sample-${randomBytes(6).toString('hex')}`);
  try {
    await copyTree(source, draft, platform);
    await commitAll(draft);
    await moveTo(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Two clicks at once: the other one made it.
    if (await isRepository(folder)) return folder;
    if (error instanceof HarrierError) throw error;
    throw new HarrierError('INTERNAL', `the sample repository could not be made: ${messageOf(error)}`, {
      cause: error,
      hint: 'Check that the data folder is writable and has free space.',
    });
  }
  return folder;
}

/** What stands in the way is the rest of an earlier try, or the repository that another call made meanwhile. */
async function moveTo(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    if (await isRepository(folder)) throw error;
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
}

const isRepository = (folder: string): Promise<boolean> =>
  git(folder, 'rev-parse', '--verify', '--quiet', 'HEAD').then(
    () => stat(join(folder, '.git')).then(() => true),
    () => false,
  );

/** Reads and writes file by file: inside of an app's archive only plain reads work. */
async function copyTree(source: string, target: string, platform: NodeJS.Platform): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(source, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      if (entry.name !== windowsFolder) await copyTree(join(source, entry.name), join(target, entry.name), platform);
      continue;
    }
    const replaced = platform === 'win32' && entry.name === pipelineFile;
    const from = replaced ? join(source, windowsFolder, entry.name) : join(source, entry.name);
    const to = join(target, entry.name);
    await writeFile(to, await readFile(from));
    if (platform !== 'win32') await chmod(to, 0o644);
  }
}

async function commitAll(folder: string): Promise<void> {
  await git(folder, 'init', '--quiet', '--template=');
  // `git init -b` needs git 2.28; this does the same everywhere.
  await git(folder, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--no-verify', '-m', 'A small pipeline to try');
}

/** The person's own settings (signing, hooks, templates, line ends) have no part in the sample. */
const neutral = {
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Harrier',
  GIT_AUTHOR_EMAIL: 'harrier@localhost',
  GIT_COMMITTER_NAME: 'Harrier',
  GIT_COMMITTER_EMAIL: 'harrier@localhost',
  GIT_TERMINAL_PROMPT: '0',
} as const;

function git(folder: string, ...args: readonly string[]): Promise<void> {
  // GIT_DIR and its kin, set where Harrier was started from a git hook, would lead git elsewhere.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(inherited), ...neutral };
  return new Promise((resolve, reject) => {
    execFile('git', ['-C', folder, ...args], { env, windowsHide: true }, (error, _, stderr) => {
      if (error === null) return resolve();
      const reason = error.code === 'ENOENT' ? 'git is not installed' : stderr.trim() || error.message;
      reject(
        new HarrierError('PIPELINE_NOT_GIT', `git ${args[0]}: ${reason}`, {
          cause: error,
          hint: error.code === 'ENOENT' ? 'Install git, then try again.' : 'Check that the data folder is writable.',
        }),
      );
    });
  });
}
