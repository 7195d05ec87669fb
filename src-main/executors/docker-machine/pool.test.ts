import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { describeWith } from '../../../test/support/require.ts';
import { type DockerMachines, openDockerMachines } from '../../../test/support/stand-ins/docker-machine.ts';
import { systemClock } from '../../base/clock.ts';
import { createLogger } from '../../base/logger.ts';
import { drainPools } from './drain.ts';
import { createPool, type MachinePool } from './pool.ts';
import { createMachineTool } from './tool.ts';

const signal = new AbortController().signal;
/** Pauses between tries pass at once; everything else takes its time. */
const clock = { ...systemClock, sleep: async () => {} };

describeWith(['bash', 'openssl', 'linux'], 'a pool of machines', () => {
  let root: string;
  let machines: DockerMachines;
  let pools: MachinePool[];
  let said: string[];
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'pool-'));
    machines = await openDockerMachines(root);
    pools = [];
    said = [];
  });
  afterEach(async () => {
    for (const pool of pools) pool.end();
    await Promise.all(pools.map((pool) => pool.quiet()));
    machines.close();
    rmSync(root, { recursive: true, force: true });
  });
  const log = createLogger((_level, message) => void said.push(message));
  const parts = () => {
    const ending = new AbortController().signal;
    return { clock, log, ending, tool: createMachineTool({ clock, env: machines.env, ending }) };
  };
  const open = (): MachinePool => {
    const pool = createPool({ ...parts(), shortToken: 'AbC_1', onRemoved: () => {} });
    pools.push(pool);
    return pool;
  };
  const runner = (machine: object, limit = 0): RunnerConfig => ({
    limit,
    machine: { MachineDriver: 'google', MachineName: 'ci-%s', ...machine },
  });
  const ran = (command: string) => machines.commands().filter(([name]) => name === command);
  const claimed = async (pool: MachinePool, entry: RunnerConfig) => {
    const claim = await pool.acquire(entry);
    if (typeof claim === 'string') throw new Error(claim);
    return claim;
  };

  it('creates a machine for a job with all options, and uses it again', async () => {
    const pool = open();
    const entry = runner({
      IdleTime: 600,
      MachineOptions: ['google-project=p', 'engine-label=a=b'],
      MachineOptionsWithName: ['tag=%s'],
    });
    const first = await claimed(pool, entry);
    const { name } = await first.machine(signal);
    expect(name).toMatch(/^runner-abc1-ci-\d{10}-[0-9a-f]{8}$/);
    expect(ran('create')).toEqual([
      ['create', '--driver', 'google', '--google-project=p', '--engine-label=a=b', `--tag=${name}`, name],
    ]);
    expect(await first.machine(signal)).toMatchObject({ name, state: 'used', uses: 1 });
    first.release();
    first.release();
    await expect.poll(() => pool.idle().map((each) => each.name)).toEqual([name]);
    expect(await (await claimed(pool, entry)).machine(signal)).toMatchObject({ name, uses: 2 });
  });

  it('keeps machines ready: no job without one, and each goes to one job only', async () => {
    const pool = open();
    const entry = runner({ IdleCount: 2, IdleTime: 600 });
    expect(await pool.acquire(entry)).toBe('no free machines that can process builds');
    await pool.quiet();
    expect(pool.idle()).toHaveLength(2);
    const claims = await Promise.all([claimed(pool, entry), claimed(pool, entry)]);
    const names = await Promise.all(claims.map(async (claim) => (await claim.machine(signal)).name));
    expect(new Set(names).size).toBe(2);
    // Those at work wait no more: others take their place.
    expect(await pool.acquire(entry)).toBe('no free machines that can process builds');
    await pool.quiet();
    expect(machines.names()).toHaveLength(4);
  });

  it('grows no faster than allowed and no further than the limit', async () => {
    const pool = open();
    const entry = runner({ IdleCount: 5, MaxGrowthRate: 2 }, 3);
    await pool.acquire(entry);
    await pool.quiet();
    expect(machines.names()).toHaveLength(2);
    await pool.acquire(entry);
    await pool.quiet();
    expect(machines.names()).toHaveLength(3);
    await pool.acquire(entry);
    await pool.quiet();
    expect(machines.names()).toHaveLength(3);
  });

  it('a machine that has worked enough goes, and so does one that waits too long', async () => {
    const pool = open();
    const worn = await claimed(pool, runner({ MaxBuilds: 1, IdleTime: 600 }));
    await worn.machine(signal);
    worn.release();
    await expect.poll(() => machines.names()).toEqual([]);
    expect(ran('stop')).toHaveLength(1);
    expect(ran('rm').map(([, force]) => force)).toEqual(['-y']);
    const entry = runner({ IdleTime: 0 });
    const late = await claimed(pool, entry);
    await late.machine(signal);
    late.release();
    await expect.poll(async () => pool.idle().length).toBe(1);
    await systemClock.sleep(2);
    const next = await claimed(pool, entry);
    await pool.quiet();
    expect(machines.names()).toEqual([]);
    next.release();
  });

  it('one that does not answer is removed and another taken', async () => {
    const before = open();
    const entry = runner({ IdleTime: 600 });
    const claim = await claimed(before, entry);
    const { name } = await claim.machine(signal);
    before.end();
    machines.lose(name);
    // As after a restart: what is there is found by its name.
    const pool = open();
    const next = await claimed(pool, entry);
    expect((await next.machine(signal)).name).not.toBe(name);
    await pool.quiet();
    expect(machines.names()).not.toContain(name);
    expect(said).toContain('A machine does not answer');
  });

  it('machines of other runners are left alone', async () => {
    const pool = open();
    const other = createPool({ ...parts(), shortToken: 'other', onRemoved: () => {} });
    pools.push(other);
    const theirs = await claimed(other, runner({ IdleTime: 600 }));
    const { name } = await theirs.machine(signal);
    await pool.acquire(runner({ IdleTime: 0 }));
    await pool.quiet();
    expect(pool.idle()).toEqual([]);
    expect(machines.names()).toEqual([name]);
  });

  it('a creation that fails is tried three times, told with the tool’s own words, and leaves nothing', async () => {
    machines.faults = { fails: { create: 'Error creating machine: quota exceeded' } };
    const pool = open();
    const claim = await claimed(pool, runner({}));
    await expect(claim.machine(signal)).rejects.toThrow(
      'docker-machine create: Error creating machine: quota exceeded',
    );
    expect(ran('create')).toHaveLength(3);
    machines.faults = {};
    expect((await claim.machine(signal)).state).toBe('used');
    claim.release();
    await pool.quiet();
  });

  it('a removal that fails is tried as often as configured, then by force', async () => {
    const pool = open();
    const claim = await claimed(pool, runner({ MaxBuilds: 1, MaxRemovalAttempts: 4 }));
    await claim.machine(signal);
    machines.faults = { fails: { rm: 'Error removing host: forbidden' } };
    claim.release();
    await expect.poll(() => said).toContain('Giving up on machine removal. The remote VM may be orphaned.');
    await pool.quiet();
    expect(ran('rm').map(([, force]) => force)).toEqual(['-y', '-y', '-y', '-y', '-f']);
  });

  it('a drain removes what waits, with tries, and nothing that works', async () => {
    const pool = open();
    const entry = runner({ IdleCount: 2, IdleTime: 600 });
    await pool.acquire(entry);
    await pool.quiet();
    const claim = await claimed(pool, entry);
    const { name } = await claim.machine(signal);
    await pool.quiet();
    pool.end();
    await drainPools([pool], { concurrency: 2, retries: 2, backoffMs: 1 }, parts());
    expect(machines.names()).toEqual([name]);
  });

  it('a tool that is missing is told by its name', async () => {
    const ending = new AbortController().signal;
    const tool = createMachineTool({ clock, env: { PATH: '/nonexistent', HOME: root }, ending });
    expect(await tool.list()).toEqual([]);
    await expect(tool.reach('x')).rejects.toThrow('spawn docker-machine ENOENT');
  });
});
