import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { makeKey } from '../../../test/support/sshd.ts';
import { openParallels, type StandIn } from '../../../test/support/stand-ins/index.ts';
import type { Faults } from '../../../test/support/stand-ins/machines.ts';
import { silentLogger } from '../../base/logger.ts';
import { runIn } from '../docker/testing/job.ts';
import { hurriedClock } from '../remote/testing/hurried-clock.ts';
import type { Executor } from '../types.ts';
import { end, type VmJob, vmJobs } from '../vm/testing/jobs.ts';
import { createParallelsExecutor } from './index.ts';

type Settings = Readonly<Record<string, unknown>>;
interface BadInput {
  readonly why: string;
  readonly settings?: Settings;
  readonly faults?: Faults;
  readonly ssh?: () => Settings | undefined;
  readonly message: string;
  readonly reason?: string;
}

let folder: string;
let standIn: StandIn;
let executor: Executor;

const executorFor = (arch: string): void => {
  executor = createParallelsExecutor({ clock: hurriedClock, env: standIn.env, arch });
};
const jobs = vmJobs<Settings>(
  () => executor,
  (settings) => ({ token: 'glrt-test', ssh: standIn.ssh, parallels: { base_name: 'base', ...settings } }),
);
const { open, requestFor } = jobs;
const prepare = (settings: Settings = {}, job?: VmJob) => jobs.prepare(settings, job);

