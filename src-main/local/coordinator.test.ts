import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { type LocalCoordinator, startLocalCoordinator } from './index.ts';
import { valuesOf } from './testing/compile.ts';
import { createRepository, type TestRepository } from './testing/repository.ts';
import { createRunner } from './testing/runner.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(yaml: string, files: Readonly<Record<string, string>> = {}) {
  const repository: TestRepository = await createRepository({ '.gitlab-ci.yml': yaml, ...files });
  closers.push(repository.remove);
  const dataFolder = join(repository.beside, 'data');
  const coordinator: LocalCoordinator = await startLocalCoordinator({
    clock: systemClock,
    log: silentLogger,
    dataFolder,
    runnerKeyOf: () => 'key',
  });
  closers.push(coordinator.close);
  return { repository, coordinator, dataFolder, runner: createRunner(coordinator) };
}
const states = (run: { view(): { stages: readonly { jobs: readonly { name: string; state: string }[] }[] } }) =>
  Object.fromEntries(run.view().stages.flatMap(({ jobs }) => jobs.map(({ name, state }) => [name, state])));

it('hands jobs out in the order of stages, with artifacts, and says how it ended', async () => {
  const { repository, coordinator, runner } = await start(
    'b: {stage: build, script: x, artifacts: {paths: [o]}}\nt: {stage: test, script: y}',
  );
  const run = await coordinator.runPipeline({ folder: repository.folder });
  const b = await runner.take();
  expect(b).toMatchObject({ job_info: { name: 'b', stage: 'build' }, dependencies: [] });
  expect(b.artifacts).toMatchObject([{ artifact_type: 'archive', artifact_format: 'zip', paths: ['o'] }]);
  const next = runner.take();
  expect((await runner.put(b, 'running')).headers.get('job-status')).toBe('running');
  expect((await runner.upload(b, 'artifact_type=archive&artifact_format=zip', 'zip bytes')).status).toBe(201);
  expect(states(run)).toEqual({ b: 'running', t: 'waiting' });
  expect((await runner.put(b, 'success')).status).toBe(200);
  const t = await next;
  expect(t.dependencies).toEqual([
    { id: b.id, token: t.token, name: 'b', artifacts_file: { filename: 'artifacts.zip', size: 9 } },
  ]);
  const file = await runner.download(b.id, t.token);
  expect([file.status, await file.text()]).toEqual([200, 'zip bytes']);
  await runner.put(t, 'success');
  expect(await run.done).toEqual({ state: 'passed', failedJobs: [] });
  expect(run.view()).toMatchObject({
    state: 'passed',
    stages: [{ name: 'build', jobs: [{ key: `key-${b.id}` }] }, {}],
  });
});

it('the payload as GitLab sends it', async () => {
  const { repository, coordinator, runner } = await start(
    'variables: {CI_COMMIT_SHA: zz, GITLAB_USER_LOGIN: zz, A: $B, B: v-$C, C: "1"}\na: {script: [x], after_script: [y], timeout: 5m, variables: {C: "2"}, hooks: {pre_get_sources_script: [h]}}',
  );
  await coordinator.runPipeline({ folder: repository.folder, variables: { RUN: 'given' } });
  const job = await runner.take();
  const sha = repository.git('rev-parse', 'HEAD');
  const values = valuesOf(job.variables ?? []);
  expect(job.steps).toEqual([
    { name: 'script', script: ['x'], timeout: 300, when: 'on_success', allow_failure: false },
    { name: 'after_script', script: ['y'], timeout: 300, when: 'always', allow_failure: true },
  ]);
  expect(job).toMatchObject({
    allow_git_fetch: true,
    runner_info: { timeout: 300 },
    git_info: {
      ref: 'main',
      sha,
      ref_type: 'branch',
      depth: 20,
      refspecs: [`+refs/pipelines/1:refs/pipelines/1`, '+refs/heads/main:refs/remotes/origin/main'],
    },
    features: { trace_sections: true, failure_reasons: expect.arrayContaining(['runner_system_failure']) },
    hooks: [{ name: 'pre_get_sources_script', script: ['h'] }],
    image: null,
  });
  expect(values).toMatchObject({
    CI: 'true',
    GITLAB_CI: 'true',
    CI_JOB_NAME: 'a',
    CI_JOB_STAGE: 'test',
    CI_JOB_ID: String(job.id),
    CI_COMMIT_SHA: 'zz',
    CI_COMMIT_SHORT_SHA: sha.slice(0, 8),
    CI_COMMIT_BRANCH: 'main',
    CI_COMMIT_TITLE: 'First title',
    CI_COMMIT_AUTHOR: 'Ada <ada@example.org>',
    CI_PROJECT_NAME: 'my-project',
    CI_NODE_TOTAL: '1',
    CI_JOB_TOKEN: job.token,
    GITLAB_USER_LOGIN: 'ada',
    A: 'v-2',
    B: 'v-2',
    RUN: 'given',
  });
  const masked = (job.variables ?? []).filter((variable) => variable.masked).map(({ key }) => key);
  expect(masked.sort()).toEqual(['CI_JOB_TOKEN', 'CI_REPOSITORY_URL']);
});

