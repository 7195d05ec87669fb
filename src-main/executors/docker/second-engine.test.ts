import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import type { Environment } from '../types.ts';
import { createDockerExecutor } from './index.ts';
import { image, importImage } from './testing/image.ts';
import { runIn, type TestJob, testRequest } from './testing/job.ts';
import { createSecondEngine, type SecondEngine, secondEngineNeeds } from './testing/second-engine.ts';

describeWith(secondEngineNeeds, 'an engine elsewhere, over TCP with TLS', () => {
  let second: SecondEngine;
  const executor = createDockerExecutor({ clock: systemClock, env: { HOME: '/nonexistent' }, hostname: 'test' });
  const prepare = async (job: TestJob = {}) => {
    const recorded = testRequest({ ...job, docker: { ...second.settings, ...job.docker } });
    return { ...recorded, environment: await executor.prepare(recorded.request) };
  };
  const nothingLeft = async (environment: Environment): Promise<void> => {
    await environment.removed?.();
    expect(second.docker('ps', '-aq')).toBe('');
    expect(second.docker('network', 'ls', '-q', '--filter', 'label=dev.harrier.managed=true')).toBe('');
    expect(second.docker('volume', 'ls', '-q', '--filter', 'label=com.gitlab.gitlab-runner.reusable=false')).toBe('');
  };
  beforeAll(async () => {
    await importImage();
    second = await createSecondEngine({ images: [image] });
  }, 60_000);
  afterAll(() => second?.close(), 30_000);

  it('runs a job with a service that only its own network reaches, and files both ways', async () => {
    const { environment, lines } = await prepare({
      variables: { FF_NETWORK_PER_BUILD: 'true' },
      docker: { disable_cache: true },
      payload: {
        services: [
          {
            name: image,
            alias: 'web',
            command: ['sh', '-c', 'sleep 0.3; exec httpd -f -p 8080 -h /tmp'],
            variables: [{ key: 'HEALTHCHECK_TCP_PORT', value: '8080' }],
          },
        ],
      },
    });
    await environment.files.writeFile('/cache/f', Readable.from([Buffer.from('through')]));
    expect((await runIn(environment, 'build', 'cat /cache/f; nc web 8080 < /dev/null; exit 3')).exit.code).toBe(3);
    expect(lines.join('\n')).not.toContain('probably');
    await environment.close();
    await nothingLeft(environment);
  });

  it('killed and started again in mid-job: the job fails and says so, the next one runs, nothing is left', async () => {
    const { environment } = await prepare({ docker: { disable_cache: true } });
    let started = (): void => {};
    const running = new Promise<void>((done) => {
      started = done;
    });
    const job = environment.run('echo up\nsleep 60\n', {
      stage: 'step_script',
      where: 'build',
      signal: new AbortController().signal,
      onOutput: () => {
        started();
        return undefined;
      },
    });
    job.catch(() => {});
    await running;
    await second.kill();
    await expect(job).rejects.toThrow('the container engine does not answer any more');
    const closing = environment.close();
    await second.start();
    await closing;
    const next = await prepare({ docker: { disable_cache: true } });
    expect((await runIn(next.environment, 'build', 'echo well')).stdout).toBe('well\n');
    await next.environment.close();
    await next.environment.removed?.();
    await nothingLeft(environment);
  }, 60_000);

  it('a job that comes while it is down waits for it', async () => {
    await second.kill();
    const { request, lines } = testRequest({ docker: second.settings });
    const preparing = executor.prepare(request);
    preparing.catch(() => {});
    await expect.poll(() => lines.join('\n'), { timeout: 20_000 }).toContain('Waiting for the container engine');
    await second.start();
    const environment = await preparing;
    expect((await runIn(environment, 'build', 'echo back')).stdout).toBe('back\n');
    await environment.close();
    await nothingLeft(environment);
  }, 60_000);
});

describeWith(secondEngineNeeds, 'an engine without room', () => {
  let second: SecondEngine;
  beforeAll(async () => {
    await importImage();
    second = await createSecondEngine({ images: [image], dataMb: 24 });
  }, 60_000);
  afterAll(() => second?.close(), 30_000);

  it('one try, its own words, and what helps', async () => {
    const executor = createDockerExecutor({ clock: systemClock, env: { HOME: '/nonexistent' }, hostname: 'test' });
    second.docker('volume', 'create', 'full');
    const fill = 'dd if=/dev/zero of=/v/f bs=1M 2>/dev/null; dd if=/dev/zero of=/v/g bs=512 2>/dev/null; :';
    second.docker('run', '--rm', '-v', 'full:/v', image, 'sh', '-c', fill);
    const { request, lines } = testRequest({ docker: { ...second.settings, disable_cache: true } });
    await expect(executor.prepare(request)).rejects.toMatchObject({
      name: 'HarrierError',
      message: expect.stringMatching(/^Error response from daemon: .*no space left on device/),
    });
    expect(lines.join('\n')).toContain('WARNING: Free space where the engine keeps its data: `harrier docker prune`.');
    expect(second.docker('ps', '-aq')).toBe('');
  }, 30_000);
});
