import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { editConfig, setRunnerKeys } from '../../src-main/config/index.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { startGitServer } from '../support/git-server.ts';
import { type HarrierOptions, type HarrierProcess, processesWith, startHarrier } from '../support/harrier.ts';
import { createPidsGroup, createSmallDisk } from '../support/limits.ts';
import { describeWith } from '../support/require.ts';
import { createSampleRepository } from '../support/sample-repository.ts';

let home: string;
let coordinator: TestCoordinator;
let harrier: HarrierProcess | undefined;
const afterwards: (() => void | Promise<void>)[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'harrier-resources-'));
});
afterEach(async () => {
  harrier?.process.kill('SIGTERM');
  expect(await harrier?.ended, harrier?.log()).toBe(harrier === undefined ? undefined : 0);
  harrier = undefined;
  await coordinator?.close();
  for (const work of afterwards.splice(0)) await work();
  rmSync(home, { recursive: true, force: true });
});

const start = async (
  options: Partial<HarrierOptions> = {},
  {
    globals = '[harrier]\n  min_free_disk = "-1"\n',
    ...given
  }: Parameters<typeof startTestCoordinator>[0] & { globals?: string } = {},
): Promise<HarrierProcess> => {
  coordinator = await startTestCoordinator(given);
  const config = join(home, 'config.toml');
  writeFileSync(
    config,
    `concurrent = 8\ncheck_interval = 1\n${globals}[[runners]]\n  name = "r"\n  url = "${coordinator.url}"\n` +
      `  token = "${coordinator.token}"\n  executor = "shell"\n  request_concurrency = 4\n  output_limit = 100000\n`,
    { mode: 0o600 },
  );
  return (harrier = startHarrier({ config, home, ...options }));
};
const reasonOf = async (config: string): Promise<string> => {
  const { callControl } = await import('../../src-main/config/index.ts');
  const status = (await callControl(config, 'status')) as { runners: { reason?: string }[] };
  return status.runners[0]?.reason ?? '';
};
const last = (updates: readonly Readonly<Record<string, unknown>>[]) => updates.at(-1);
const noise = (megabytes: number, file: string): string => `head -c ${megabytes}m /dev/urandom > ${file}`;