it('git clones the work tree as it is: edited and new files, ignored ones not; nothing of the person changes', async () => {
  const { repository, coordinator, runner } = await start('a: {script: x}', {
    'a.txt': 'old',
    '.gitignore': 'secret\n',
    'gone.txt': 'x',
  });
  await repository.write({ 'a.txt': 'new', 'untracked.txt': 'u', secret: 's', 'staged.txt': 's' });
  repository.git('add', 'staged.txt');
  repository.git('rm', '-q', '--cached', 'gone.txt');
  await unlink(join(repository.folder, 'gone.txt'));
  const index = await readFile(join(repository.folder, '.git', 'index'));
  const before = repository.git('for-each-ref') + repository.git('count-objects');
  await coordinator.runPipeline({ folder: repository.folder });
  const job = await runner.take();
  const target = join(repository.beside, 'clone');
  // Not the synchronous form: the server lives in this process.
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', ['-C', target, ...args], { timeout: 20_000 })).stdout.trim();
  await mkdir(target);
  await git('init', '-q');
  await git('fetch', '-q', '--depth', '20', job.git_info?.repo_url ?? '', ...(job.git_info?.refspecs ?? []));
  await git('checkout', '-q', job.git_info?.sha ?? '');
  expect((await readdir(target)).sort()).toEqual([
    '.git',
    '.gitignore',
    '.gitlab-ci.yml',
    'a.txt',
    'staged.txt',
    'untracked.txt',
  ]);
  expect(await readFile(join(target, 'a.txt'), 'utf8')).toBe('new');
  expect(await git('status', '--porcelain')).toBe('');
  expect(await git('log', '-1', '--format=%P')).toBe(repository.git('rev-parse', 'HEAD'));
  expect(await readFile(join(repository.folder, '.git', 'index'))).toEqual(index);
  expect(repository.git('for-each-ref') + repository.git('count-objects')).toBe(before);
});

it('a repository is read-only, for jobs at work, and for its own project only', async () => {
  const { repository, coordinator, runner } = await start('a: {script: x}');
  await coordinator.runPipeline({ folder: repository.folder });
  const job = await runner.take();
  const url = new URL(job.git_info?.repo_url ?? '');
  const authorization = `Basic ${Buffer.from(`gitlab-ci-token:${job.token}`).toString('base64')}`;
  const ask = (path: string, headers = { authorization }) => fetch(`${coordinator.url}${path}`, { headers });
  expect((await ask(`${url.pathname}/info/refs?service=git-upload-pack`)).status).toBe(200);
  expect((await ask(`${url.pathname}/info/refs?service=git-receive-pack`)).status).toBe(403);
  expect((await ask(`${url.pathname}/config`)).status).toBe(403);
  expect((await ask('/other/project.git/info/refs?service=git-upload-pack')).status).toBe(401);
  expect((await ask(`${url.pathname}/info/refs?service=git-upload-pack`, { authorization: 'Basic xx' })).status).toBe(
    401,
  );
  await runner.put(job, 'success');
  expect((await ask(`${url.pathname}/info/refs?service=git-upload-pack`)).status).toBe(401);
});

