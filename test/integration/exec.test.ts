import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../support/require.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');
let folder: string;
let scratch: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exec-'));
  scratch = mkdtempSync(join(tmpdir(), 'exec-tmp-'));
});
afterEach(() => {
  // What a pipeline needs on the way is gone when it is over.
  expect(readdirSync(scratch)).toEqual([]);
  for (const path of [folder, scratch]) rmSync(path, { recursive: true, force: true });
});

const git = (...args: string[]): string => {
  const identity = ['-c', 'user.name=T', '-c', 'user.email=t@example.test', '-c', 'init.defaultBranch=main'];
  return spawnSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).stdout.trim();
};
const write = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};
const repository = (yaml: string, files: Readonly<Record<string, string>> = {}): void => {
  git('init', '--quiet');
  write({ '.gitlab-ci.yml': yaml, ...files });
  git('add', '--all');
  git('commit', '--quiet', '--message', 'First');
};
const harrier = (...args: string[]): Promise<{ code: number | null; out: string; err: string }> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [cli, 'exec', '--cwd', folder, ...args], {
      env: { ...process.env, TMPDIR: scratch, NO_COLOR: '1' },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('close', (code) => done({ code, out, err }));
  });
/** What the commands of one job printed, without what the runner says around it. */
const outputOf = (out: string, job: string): string[] =>
  out
    .split('\n')
    .filter((line) => line.startsWith(`${job} | `))
    .map((line) => line.slice(job.length + 3));

describeWith(['git', 'bash', 'posix'], 'harrier exec', () => {
  it('runs stages in order, hands artifacts on, and ends green', async () => {
    repository(
      [
        'stages: [one, two]',
        'make: {stage: one, script: [mkdir o, echo made > o/file], artifacts: {paths: [o/]}}',
        'use: {stage: two, script: [cat o/file, "echo job $CI_JOB_NAME of $CI_PROJECT_PATH"]}',
        '',
      ].join('\n'),
    );
    const { code, out, err } = await harrier();
    expect(code).toBe(0);
    expect(err).toMatch(/^Pipeline passed in \d+\.\d s$/m);
    expect(outputOf(out, 'use')).toContain('made');
    expect(out.indexOf('make | Job succeeded')).toBeLessThan(out.indexOf('use | Running with'));
  });

  it('sees uncommitted and untracked files, not ignored ones, and leaves the repository alone', async () => {
    repository('j: {script: ["cat tracked new 2>&1; ls"]}\n', { tracked: 'old\n', '.gitignore': 'secret\n' });
    write({ tracked: 'changed\n', new: 'untracked\n', secret: 'x' });
    const before = [git('status', '--porcelain'), git('for-each-ref'), git('rev-parse', 'HEAD')];
    const { code, out } = await harrier();
    expect(code).toBe(0);
    const lines = outputOf(out, 'j');
    expect(lines).toEqual(expect.arrayContaining(['changed', 'untracked', 'new', 'tracked']));
    expect(lines).not.toContain('secret');
    expect([git('status', '--porcelain'), git('for-each-ref'), git('rev-parse', 'HEAD')]).toEqual(before);
  });

  it('a failed job is exit code 1; allowed failures, rules and after_script count', async () => {
    repository(
      [
        'bad: {script: [exit 3], after_script: ["echo after $CI_JOB_STATUS"]}',
        'soft: {script: [exit 4], allow_failure: {exit_codes: [4]}}',
        'never: {script: [echo x], rules: [{if: "$CI_COMMIT_BRANCH == \\"other\\""}]}',
        'later: {stage: deploy, script: [echo deployed]}',
        '',
      ].join('\n'),
    );
    const { code, out, err } = await harrier();
    expect(code).toBe(1);
    expect(err.trim().split('\n').at(-1)).toBe('Pipeline failed: bad');
    expect(out).toMatch(/^soft \| failed in \d+\.\d s, allowed to fail$/m);
    expect(outputOf(out, 'bad')).toEqual(expect.arrayContaining(['after failed', 'ERROR: Job failed: exit status 3']));
    expect(out).not.toContain('never |');
    expect(out).not.toContain('deployed');
  });

  it('runs only the jobs that were asked for, with what they need', async () => {
    repository('a: {script: [echo a]}\nb: {script: [echo b], needs: [a]}\nc: {script: [echo c]}\n');
    const { code, out } = await harrier('b');
    expect(code).toBe(0);
    expect([...new Set(out.split('\n').map((line) => line.split(' | ')[0]))].filter(Boolean).sort()).toEqual([
      'a',
      'b',
    ]);
  });

  it('lists jobs', async () => {
    repository('build-it: {stage: build, script: [x]}\ntest-it: {script: [x], needs: [build-it], when: manual}\n');
    expect(await harrier('--list')).toEqual({
      code: 0,
      out: 'JOB       STAGE  WHEN        NEEDS\nbuild-it  build  on_success\ntest-it   test   manual      build-it\n',
      err: '',
    });
  });

  it('shows a line while its job still runs', async () => {
    repository('slow: {script: ["echo first; sleep 30"]}\n');
    const child = spawn(process.execPath, [cli, 'exec', '--cwd', folder], {
      env: { ...process.env, TMPDIR: scratch, NO_COLOR: '1' },
    });
    await new Promise<void>((seen) => {
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
        if (out.includes('slow | first\n')) seen();
      });
    });
    const ended = new Promise((done) => child.on('close', done));
    child.kill('SIGINT');
    expect(await ended).toBe(1);
  });

  it.each([
    { why: 'a folder without git', make: () => {}, code: 2, says: 'PIPELINE_NOT_GIT' },
    {
      why: 'a repository without a pipeline',
      make: () => {
        git('init', '--quiet');
        write({ a: '' });
        git('add', '--all');
        git('commit', '--quiet', '--message', 'x');
      },
      code: 2,
      says: 'PIPELINE_NO_YAML',
    },
    {
      why: 'a keyword that is not supported, with its line',
      make: () => repository('j:\n  script: [x]\n  trigger: other/project\n'),
      code: 2,
      says: '.gitlab-ci.yml:3: jobs:j: `trigger` is not supported locally yet',
    },
    {
      why: 'a wrong key, with its line',
      make: () => repository('j:\n  script: [x]\n  scirpt: [y]\n'),
      code: 2,
      says: '.gitlab-ci.yml:3: jobs:j config contains unknown keys: scirpt',
    },
    { why: 'broken YAML', make: () => repository('j: [\n'), code: 2, says: 'PIPELINE_INVALID' },
    {
      why: 'an unknown job',
      make: () => repository('j: {script: [x]}\n'),
      args: ['nope'],
      code: 2,
      says: 'PIPELINE_JOB_UNKNOWN',
    },
  ])('says so: $why', async ({ make, code, says, args = [] }) => {
    make();
    const result = await harrier(...args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(says);
  });
});
