import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { describeWith } from '../support/require.ts';
import { createGoldenBench, type GoldenBench } from './bench.ts';

/** Whole jobs whose sources come over HTTP from a server that misbehaves. */
describeWith(['bash', 'git', 'posix'], 'sources over HTTP', () => {
  const password = 'the-job-token-1234';
  let bench: GoldenBench;
  let server: GitServer;
  let root: string;
  let sha: string;
  beforeAll(async () => {
    bench = await createGoldenBench();
    root = mkdtempSync(join(tmpdir(), 'harrier-git-'));
    sha = makeRepository(root);
    server = await startGitServer({ root, allows: (_, given) => given === password });
  });
  afterAll(async () => {
    await server.close();
    await bench.close();
    rmSync(root, { recursive: true, force: true });
  });
  const run = (git: Record<string, unknown> = {}, more: Record<string, string> = {}) =>
    bench.run({
      variables: Object.entries({
        GIT_STRATEGY: 'clone',
        FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY: 'false',
        ...more,
      }).map(([key, value]) => ({ key, value })),
      script: ['wc -c < big.bin; git status --short'],
      payload: {
        git_info: {
          repo_url: server.withLogin('group/project.git', password),
          ref: 'main',
          sha,
          depth: 20,
          refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
          ...git,
        },
      },
    });
  // The list of refs is one request and short, the pack is the second.
  const cut = () => ({ times: 2, cutAfterBytes: 500_000 });
  const failed = { state: 'failed', failureReason: 'script_failure', exitCode: 128 };

  it('the right credentials bring them', async () => {
    const { outcome, sections } = await run();
    expect(outcome.state).toBe('success');
    expect(sections['step_script']).toContain('\n2097152\n');
  });

  it('wrong credentials fail the job with git’s sentence, and stand in no log', async () => {
    const { outcome, raw } = await run({ repo_url: server.withLogin('group/project.git', 'wrong-token-5678') });
    expect(outcome).toMatchObject(failed);
    expect(raw).toContain(`fatal: Authentication failed for '${server.url}/group/project.git/'`);
    expect(raw).not.toContain('wrong-token-5678');
    expect(raw).not.toContain('step_script');
  });

  it('a ref that is not there is named', async () => {
    const { outcome, raw } = await run({ refspecs: ['+refs/heads/gone:refs/remotes/origin/gone'] });
    expect(outcome).toMatchObject(failed);
    expect(raw).toContain("fatal: couldn't find remote ref refs/heads/gone\n");
  });

  it('a repository that is not there is named', async () => {
    const { outcome, raw } = await run({ repo_url: server.withLogin('group/other.git', password) });
    expect(outcome).toMatchObject(failed);
    expect(raw).toContain(`${server.url}/group/other.git`);
  });

  it('a server that dies in the middle of a clone fails the job', async () => {
    server.fail(cut());
    const { outcome, raw } = await run();
    expect(outcome).toMatchObject(failed);
    expect(raw).toMatch(/fatal: (early EOF|the remote end hung up unexpectedly|.*disconnect)/);
    expect(raw).not.toContain('step_script');
  });

  it('another try brings them, after the half clone was cleared away', async () => {
    server.fail(cut());
    const { outcome, names, sections } = await run({}, { GET_SOURCES_ATTEMPTS: '2' });
    expect(outcome.state).toBe('success');
    expect(names.slice(0, 6)).toEqual([
      'prepare_executor',
      'prepare_script',
      'get_sources',
      'clear_worktree',
      'get_sources',
      'step_script',
    ]);
    expect(sections['']).toContain('WARNING: Retrying...\n');
    expect(sections['step_script']).toContain('\n2097152\n');
  });

  it('a server in trouble is said with its status', async () => {
    server.fail({ times: 1, status: 503 });
    const { outcome, raw } = await run();
    expect(outcome).toMatchObject(failed);
    expect(raw).toContain('503');
  });
});

/** A bare repository with a file that does not compress; answers its commit. */
const makeRepository = (root: string): string => {
  const work = join(root, 'work');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: work, encoding: 'utf8' }).trim();
  mkdirSync(work);
  writeFileSync(join(work, 'big.bin'), randomBytes(2 * 1024 * 1024));
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  git('clone', '-q', '--bare', '.', join(root, 'group/project.git'));
  return git('rev-parse', 'HEAD');
};
