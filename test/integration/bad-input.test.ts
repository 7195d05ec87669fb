import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type JobSpec,
  startTestCoordinator,
  type TestCoordinator,
  type TestJob,
} from '../support/coordinator/index.ts';
import { describeWith } from '../support/require.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');

/** One engine lives through all of this: after each job that cannot be, one that can runs as always. */
describeWith(['bash', 'posix'], 'bad input', () => {
  let folder: string;
  let coordinator: TestCoordinator;
  let engine: ChildProcess;
  let small: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bad-'));
    small = join(folder, 'small');
    mkdirSync(small);
    coordinator = await startTestCoordinator();
    const config = join(folder, 'config.toml');
    writeFileSync(
      config,
      `concurrent = 2\ncheck_interval = 1\n[[runners]]\n  name = "bad"\n  url = "${coordinator.url}"\n  token = "${coordinator.token}"\n` +
        `  executor = "shell"\n  cache_dir = "${small}"\n`,
      { mode: 0o600 },
    );
    engine = spawn(process.execPath, [cli, 'run', '--config', config, '--working-directory', folder], {
      env: { PATH: process.env['PATH'], HOME: folder, HARRIER_DATA: join(folder, 'data') },
      stdio: 'ignore',
    });
  });
  afterAll(async () => {
    const ended = new Promise((done) => engine.once('close', done));
    engine.kill('SIGTERM');
    await ended;
    await coordinator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (spec: JobSpec): Promise<TestJob> => {
    const job = coordinator.queue({ variables: [{ key: 'GIT_STRATEGY', value: 'empty' }], ...spec });
    const other = coordinator.queue({ script: ['echo fine'] });
    await Promise.all([job.done, other.done]);
    expect(other.updates.at(-1)).toMatchObject({ state: 'success' });
    return job;
  };
  const artifacts: JobSpec['artifacts'] = [
    { name: 'bundle', paths: ['out/'], artifact_type: 'archive', artifact_format: 'zip', when: 'on_success' },
  ];
  const makes = { script: ['mkdir out; echo x > out/x'], artifacts };
  const retry = (error: string) =>
    `WARNING: Retrying...                              \x1b[0;m  \x1b[0;33mcontext\x1b[0;m=artifacts-uploader \x1b[0;33merror\x1b[0;m=${error}`;

  it('script lines that are no text: the place in the job is named', async () => {
    const job = await run({ steps: [{ name: 'script', script: ['echo a', 5 as unknown as string] }] });
    expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(job.trace).toMatch(/the server sent a job that cannot be read: .*steps\.0\.script\.1/);
  });

  it.each(['A B', 'lower-case', '1A', '', 'A=B', '$(touch x)'])('a variable named %j is named', async (key) => {
    const job = await run({ variables: [{ key, value: 'x' }], script: ['echo never'] });
    expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
    expect(job.trace).toContain(`The variable name ${JSON.stringify(key)} cannot be exported`);
    expect(job.trace).not.toContain('never');
  });

  it('a pattern that fits twenty thousand files; each counts as often as it is found, as with the official runner', async () => {
    const job = await run({
      script: ['mkdir -p out/a; for i in {1..20000}; do : > out/a/$i; done'],
      artifacts: [{ name: 'many', paths: ['out/**'], artifact_type: 'archive', artifact_format: 'zip' }],
    });
    expect(job.updates.at(-1)).toMatchObject({ state: 'success' });
    expect(job.trace).toContain('out/**: found 60003 matching artifact files and directories');
  });

  it('artifacts over the size limit: one request, and the job fails with its reason', async () => {
    coordinator.fail({ method: 'POST', path: '/artifacts', times: 1, answer: 413 });
    const job = await run(makes);
    expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
    expect(job.trace).toContain('Uploading artifacts as "archive" to coordinator... POST');
    expect(job.trace).toContain('413 Request Entity Too Large');
    expect(job.trace).toContain('FATAL: too large');
  });

  it('a sign-in page instead of an answer to an upload', async () => {
    coordinator.fail({ method: 'POST', path: '/artifacts', times: 1, answer: 'html' });
    const job = await run(makes);
    expect(job.updates.at(-1)).toMatchObject({ state: 'success' });
    expect(job.trace).toContain(retry('invalid argument'));
    expect(job.artifacts).toHaveLength(1);
  });

  it.each([
    { method: 'POST', path: '/jobs/request' },
    { method: 'PATCH', path: '/trace' },
    { method: 'PUT', path: '/jobs/' },
  ])('a sign-in page instead of an answer to $method $path is no answer', async ({ method, path }) => {
    coordinator.fail({ method, path, times: 1, answer: 'html' });
    const job = await run({ script: ['echo whole'] });
    expect(job.updates.at(-1)).toMatchObject({ state: 'success' });
    expect(job.trace).toContain('\nwhole\n');
    expect(job.checksumFits).toBe(true);
  });

  const mounted = (): boolean =>
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]).status === 0;

  describe('a disk that is full', () => {
    let ready = false;
    beforeAll(() => {
      ready = mounted();
    });
    afterAll(() => {
      if (ready) execFileSync('umount', [small]);
    });

    it('while a cache is packed: said with its place, the job goes on, nothing half stays', async ({ skip }) => {
      skip(!ready, 'a small file system cannot be mounted here');
      const job = await run({
        script: ['mkdir vendor; head -c 3000000 /dev/urandom > vendor/big'],
        cache: [{ key: 'deps', paths: ['vendor/'] }],
      });
      expect(job.updates.at(-1)).toMatchObject({ state: 'success' });
      expect(job.trace).toMatch(/FATAL: .*(no space|disk is full)/i);
      expect(job.trace).toContain('Failed to create cache');
      const left = readdirSync(small, { recursive: true }).filter((name) => String(name).endsWith('.zip'));
      expect(left).toEqual([]);
    });
  });

  it('leaves the work tree of other jobs alone', () => {
    expect(existsSync(join(folder, 'builds'))).toBe(true);
    expect(engine.exitCode).toBeNull();
  });
});
