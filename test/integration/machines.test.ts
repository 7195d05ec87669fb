import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'smol-toml';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processesOf, uniqueSleep, until } from '../behaviour/bench.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { describeWith } from '../support/require.ts';
import { openParallels, type StandIn } from '../support/stand-ins/index.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');
const count = 10;

describeWith(['sshd', 'ssh-keygen', 'linux', 'bash'], 'many jobs in virtual machines', () => {
  let folder: string;
  let standIn: StandIn;
  let coordinator: TestCoordinator;
  let running: ChildProcess | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machines-'));
    mkdirSync(join(folder, 'parallels'));
    standIn = await openParallels(join(folder, 'parallels'));
    coordinator = await startTestCoordinator();
  });
  afterEach(async () => {
    await kill();
    await coordinator.close();
    standIn.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (): void => {
    const runner = {
      name: 'machines',
      url: coordinator.url,
      token: coordinator.token,
      executor: 'parallels',
      request_concurrency: count,
      ssh: standIn.ssh,
      parallels: { base_name: 'base', disable_snapshots: true },
    };
    const path = join(folder, 'config.toml');
    writeFileSync(path, stringify({ concurrent: count, check_interval: 1, runners: [runner] }), { mode: 0o600 });
    running = spawn(process.execPath, [cli, 'run', '--config', path, '--working-directory', folder], {
      env: { HOME: folder, HARRIER_DATA: join(folder, 'data'), ...standIn.env },
      stdio: 'ignore',
    });
  };
  const kill = async (): Promise<void> => {
    if (running?.kill('SIGKILL')) await once(running, 'exit');
    running = undefined;
  };
  const fresh = 'test ! -e ~/used && touch ~/used && echo "nobody was here"';

  it('ten at once: no machine is used twice, none is left, also after SIGKILL and a new start', async () => {
    const sleep = uniqueSleep();
    const lost = Array.from({ length: count }, () => coordinator.queue({ script: [fresh, sleep] }));
    start();
    await until(() => processesOf(sleep).length === count);
    expect(standIn.copies()).toHaveLength(count);
    await kill();

    const next = Array.from({ length: count }, () => coordinator.queue({ script: [fresh] }));
    start();
    await Promise.all([...lost, ...next].map(({ done }) => done));
    expect(lost.map(({ updates }) => updates.at(-1)?.failure_reason)).toEqual(lost.map(() => 'runner_system_failure'));
    expect(next.map(({ state }) => state)).toEqual(next.map(() => 'success'));
    expect(next.filter(({ trace }) => trace.includes('\nnobody was here\n'))).toHaveLength(count);
    await until(() => standIn.copies().length === 0);
    expect(processesOf(sleep)).toEqual([]);
  });
});