describeWith(['sshd', 'ssh-keygen', 'linux', 'bash'], 'jobs in machines of Parallels', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parallels-'));
    standIn = await openParallels(folder);
  });
  beforeEach(() => executorFor('x64'));
  afterEach(async () => {
    await jobs.closeAll();
    standIn.reset();
  });
  afterAll(() => standIn.close());

  it('with snapshots: one machine a slot, rolled back before each job, switched off in between', async () => {
    const first = await prepare();
    expect(first.lines).toEqual([
      'Using Parallels 19.1.0 executor...',
      'Creating new VM...',
      'Creating default snapshot...',
      'Waiting for VM to become responsive...',
    ]);
    expect(first.environment.hostname).toBe('base-runner-test-concurrent-0');
    const once = 'test ! -e used && touch used && echo "new"';
    expect((await runIn(first.environment, 'build', once)).stdout).toBe('new\n');
    await end(first.environment);
    expect(standIn.copies()).toEqual(['base-runner-test-concurrent-0 stopped']);
    const second = await prepare();
    expect(second.lines[1]).toBe('Restoring VM from snapshot...');
    expect((await runIn(second.environment, 'build', once)).stdout).toBe('new\n');
    expect(standIn.commands.filter(([name]) => name === 'create')).toHaveLength(1);
  });

  it('without snapshots, and on Apple Silicon: a machine for each job, gone with it', async () => {
    for (const [arch, settings] of [['x64', { disable_snapshots: true }] as const, ['arm64', {}] as const]) {
      executorFor(arch);
      const { environment } = await prepare(settings);
      expect((await runIn(environment, 'build', 'echo in')).stdout).toBe('in\n');
      expect(standIn.copies()).toHaveLength(1);
      await end(environment);
      expect(standIn.copies()).toEqual([]);
    }
    // The template stays; the first one was made on Intel.
    expect(standIn.commands.filter(([name]) => name === 'clone')).toEqual([
      ['clone', 'base', '--name', 'base-template', '--template', '--linked'],
    ]);
  });

  it('machines of jobs that run side by side are made at once, each used by one job only', async () => {
    const jobs = await Promise.all(
      Array.from({ length: 4 }, (_, slot) => prepare({ disable_snapshots: true }, { slot })),
    );
    const names = jobs.map(({ environment }) => environment.hostname);
    expect(new Set(names).size).toBe(4);
    const used = await Promise.all(
      jobs.map(({ environment }) => runIn(environment, 'build', 'test ! -e used && touch used')),
    );
    expect(used.map(({ exit }) => exit.code)).toEqual([0, 0, 0, 0]);
    expect(standIn.commands.filter(([name]) => name === 'clone')).toHaveLength(1);
    await Promise.all(jobs.map(({ environment }) => end(environment)));
    expect(standIn.copies()).toEqual([]);
  });

  it('image: of the job names another machine where allowed_images lets it', async () => {
    const [base] = standIn.machines.all;
    standIn.machines.add({ name: 'sonoma-14', id: 'sonoma', template: false, base: '', more: {} }, base);
    const image = { payload: { image: { name: '$WANTED' } }, variables: { WANTED: 'sonoma-14' } };
    const allowed = await prepare({ disable_snapshots: true, allowed_images: ['^SONOMA', '(?i)^SONOMA'] }, image);
    expect(allowed.environment.hostname).toMatch(/^sonoma-14-runner-test-/);
    await end(allowed.environment);
    const ignored = requestFor({ disable_snapshots: true }, image);
    open.push(await executor.prepare(ignored.request));
    expect(ignored.lines).toContain(
      'WARNING: No allowed_images configuration found for "sonoma-14", using image "base"',
    );
    const refused = requestFor({ allowed_images: ['ventura'] }, image);
    await expect(executor.prepare(refused.request)).rejects.toThrow('invalid image');
    expect(refused.lines).toContain('ERROR: The "sonoma-14" image is not present on list of allowed images:');
    await expect(prepare({ allowed_images: ['('] })).rejects.toMatchObject({ reason: 'runner_configuration_error' });
  });

  it('a machine without its snapshot is thrown away and made anew', async () => {
    const { environment } = await prepare();
    await end(environment);
    for (const vm of standIn.machines.all) vm.snapshots = [];
    const { lines, environment: next } = await prepare();
    expect(lines.slice(1, 4)).toEqual([
      'Restoring VM from snapshot...',
      'WARNING: Previous VM failed. Deleting, because it has no snapshot',
      'Creating new VM...',
    ]);
    expect((await runIn(next, 'build', 'echo in')).stdout).toBe('in\n');
  });

  it.each<BadInput>([
    {
      why: 'no such base machine',
      settings: { base_name: 'ventura' },
      message: 'Parallels Desktop knows no virtual machine "ventura" (base_name)',
      reason: 'runner_system_failure',
    },
    {
      why: 'a guest that never gets an address',
      faults: { noAddress: true },
      message: 'VM base-runner-test-project-5-concurrent-0 has no network address after 120 s',
    },
    {
      why: 'a guest without Parallels Tools',
      faults: { noTools: true },
      message: 'runs no command after 120 s: are Parallels Tools installed in base?',
    },
    {
      why: 'a licence that has ended',
      faults: { fails: { start: 'Failed to start the VM: Your license has expired.' } },
      message: 'calling prlctl start: Failed to start the VM: Your license has expired.',
    },
    {
      why: 'a copy for which there is no room',
      faults: { fails: { clone: 'Failed to clone the VM: There is not enough disk space.' } },
      message: 'calling prlctl clone: Failed to clone the VM: There is not enough disk space.',
    },
    {
      why: 'a prlctl that is none',
      faults: { version: 'prlctl 3' },
      message: 'calling prlctl --version: "prlctl 3" is not what Parallels Desktop says',
      reason: 'runner_system_failure',
    },
    {
      why: 'another host key than the known one',
      ssh: () => {
        makeKey(join(folder, 'other'));
        writeFileSync(join(folder, 'changed'), `127.*,[127.*]:* ${readFileSync(join(folder, 'other.pub'), 'utf8')}`);
        return { known_hosts_file: join(folder, 'changed') };
      },
      message: 'handshake failed: knownhosts: key mismatch',
      reason: 'runner_system_failure',
    },
    {
      why: 'no [runners.ssh]',
      ssh: () => undefined,
      message: 'missing SSH configuration',
      reason: 'runner_configuration_error',
    },
    {
      why: 'no base_name',
      settings: { base_name: '' },
      message: 'missing BaseName setting from Parallels configuration',
      reason: 'runner_configuration_error',
    },
  ])('$why: the reason in its own words, and nothing is left', async ({ settings, faults, ssh, message, reason }) => {
    standIn.machines.faults = faults ?? {};
    const { request } = requestFor({ disable_snapshots: true, ...settings });
    const login = ssh === undefined ? standIn.ssh : ssh();
    const { ssh: _, ...runner } = request.runner;
    const failing = executor.prepare({
      ...request,
      runner: { ...runner, ...(login === undefined ? {} : { ssh: { ...standIn.ssh, ...login } }) },
    });
    await expect(failing).rejects.toThrow(message);
    if (reason !== undefined) await expect(failing).rejects.toMatchObject({ reason });
    expect(standIn.copies()).toEqual([]);
  });

  it('without prlctl the job fails and says what brings it', async () => {
    executor = createParallelsExecutor({ clock: hurriedClock, env: { PATH: folder }, arch: 'x64' });
    await expect(prepare()).rejects.toMatchObject({
      reason: 'runner_system_failure',
      message: 'calling prlctl: prlctl was not found on PATH: Parallels Desktop Pro or Business brings it (macOS only)',
    });
  });

  it('a cancel while prlctl hangs ends it and removes the machine', async () => {
    standIn.machines.faults = { hangs: ['start'] };
    const stop = new AbortController();
    const { request } = requestFor({ disable_snapshots: true }, { signal: stop.signal });
    const preparing = executor.prepare(request);
    while (!standIn.commands.some(([name]) => name === 'start')) await hurriedClock.sleep(1000);
    stop.abort(new Error('canceled'));
    await expect(preparing).rejects.toThrow('canceled');
    expect(standIn.copies()).toEqual([]);
  });

  it('what a dead Harrier left is switched off, and removed where no later job uses it', async () => {
    const kept = await prepare({}, { slot: 0 });
    const gone = await prepare({ disable_snapshots: true }, { slot: 1 });
    const busy = await prepare({ disable_snapshots: true }, { slot: 2 });
    open.splice(0, 2);
    // The next Harrier: it has a job in one of the machines already.
    executorFor('x64');
    const { environment } = await prepare({ disable_snapshots: true }, { slot: 2 });
    const handles = [...kept.handles, ...gone.handles, ...busy.handles];
    await executor.recover?.(handles, kept.request.runner, silentLogger);
    expect((await runIn(environment, 'build', 'echo mine')).stdout).toBe('mine\n');
    await end(environment);
    expect(standIn.copies()).toEqual(['base-runner-test-concurrent-0 stopped']);
  });
});
