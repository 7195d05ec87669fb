import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../../test/support/require.ts';
import { systemClock } from '../../../base/clock.ts';
import { createDockerExecutor } from '../index.ts';
import { importImage } from '../testing/image.ts';
import { runIn, type TestJob, testRequest } from '../testing/job.ts';
import { type Registry, startRegistry } from '../testing/registry.ts';

describeWith(['docker', 'busybox', 'linux'], 'pulling from a registry', () => {
  const executor = createDockerExecutor({ clock: systemClock, env: { HOME: '/nonexistent' }, hostname: 'test' });
  let registry: Registry;
  beforeAll(async () => {
    await importImage();
    registry = await startRegistry('me', 'hunter22');
  }, 60_000);
  afterAll(async () => {
    await registry.close();
    execFileSync('docker', ['image', 'rm', '-f', `${registry.host}/app:1`], { stdio: 'ignore' });
  });
  const job = (name: string, password?: string): TestJob => ({
    docker: { allowed_pull_policies: ['always', 'if-not-present'], volumes: [], disable_cache: true },
    payload: {
      image: { name: `${registry.host}/${name}`, pull_policy: ['always'] },
      ...(password === undefined
        ? {}
        : { credentials: [{ type: 'registry', url: registry.host, username: 'me', password }] }),
    },
  });

  it('uses the credentials of the job and names the digest', async () => {
    const { request, lines } = testRequest(job('app:1', 'hunter22'));
    const environment = await executor.prepare(request);
    try {
      expect((await runIn(environment, 'build', 'echo pulled')).stdout).toBe('pulled\n');
    } finally {
      await environment.close();
      await environment.removed?.();
    }
    expect(lines).toContain('Authenticating with credentials from job payload (GitLab Registry)');
    expect(lines).toContain(`Pulling docker image ${registry.host}/app:1 ...`);
    expect(lines.at(-1)).toMatch(/^Using docker image sha256:\w+ for .*app:1 with digest .*app@sha256:\w{64} \.\.\.$/);
    expect(lines.join()).not.toContain('hunter22');
  });

  it.each([
    { where: 'the variable DOCKER_AUTH_CONFIG', source: '$DOCKER_AUTH_CONFIG' },
    { where: 'config.json of whoever started Harrier', source: 'config.json' },
    { where: 'a credential helper', source: 'config.json' },
  ])('finds the login in $where before what GitLab sent', async ({ where, source }) => {
    const home = await mkdtemp(join(tmpdir(), 'login-'));
    const auth = Buffer.from('me:hunter22').toString('base64');
    const auths = JSON.stringify({ auths: { [registry.host]: { auth } } });
    const helped = JSON.stringify({ credHelpers: { [registry.host]: 'test' } });
    const isVariable = source.startsWith('$');
    if (!isVariable) {
      await mkdir(join(home, '.docker'));
      await writeFile(join(home, '.docker/config.json'), where.includes('helper') ? helped : auths);
      const answer = '{"ServerURL":"x","Username":"me","Secret":"hunter22"}';
      await writeFile(join(home, 'docker-credential-test'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o700 });
    }
    const env = { HOME: home, PATH: `${home}:${process.env['PATH']}` };
    const own = createDockerExecutor({ clock: systemClock, env, hostname: 'test' });
    const { request, lines } = testRequest({
      ...job('app:1', 'not this one'),
      ...(isVariable ? { variables: { DOCKER_AUTH_CONFIG: auths } } : {}),
    });
    try {
      const environment = await own.prepare(request);
      await environment.close();
      await environment.removed?.();
    } finally {
      await rm(home, { recursive: true });
    }
    const said = lines.find((line) => line.startsWith('Authenticating with credentials from '));
    expect(said?.endsWith(source)).toBe(true);
    expect(lines.join()).not.toMatch(/hunter22|not this one/);
  });

  it.each([
    {
      why: 'without credentials',
      image: 'app:1',
      password: undefined,
      says: /no basic auth credentials|unauthorized/i,
    },
    { why: 'with a wrong password', image: 'app:1', password: 'wrong', says: /unauthorized/i },
    { why: 'a tag that does not exist', image: 'app:2', password: 'hunter22', says: /manifest unknown|not found/i },
  ])('$why: one try, a reason, the engine’s own words', async ({ image, password, says }) => {
    const { request, lines } = testRequest(job(image, password));
    await expect(executor.prepare(request)).rejects.toMatchObject({
      reason: 'runner_configuration_error',
      message: expect.stringMatching(says),
    });
    expect(lines.filter((line) => line.startsWith('Pulling'))).toHaveLength(1);
    expect(lines.find((line) => line.startsWith('WARNING: Failed to pull image with policy "always"'))).toMatch(says);
  });

  it('a registry that nobody answers is tried again', async () => {
    const gone = await startRegistry('me', 'x');
    await gone.close();
    const { request, lines } = testRequest({
      docker: { pull_policy: 'always', helper_image: 'harrier-test:busybox', volumes: [], disable_cache: true },
      payload: { image: { name: `${gone.host}/app:1` } },
    });
    const quick = { ...request, clock: { ...systemClock, sleep: async () => {} } };
    const impatient = createDockerExecutor({ clock: quick.clock, env: { HOME: '/nonexistent' }, hostname: 'test' });
    const local = {
      ...quick,
      runner: { ...quick.runner, docker: { ...quick.runner.docker, pull_policy: 'if-not-present' } },
    };
    await expect(impatient.prepare(local)).rejects.toMatchObject({ reason: 'runner_external_dependency_failure' });
    expect(lines.filter((line) => line.startsWith('Pulling'))).toHaveLength(3);
  });
});
