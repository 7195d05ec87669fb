import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A repository of a test, in a folder that goes at the end. */
export interface TestRepository {
  readonly folder: string;
  /** A place beside the repository. */
  readonly beside: string;
  git(...args: readonly string[]): string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(): Promise<void>;
}

/** One commit on `main` with these files. */
export async function createRepository(files: Readonly<Record<string, string>>): Promise<TestRepository> {
  const beside = await mkdtemp(join(tmpdir(), 'harrier-local-'));
  const folder = join(beside, 'my project');
  await mkdir(folder);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' },
    }).trim();
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(more)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  };
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.org');
  await write(files);
  git('add', '-A');
  git('commit', '-q', '-m', 'First title', '-m', 'and a description');
  return { folder, beside, git, write, remove: () => rm(beside, { recursive: true, force: true }) };
}