it('refuses what GitLab refuses', async () => {
  const { repository, coordinator, runner } = await start('a: {script: x, artifacts: {paths: [o]}}\nb: {script: x}');
  const run = await coordinator.runPipeline({ folder: repository.folder });
  expect((await runner.ask({ token: 'glrt-wrong' })).status).toBe(403);
  expect((await runner.ask({ token: undefined })).status).toBe(400);
  expect((await runner.json('POST', '/runners/verify', { token: 'no' })).status).toBe(403);
  expect((await runner.json('POST', '/runners/verify', { token: coordinator.runnerToken })).status).toBe(200);
  const a = await runner.take();
  const b = await runner.take();
  const log: string[] = [];
  run.onLog((job, text) => log.push(`${job} ${text}`));
  expect((await runner.patch({ id: a.id, token: b.token }, 0, 'x')).status).toBe(403);
  expect((await runner.patch({ id: 999_999, token: a.token }, 0, 'x')).status).toBe(403);
  expect(
    (await runner.api(`/jobs/${a.id}/trace`, { method: 'PATCH', body: 'x', headers: { 'job-token': a.token } })).status,
  ).toBe(400);
  const first = await runner.patch(a, 0, 'hällo');
  expect([first.status, first.headers.get('range'), first.headers.get('job-status')]).toEqual([202, '0-6', 'running']);
  const gap = await runner.patch(a, 9, 'x');
  expect([gap.status, gap.headers.get('range')]).toEqual([416, '0-6']);
  expect((await runner.patch(a, 0, 'hällo')).status).toBe(416);
  expect(log).toEqual(['a hällo']);
  expect((await runner.put(a, 'sleeping')).status).toBe(400);
  expect((await runner.json('PUT', `/jobs/${a.id}`, { state: 'running' })).status).toBe(400);
  expect((await runner.json('PUT', `/jobs/${a.id}`, { state: 'running', token: b.token })).status).toBe(403);
  expect((await runner.upload(b, 'artifact_type=archive', 'x')).status).toBe(400);
  expect((await runner.upload(a, 'artifact_type=junit', 'x')).status).toBe(400);
  expect(
    (await runner.api(`/jobs/${a.id}/artifacts`, { method: 'POST', body: 'x', headers: { 'job-token': a.token } }))
      .status,
  ).toBe(400);
  expect((await runner.download(a.id, b.token)).status).toBe(404);
  expect((await runner.download(a.id, 'nobody')).status).toBe(401);
  await runner.put(a, 'failed', { failure_reason: 'script_failure', exit_code: 1 });
  const late = await runner.patch(a, 6, 'x');
  expect([late.status, late.headers.get('job-status')]).toEqual([403, 'failed']);
  expect((await runner.put(a, 'success')).status).toBe(403);
  expect((await runner.api('/jobs/x')).status).toBe(404);
  expect((await fetch(coordinator.url)).status).toBe(404);
});

it('jobs of another pipeline and their artifacts are out of reach', async () => {
  const { repository, coordinator, runner } = await start('a: {script: x, artifacts: {paths: [o]}}');
  await coordinator.runPipeline({ folder: repository.folder });
  const one = await runner.take();
  await runner.upload(one, 'artifact_type=archive', 'x');
  await coordinator.runPipeline({ folder: repository.folder });
  const two = await runner.take();
  expect(two.id).not.toBe(one.id);
  expect((await runner.download(one.id, two.token)).status).toBe(403);
});

it('a held request is answered at once when a pipeline begins, and a taken back one loses no job', async () => {
  const { repository, coordinator, runner } = await start('a: {script: x}');
  const gone = new AbortController();
  const lost = runner.ask({ signal: gone.signal }).catch(() => 'aborted');
  gone.abort();
  expect(await lost).toBe('aborted');
  const held = runner.take();
  const run = await coordinator.runPipeline({ folder: repository.folder });
  await runner.put(await held, 'success');
  expect((await run.done).state).toBe('passed');
});

it('retry, by reason and exit code; the second try is a new job', async () => {
  const { repository, coordinator, runner } = await start(
    'a: {script: x, retry: {max: 2, when: runner_system_failure}}',
  );
  const run = await coordinator.runPipeline({ folder: repository.folder });
  const one = await runner.take();
  await runner.put(one, 'failed', { failure_reason: 'runner_system_failure' });
  const two = await runner.take();
  expect(two.id).toBeGreaterThan(one.id);
  await runner.put(two, 'failed', { failure_reason: 'script_failure', exit_code: 1 });
  expect(await run.done).toEqual({ state: 'failed', failedJobs: ['a'] });
});

it('exit codes that are allowed make a warning', async () => {
  const { repository, coordinator, runner } = await start('a: {script: x, allow_failure: {exit_codes: 42}}');
  const run = await coordinator.runPipeline({ folder: repository.folder });
  await runner.put(await runner.take(), 'failed', { exit_code: 42 });
  expect(await run.done).toEqual({ state: 'warning', failedJobs: [] });
  expect(states(run)).toEqual({ a: 'warning' });
});

it('cancel: the runner is told, jobs that wait never run', async () => {
  const { repository, coordinator, runner } = await start('a: {stage: build, script: x}\nb: {script: x}');
  const run = await coordinator.runPipeline({ folder: repository.folder });
  const job = await runner.take();
  run.cancel();
  expect((await runner.patch(job, 0, 'x')).headers.get('job-status')).toBe('canceling');
  await runner.put(job, 'failed', { failure_reason: 'unknown_failure' });
  expect(await run.done).toEqual({ state: 'canceled', failedJobs: [] });
  expect(states(run)).toEqual({ a: 'canceled', b: 'canceled' });
  expect((await runner.patch(job, 1, 'x')).headers.get('job-status')).toBe('canceled');
});

