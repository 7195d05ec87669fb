import { execFile } from 'node:child_process';
import { HarrierError } from '../../../src-shared/errors.ts';

export interface GitOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs git and gives its output; a failure is an error with git's own words. */
export function git(args: readonly string[], { cwd, env, input }: GitOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      args,
      { cwd, env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...env }, maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        const said = missing ? 'git is not installed' : stderr.trim().split('\n').at(-1) || error.message;
        reject(new HarrierError('PIPELINE_NOT_GIT', `git ${args[0] ?? ''}: ${said}`, { cause: error }));
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
