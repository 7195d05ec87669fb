import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'smol-toml';
import { expect } from 'vitest';
import { type Bench, processesOf, uniqueSleep, until } from './bench.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');

/**
 * `harrier run` with a configuration file is killed while a script runs; the next start reports the job and removes what
 * was left of it.
 */
export const endByCrash = async ({ root, env, other, queue, leftovers }: Bench): Promise<void> => {
  const folder = join(root, 'crash');
  const config = join(folder, 'config.toml');
  mkdirSync(folder);
  writeFileSync(config, stringify({ concurrent: 1, check_interval: 1, runners: [other] }), { mode: 0o600 });
  const start = (): ChildProcess =>
    spawn(process.execPath, [cli, 'run', '--config', config, '--working-directory', folder], {
      env: { ...env, HARRIER_DATA: join(folder, 'data') },
      stdio: 'ignore',
    });
  const kill = async (harrier: ChildProcess): Promise<void> => {
    if (!harrier.kill('SIGKILL')) return;
    await once(harrier, 'exit');
  };
  const sleep = uniqueSleep();
  const job = queue({ runner: other.token, script: [sleep] });
  const first = start();
  try {
    await until(() => processesOf(sleep).length > 0);
  } finally {
    await kill(first);
  }
  const second = start();
  try {
    await job.done;
    expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(job.trace).toContain('Harrier ended while this job was running; its processes were removed');
    await until(() => processesOf(sleep).length === 0);
    await until(async () => (await leftovers()).length === 0);
  } finally {
    await kill(second);
  }
};