it('a dotenv report reaches the jobs that take artifacts, and no others', async () => {
  const { repository, coordinator, runner } = await start(
    'b: {stage: build, script: x, artifacts: {reports: {dotenv: e.env}}}\nt: {script: x}\nn: {script: x, needs: []}',
  );
  await coordinator.runPipeline({ folder: repository.folder });
  const first = [await runner.take(), await runner.take()];
  const b = first.find(({ job_info }) => job_info?.name === 'b');
  const n = first.find(({ job_info }) => job_info?.name === 'n');
  if (b === undefined || n === undefined) throw new Error('b and n start at once');
  const dotenv = (text: string) =>
    runner.upload(b, 'artifact_type=dotenv&artifact_format=gzip', new Uint8Array(gzipSync(text)), '.env.gz');
  for (const bad of [
    'V 1\n',
    '\nV=1\n',
    'x'.repeat(6000),
    `V=${'1'.repeat(5_000_000)}`,
    Array.from({ length: 21 }, (_, i) => `V${i}=1`).join('\n'),
  ])
    expect((await dotenv(bad)).status, bad.slice(0, 10)).toBe(400);
  expect((await dotenv('V=a b=$C\nW=\n')).status).toBe(201);
  await runner.put(b, 'success');
  const t = await runner.take();
  expect(valuesOf(t.variables ?? [])).toMatchObject({ V: 'a b=$C', W: '' });
  expect(valuesOf(n.variables ?? [])['V']).toBeUndefined();
});

it('one job of a resource group at a time', async () => {
  const { repository, coordinator, runner } = await start(
    'a: {script: x, resource_group: g}\nb: {script: x, resource_group: g}\nc: {script: x}',
  );
  await coordinator.runPipeline({ folder: repository.folder });
  const a = await runner.take();
  expect((await runner.take()).job_info?.name).toBe('c');
  const next = runner.take();
  await runner.put(a, 'success');
  expect((await next).job_info?.name).toBe('b');
});

it('named jobs bring what they need; a manual one runs', async () => {
  const { repository, coordinator, runner } = await start(
    'b: {stage: build, script: x, artifacts: {paths: [o]}}\nc: {stage: build, script: x}\nd: {stage: deploy, script: x, needs: [b], when: manual}\ne: {script: x, rules: [{if: $NOPE}]}',
  );
  const run = await coordinator.runPipeline({ folder: repository.folder, jobs: ['d'] });
  const order = [];
  for (let i = 0; i < 2; i += 1) {
    const job = await runner.take();
    order.push(job.job_info?.name);
    await runner.put(job, 'success');
  }
  expect(order).toEqual(['b', 'd']);
  expect((await run.done).state).toBe('passed');
  await expect(coordinator.runPipeline({ folder: repository.folder, jobs: ['dd'] })).rejects.toMatchObject({
    code: 'PIPELINE_JOB_UNKNOWN',
  });
  await expect(coordinator.runPipeline({ folder: repository.folder, jobs: ['e'] })).rejects.toMatchObject({
    code: 'PIPELINE_JOB_UNKNOWN',
    message: 'the rules of "e" leave it out of this pipeline',
  });
});

it('what is kept is for the person alone, and goes at the end; a pipeline that is wrong leaves nothing', async () => {
  const { repository, coordinator, dataFolder, runner } = await start('a: {script: x, artifacts: {paths: [o]}}');
  await coordinator.runPipeline({ folder: repository.folder });
  const job = await runner.take();
  await runner.upload(job, 'artifact_type=archive', 'x');
  const work = join(dataFolder, `work-${process.pid}`);
  expect((await stat(work)).mode & 0o777).toBe(0o700);
  const artifacts = join(work, 'p-1', String(job.id), 'artifacts');
  for (const name of await readdir(artifacts)) expect((await stat(join(artifacts, name))).mode & 0o777).toBe(0o600);
  await repository.write({ '.gitlab-ci.yml': 'a: {scrip: x}' });
  await expect(coordinator.runPipeline({ folder: repository.folder })).rejects.toMatchObject({
    code: 'PIPELINE_INVALID',
  });
  expect(await readdir(work)).toEqual(['p-1']);
  await coordinator.close();
  expect(await readdir(dataFolder)).toEqual(['counters.json']);
  expect(JSON.parse(await readFile(join(dataFolder, 'counters.json'), 'utf8'))).toEqual({ pipeline: 2, job: 1 });
});
