import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { openVirtualBox, type StandIn } from '../../../test/support/stand-ins/index.ts';
import type { Faults } from '../../../test/support/stand-ins/machines.ts';
import { silentLogger } from '../../base/logger.ts';
import { runIn } from '../docker/testing/job.ts';
import { hurriedClock } from '../remote/testing/hurried-clock.ts';
import type { Executor } from '../types.ts';
import { end, type VmJob, vmJobs } from '../vm/testing/jobs.ts';
import { createVirtualBoxExecutor } from './index.ts';

type Settings = Readonly<Record<string, unknown>>;

let folder: string;
let standIn: StandIn;
let executor: Executor;

const jobs = vmJobs<Settings>(
  () => executor,
  (settings) => ({ token: 'glrt-test', ssh: standIn.ssh, virtualbox: { base_name: 'base', ...settings } }),
);
const { open, requestFor } = jobs;
const prepare = (settings: Settings = {}, job?: VmJob) => jobs.prepare(settings, job);
const calls = (name: string): readonly string[] =>
  standIn.commands.filter(([command]) => command === name).map((call) => call.join(' '));
const base = () => {
  const [found] = standIn.machines.all;
  if (found === undefined) throw new Error('there is a base machine');
  return found;
};

describeWith(['sshd', 'ssh-keygen', 'linux', 'bash'], 'jobs in machines of VirtualBox', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virtualbox-'));
    standIn = await openVirtualBox(folder);
    executor = createVirtualBoxExecutor({ clock: hurriedClock, env: standIn.env });
  });
  afterEach(async () => {
    await jobs.closeAll();
    standIn.reset();
    Object.assign(base(), { snapshots: [], current: '' });
    delete base().more['nic'];
  });
  afterAll(() => standIn.close());

  it('with snapshots: a linked copy a slot, rolled back before each job', async () => {
    const first = await prepare({ base_folder: '/vms', start_type: 'gui' });
    expect(first.lines).toEqual([
      'Using VirtualBox version 7.0.20r163906 executor...',
      'Creating new VM...',
      'Creating default snapshot...',
      'Waiting for VM to become responsive...',
      'Starting SSH command...',
    ]);
    const once = 'test ! -e used && touch used && echo "new"';
    expect((await runIn(first.environment, 'build', once)).stdout).toBe('new\n');
    await end(first.environment);
    expect(standIn.copies()).toEqual(['base-runner-test-concurrent-0 stopped']);
    const second = await prepare();
    expect(second.lines[1]).toBe('Restoring VM from snapshot...');
    expect((await runIn(second.environment, 'build', once)).stdout).toBe('new\n');
    expect(calls('clonevm')).toEqual([
      'clonevm base --mode machine --name base-runner-test-concurrent-0 --register --snapshot Base State --options link --basefolder /vms',
    ]);
    expect(calls('startvm')[0]).toBe('startvm base-runner-test-concurrent-0 --type gui');
  });

  it('without snapshots: a machine for each job, gone with it; many at once have ports of their own', async () => {
    const jobs = await Promise.all(
      [0, 1, 2].map((slot) => prepare({ disable_snapshots: true, base_snapshot: 'gone' }, { slot })),
    );
    expect(jobs[0]?.lines).toContain(
      'WARNING: Snapshot "gone" not found in base VM "base": the whole machine is copied',
    );
    const used = await Promise.all(
      jobs.map(({ environment }) => runIn(environment, 'build', 'test ! -e used && touch used')),
    );
    expect(used.map(({ exit }) => exit.code)).toEqual([0, 0, 0]);
    expect(new Set(calls('modifyvm').map((call) => call.split(',')[3])).size).toBe(3);
    await Promise.all(jobs.map(({ environment }) => end(environment)));
    expect(standIn.copies()).toEqual([]);
  });

  it('a terminal opens in the machine of the job, beside its script', async () => {
    const { environment } = await prepare();
    const script = runIn(environment, 'build', 'sleep 0.5; echo script');
    const terminal = await environment.terminal?.({ columns: 91, rows: 20 });
    let seen = '';
    const ended = new Promise<void>((resolve) => terminal?.onExit(resolve));
    terminal?.onData((chunk) => {
      seen += Buffer.from(chunk).toString();
    });
    terminal?.write('stty size; echo "in $((40 + 2))"; exit\n');
    await ended;
    expect(seen).toContain('20 91');
    expect(seen).toContain('in 42');
    expect((await script).stdout).toBe('script\n');
  });

  it('base_snapshot names what is copied', async () => {
    standIn.machines.takeSnapshot(base(), { id: 'one', name: 'clean' });
    standIn.machines.takeSnapshot(base(), { id: 'two', name: 'later' });
    await prepare({ disable_snapshots: true, base_snapshot: 'clean' });
    await prepare({ disable_snapshots: true }, { slot: 1 });
    expect(calls('clonevm').map((call) => /--snapshot (\S+)/.exec(call)?.[1])).toEqual(['clean', 'later']);
  });

  it('off NAT the guest tells its address', async () => {
    base().more['nic'] = 'bridged';
    const { environment } = await prepare({ disable_snapshots: true });
    expect((await runIn(environment, 'build', 'echo in')).stdout).toBe('in\n');
    expect(calls('modifyvm')).toEqual([]);
  });

  it('a machine without its snapshot is thrown away and made anew', async () => {
    const { environment } = await prepare();
    await end(environment);
    for (const vm of standIn.machines.all) if (vm.name !== 'base') vm.snapshots = [];
    const { lines } = await prepare();
    expect(lines.slice(1, 4)).toEqual([
      'Restoring VM from snapshot...',
      "WARNING: Previous VM failed. Deleting, because VBoxManage snapshot: Could not find a snapshot for machine 'base-runner-test-concurrent-0'",
      'Creating new VM...',
    ]);
  });

  it.each<{ why: string; settings?: Settings; faults?: Faults; nic?: string; message: string; reason?: string }>([
    {
      why: 'no such base machine',
      settings: { base_name: 'windows' },
      message: 'VirtualBox knows no virtual machine "windows" (base_name)',
      reason: 'runner_system_failure',
    },
    {
      why: 'a guest that never gets an address',
      nic: 'bridged',
      faults: { noAddress: true },
      message: 'VM base-runner-test-project-5-concurrent-0 has no network address after 120 s',
    },
    {
      why: 'a kernel without its module',
      faults: {
        fails: {
          startvm:
            'VBoxManage: error: The virtual machine has terminated unexpectedly\nVBoxManage: error: Details: code NS_ERROR_FAILURE (0x80004005)',
        },
      },
      message: 'VBoxManage startvm: The virtual machine has terminated unexpectedly',
    },
    {
      why: 'a machine that is locked',
      faults: {
        fails: { clonevm: 'VBoxManage: error: The machine is already locked for a session (or being unlocked)' },
      },
      message: 'VBoxManage clonevm: The machine is already locked for a session (or being unlocked)',
    },
    {
      why: 'a VBoxManage that is none',
      faults: { version: 'no version' },
      message: 'VBoxManage --version: "no version" is not what VirtualBox says',
      reason: 'runner_system_failure',
    },
    {
      why: 'no base_name',
      settings: { base_name: '' },
      message: 'missing BaseName setting from VirtualBox configuration',
      reason: 'runner_configuration_error',
    },
  ])('$why: the reason in its own words, and nothing is left', async ({ settings, faults, nic, message, reason }) => {
    standIn.machines.faults = faults ?? {};
    if (nic !== undefined) base().more['nic'] = nic;
    const failing = prepare({ disable_snapshots: true, ...settings });
    await expect(failing).rejects.toThrow(message);
    if (reason !== undefined) await expect(failing).rejects.toMatchObject({ reason });
    expect(standIn.copies()).toEqual([]);
  });

  it('without VBoxManage the job fails and says what to do', async () => {
    const { request } = requestFor({});
    const without = createVirtualBoxExecutor({ clock: hurriedClock, env: { PATH: folder } });
    await expect(without.prepare(request)).rejects.toMatchObject({
      reason: 'runner_system_failure',
      message: 'VBoxManage: VBoxManage was not found on PATH: install VirtualBox, or add its folder to PATH',
    });
  });

  it('a copy that was stopped half-way leaves neither disk nor folder', async () => {
    standIn.machines.faults = { hangs: ['clonevm'] };
    const stop = new AbortController();
    const { request } = requestFor({ disable_snapshots: true }, { signal: stop.signal });
    const half = join(standIn.machines.folder, 'base-runner-test-project-5-concurrent-0');
    const preparing = executor.prepare(request);
    while (calls('clonevm').length === 0) await hurriedClock.sleep(1000);
    mkdirSync(half);
    writeFileSync(join(half, 'disk.vdi'), '');
    stop.abort(new Error('canceled'));
    await expect(preparing).rejects.toThrow('canceled');
    expect(calls('list')).toContain('list hdds');
    expect(() => mkdirSync(half)).not.toThrow();
  });

  it('what a dead Harrier left is switched off, and removed where no later job uses it', async () => {
    const kept = await prepare({}, { slot: 0 });
    const gone = await prepare({ disable_snapshots: true }, { slot: 1 });
    open.splice(0);
    const next = createVirtualBoxExecutor({ clock: hurriedClock, env: standIn.env });
    await next.recover?.([...kept.handles, ...gone.handles], kept.request.runner, silentLogger);
    expect(standIn.copies()).toEqual(['base-runner-test-concurrent-0 stopped']);
    for (const { environment } of [kept, gone]) await end(environment);
  });
});
