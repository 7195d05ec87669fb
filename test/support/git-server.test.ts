import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GitServer, startGitServer } from './git-server.ts';
import { describeWith } from './require.ts';
import { createSampleRepository, type SampleRepository } from './sample-repository.ts';

describeWith('git', 'the git server of the tests', () => {
  let root: string;
  let server: GitServer;
  let sample: SampleRepository;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'git-server-'));
    sample = createSampleRepository(join(root, 'repositories'));
    server = await startGitServer({
      root: join(root, 'repositories'),
      allows: (user, password) => user === 'gitlab-ci-token' && password === 'right',
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });
  const run = promisify(execFile);
  const git = async (...args: string[]): Promise<string> => {
    const env = { PATH: process.env['PATH'], HOME: root, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' };
    return (await run('git', args, { cwd: root, env })).stdout.trim();
  };

  it('serves branches, tags, pipelines and the submodule', async () => {
    const address = server.withLogin('group/project.git', 'right');
    await git('clone', '-q', '--recurse-submodules', address, 'all');
    expect(readFileSync(join(root, 'all/lib/lib.txt'), 'utf8')).toBe('lib\n');
    expect(await git('-C', 'all', 'rev-parse', 'HEAD')).toBe(sample.sha.main);
    await git('-C', 'all', 'fetch', '-q', '--depth', '1', 'origin', '+refs/pipelines/78:refs/pipelines/78');
    expect(await git('-C', 'all', 'rev-parse', 'refs/pipelines/78', 'v1.0')).toBe(
      `${sample.sha.feature}\n${sample.sha.before}`,
    );
    const next = sample.commit('main', { 'new.txt': 'n\n' }, 79);
    await git('-C', 'all', 'fetch', '-q', 'origin', '+refs/pipelines/79:refs/pipelines/79');
    expect(await git('-C', 'all', 'rev-parse', 'refs/pipelines/79')).toBe(next);
  });

  it.each([
    { why: 'a wrong password', address: () => server.withLogin('group/project.git', 'wrong'), says: /Authentication/ },
    { why: 'no password', address: () => `${server.url}/group/project.git`, says: /could not read Username/ },
    { why: 'no repository', address: () => server.withLogin('group/none.git', 'right'), says: /not found/ },
  ])('refuses $why', async ({ address, says }) => {
    await expect(git('clone', '-q', address(), 'refused')).rejects.toThrow(says);
  });

  it('fails once with a status, once in the middle', async () => {
    const address = server.withLogin('group/project.git', 'right');
    server.fail({ times: 1, status: 503 });
    await expect(git('clone', '-q', address, 'once')).rejects.toThrow(/503/);
    server.fail({ times: 1, cutAfterBytes: 100 });
    await expect(git('clone', '-q', address, 'twice')).rejects.toThrow();
    await git('clone', '-q', address, 'thrice');
    expect(existsSync(join(root, 'thrice/README.md'))).toBe(true);
  });
});
