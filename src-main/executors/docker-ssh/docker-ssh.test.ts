import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { openSshdImage, type SshdImage, sshdImage } from '../../../test/support/sshd-image.ts';
import { systemClock } from '../../base/clock.ts';
import { testEnv } from '../docker/testing/engine.ts';
import { image, importImage } from '../docker/testing/image.ts';
import { runIn, testRequest } from '../docker/testing/job.ts';
import type { Environment } from '../types.ts';
import { createDockerSshExecutor } from './index.ts';

let folder: string;
let sshd: SshdImage;
const open: Environment[] = [];
const systems: string[] = [];
const executor = createDockerSshExecutor({ clock: systemClock, env: testEnv, hostname: 'test' });

const requestFor = (imageOfJob: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) => {
  const recorded = testRequest({
    docker: { volumes: sshd.volumes },
    payload: { image: imageOfJob, ...more },
  });
  systems.push(recorded.request.systemId);
  const directories = { builds: 'builds', cache: 'cache/p', project: 'builds/p', temporary: 'builds/p.tmp' };
  return {
    ...recorded,
    request: { ...recorded.request, directories, runner: { ...recorded.request.runner, ssh: sshd.ssh } },
  };
};
const ours = (): string[] =>
  systems.flatMap((system) =>
    execFileSync('docker', ['ps', '-aq', '--filter', `label=com.gitlab.gitlab-runner.runner.system_id=${system}`], {
      encoding: 'utf8',
    })
      .split('\n')
      .filter(Boolean),
  );

describeWith(['docker', 'busybox', 'sshd', 'ssh-keygen', 'git', 'bash', 'root'], 'jobs in containers over SSH', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'docker-ssh-'));
    await importImage();
    sshd = await openSshdImage(folder);
  }, 60_000);
  afterEach(async () => {
    await Promise.all(open.splice(0).map((environment) => environment.close()));
    await executor.settled?.();
    expect(ours()).toEqual([]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runs scripts through the sshd of the image, beside its services', async () => {
    const serve = 'mkdir /w; echo served > /w/i; exec httpd -f -p 8080 -h /w';
    const { request, lines } = requestFor(
      { name: sshdImage, entrypoint: sshd.entrypoint },
      { services: [{ name: image, alias: 'web', command: ['sh', '-c', serve] }] },
    );
    const environment = await executor.prepare(request);
    open.push(environment);
    const ran = await runIn(environment, 'build', 'pwd; wget -qO- http://web:8080/i; exit 5');
    expect(ran).toMatchObject({ exit: { code: 5 }, stdout: '/root\nserved\n' });
    expect(lines.join('\n')).toContain('WARNING: The docker-ssh executor is deprecated');
    expect(ours()).toHaveLength(2);
  });

  it('an image that starts no sshd fails the job with what it said, and leaves nothing', async () => {
    const { request } = requestFor({ name: image, entrypoint: ['sh', '-c', 'echo no server here; exit 4'] });
    await expect(executor.prepare(request)).rejects.toMatchObject({
      reason: 'runner_system_failure',
      message: `the container of ${image} ended with exit code 4: docker-ssh needs an image that starts an SSH server (no server here)`,
    });
  });
});
