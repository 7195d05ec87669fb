import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { image, importImage } from '../../src-main/executors/docker/testing/image.ts';
import { startTestCoordinator } from '../support/coordinator/index.ts';
import { describeWith } from '../support/require.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');
/** So often in the suite; `HARRIER_KILLS=10` for the figures of docs/benchmarks.md. */
const kills = Number(process.env['HARRIER_KILLS'] ?? 3);
const longestLifeMs = 2500;

describeWith(['docker', 'busybox', 'linux'], 'a Harrier that is killed at any moment', () => {
  it(`leaves nothing on the engine after ${kills} kills and a start`, async () => {
    await importImage();
    const folder = mkdtempSync(join(tmpdir(), 'kills-'));
    const token = `glrt-${randomBytes(9).toString('hex')}`;
    // A kill between a job and its acknowledgement: GitLab takes it back, too.
    const coordinator = await startTestCoordinator({ tokens: [token], takeBackMs: 2000 });
    const ours = ['--filter', `label=com.gitlab.gitlab-runner.runner.id=${token.slice(5, 14)}`];
    const list = async (...args: string[]): Promise<string[]> => {
      const child = spawn('docker', [...args, ...ours, '--format', '{{.Labels}}'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      for await (const chunk of child.stdout) text += String(chunk);
      return text.split('\n').filter((line) => line !== '' && !line.includes('reusable=true'));
    };
    const left = async (): Promise<string[]> =>
      (await Promise.all([list('ps', '-a'), list('network', 'ls'), list('volume', 'ls')])).flat();
    const config = join(folder, 'config.toml');
    writeFileSync(
      config,
      `concurrent = 2
check_interval = 1
[[runners]]
  name = "killed"
  url = "${coordinator.url}"
  token = "${token}"
  executor = "docker"
  [runners.feature_flags]
    FF_NETWORK_PER_BUILD = true
  [runners.docker]
    image = "${image}"
    helper_image = "${image}"
    pull_policy = "if-not-present"
    disable_cache = true
`,
      { mode: 0o600 },
    );
    let running: ChildProcess | undefined;
    const start = (): ChildProcess => {
      running = spawn(process.execPath, [cli, 'run', '--config', config, '--working-directory', folder], {
        env: { ...process.env, HOME: folder, HARRIER_DATA: join(folder, 'data') },
        stdio: 'ignore',
      });
      return running;
    };
    const queue = () =>
      coordinator.queue({
        variables: [{ key: 'GIT_STRATEGY', value: 'none' }],
        services: [{ name: image, alias: 'web', command: ['sh', '-c', 'exec httpd -f -p 8080 -h /tmp'] }],
        script: ['sleep 1', 'echo done'],
      });
    const moments: number[] = [];
    const found: number[] = [];
    const jobs: ReturnType<typeof queue>[] = [];
    try {
      for (let round = 0; round < kills; round += 1) {
        const job = queue();
        jobs.push(job, queue());
        const harrier = start();
        await job.reached('running');
        const moment = Math.round(Math.random() * longestLifeMs);
        moments.push(moment);
        await pause(moment);
        harrier.kill('SIGKILL');
        await once(harrier, 'exit');
        found.push((await left()).length);
      }
      const last = start();
      await Promise.all(jobs.map(({ done }) => done));
      await expect.poll(async () => (await left()).length, { timeout: 30_000 }).toBe(0);
      last.kill('SIGTERM');
      await once(last, 'exit');
      expect(await left()).toEqual([]);
      expect(jobs.map(({ finals }) => finals.length)).toEqual(jobs.map(() => 1));
      console.log(
        `killed ${moments.join(', ')} ms into a job; left behind then: ${found.join(', ')}; after the start: 0`,
      );
    } finally {
      running?.kill('SIGKILL');
      await coordinator.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