describeWith(['bash', 'smallDisk'], 'a full disk', () => {
  it('while a log is kept: that job fails with the reason, others go on, no new one is taken until there is room', async () => {
    const disk = createSmallDisk(6);
    afterwards.push(disk.remove);
    const go = join(home, 'go');
    await start({ data: disk.folder });
    const patient = coordinator.queue({
      script: ['echo waiting', `until [ -e ${go} ]; do sleep 0.05; done`, 'echo done'],
    });
    await patient.printed('waiting');
    const noisy = coordinator.queue({ script: ['for i in 1 2 3 4 5 6 7 8 9 10; do seq 1 200000; done', 'sleep 600'] });
    await noisy.done;
    expect(last(noisy.updates)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(noisy.checksumFits).toBe(true);
    expect(noisy.trace).toContain('Job failed (system failure): the log could not be kept: ENOSPC');
    const config = join(home, 'config.toml');
    const reload = (floor: string): void => {
      writeFileSync(config, readFileSync(config, 'utf8').replace(/min_free_disk = .*/, `min_free_disk = "${floor}"`));
      harrier?.process.kill('SIGHUP');
    };
    reload('1m');
    await expect
      .poll(() => reasonOf(config), { timeout: 15_000 })
      .toBe('Only 0 MiB of disk are free; no job is taken below 1 MiB.');
    const next = coordinator.queue({});
    const jobs = join(disk.folder, readdirSync(disk.folder)[0] ?? '', 'jobs');
    for (const name of readdirSync(jobs))
      if (name.endsWith(`-${noisy.id}`)) rmSync(join(jobs, name), { recursive: true });
    expect(next.state).toBe('pending');
    writeFileSync(go, '');
    reload('2m');
    await Promise.all([patient.done, next.done]);
    expect([last(patient.updates), last(next.updates)]).toMatchObject([{ state: 'success' }, { state: 'success' }]);
    expect(patient.trace).toContain('done\n');
  });

  it('before a job begins: it fails with the reason, the engine lives', async () => {
    const disk = createSmallDisk(2);
    afterwards.push(disk.remove);
    await start({ data: disk.folder });
    const first = coordinator.queue({});
    await first.done;
    const giveBack = disk.fill(0);
    const job = coordinator.queue({});
    await job.done;
    expect(last(job.updates)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(job.trace).toContain('ENOSPC');
    giveBack();
    const after = coordinator.queue({});
    await after.done;
    expect(last(after.updates)).toMatchObject({ state: 'success' });
  });

  it('while sources are fetched and caches are packed: the job says so, the next one is green', async () => {
    const disk = createSmallDisk(8);
    afterwards.push(disk.remove);
    const root = join(home, 'repositories');
    const repository = createSampleRepository(root);
    const server = await startGitServer({ root });
    afterwards.push(() => server.close());
    const { main: sha } = repository.sha;
    await start(
      { workingDirectory: disk.folder },
      { repository: { url: `${server.url}/group/project.git`, sha, ref: 'main' } },
    );
    const giveBack = disk.fill(8 * 1024);
    const job = coordinator.queue({});
    await job.done;
    expect(last(job.updates)).toMatchObject({ state: 'failed' });
    expect(job.trace).toMatch(/No space left on device|ENOSPC/);
    giveBack();
    const cached = coordinator.queue({
      script: [noise(5, 'big')],
      cache: [{ key: 'k', paths: ['big'], policy: 'pull-push', when: 'on_success', untracked: false }],
      artifacts: [{ name: 'a', paths: ['big'], when: 'on_success' }],
    } as Parameters<TestCoordinator['queue']>[0]);
    await cached.done;
    // A cache is a help, no part of the result; artifacts travel without a copy on this disk.
    expect(last(cached.updates)).toMatchObject({ state: 'success' });
    expect(cached.trace).toMatch(/ENOSPC|no space left/i);
    expect(cached.artifacts.map(({ body }) => body.length > 5_000_000)).toEqual([true]);
    const after = coordinator.queue({ variables: [{ key: 'GIT_STRATEGY', value: 'none' }] });
    await after.done;
    expect(last(after.updates)).toMatchObject({ state: 'success' });
  });

  it('while the config is saved: the old file stays, and the reason is told', async () => {
    const disk = createSmallDisk(1);
    afterwards.push(disk.remove);
    const path = join(disk.folder, 'config.toml');
    const text =
      'concurrent = 1\n[[runners]]\n  name = "a"\n  url = "http://gitlab.test"\n  token = "t"\n  executor = "shell"\n';
    writeFileSync(path, text);
    disk.fill(0);
    await expect(editConfig(path, setRunnerKeys(0, { limit: 3 }))).rejects.toMatchObject({
      code: 'CONFIG_WRITE_FAILED',
      message: expect.stringContaining('ENOSPC'),
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(disk.folder).sort()).toEqual(['config.toml', 'filler']);
  });
});

describeWith(['bash', 'linux', 'prlimit'], 'no more files can be opened', () => {
  it('every job gets an answer, and the engine lives', async () => {
    await start({ under: ['prlimit', '--nofile=60:60'] });
    const jobs = Array.from({ length: 12 }, () => coordinator.queue({ script: ['sleep 1'] }));
    await Promise.all(jobs.map(({ done }) => done));
    const failed = jobs.filter(({ updates }) => last(updates)?.['state'] !== 'success');
    for (const job of failed) expect(job.trace).toMatch(/EMFILE|too many open files/i);
    const after = coordinator.queue({});
    await after.done;
    expect(last(after.updates)).toMatchObject({ state: 'success' });
  });
});

describeWith(['bash', 'pidsGroup', 'perl'], 'no more processes can be made', () => {
  it('a fork bomb ends with its job; meanwhile another job fails with the reason, later ones are green', async () => {
    const group = createPidsGroup(80);
    afterwards.push(group.remove);
    const go = join(home, 'go');
    await start({ under: group.under });
    const mark = `bomb-${process.pid}`;
    const bomb = coordinator.queue({
      script: [
        `perl -e 'for (1..500) { my $p = fork; last unless defined $p; if (!$p) { sleep 600; exit } } $| = 1; print "full\\n"; sleep 0.1 until -e "${go}"; exit 7'`,
      ],
      variables: [{ key: 'MARK', value: mark }],
    });
    await bomb.printed('full');
    const other = coordinator.queue({});
    await other.done;
    expect(last(other.updates)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(other.trace).toMatch(/EAGAIN|Resource temporarily unavailable/);
    writeFileSync(go, '');
    await bomb.done;
    expect(last(bomb.updates)).toMatchObject({ state: 'failed', exit_code: 7 });
    const after = coordinator.queue({});
    await after.done;
    expect(last(after.updates)).toMatchObject({ state: 'success' });
    expect(processesWith(`MARK=${mark}`)).toEqual([]);
  });
});
