import { execFile } from 'node:child_process';
import { HarrierError } from '../../../src-shared/errors.ts';

export interface GitOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Where Harrier was started by a git hook, these would lead git to another repository or index. */
const inherited =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|CEILING_DIRECTORIES|CONFIG_PARAMETERS|QUARANTINE_PATH)$/;

/** Our environment for git: no question is asked, messages are English, and looking changes nothing (`git status`). */
export const gitEnvironment = (more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name))),
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  LC_ALL: 'C',
  ...more,
});

/** Runs git and gives its output; a failure is an error with git's own words. */
export function git(args: readonly string[], { cwd, env, input }: GitOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      args,
      { cwd, env: gitEnvironment(env), maxBuffer: 256 * 1024 * 1024, windowsHide: true },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const said = stderr.trim().split('\n').at(-1) || error.message;
        reject(
          error.code === 'ENOENT'
            ? new HarrierError('PIPELINE_NOT_GIT', `git could not be started in ${cwd}`, {
                cause: error,
                hint: 'Check that git is installed and that the folder exists.',
              })
            : new HarrierError('PIPELINE_NOT_GIT', `git ${args[0] ?? ''}: ${said}`, {
                cause: error,
                hint: 'Run `git status` in the folder; what stops it there stops the pipeline too.',
              }),
        );
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}

/** The same, undefined when git says no. */
export const tryGit = (args: readonly string[], options: GitOptions): Promise<string | undefined> =>
  git(args, options).then(
    (text) => text.trimEnd(),
    () => undefined,
  );
