import { execFileSync } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { createDockerExecutor, prune } from './index.ts';
import { systemLabel, testEnv, useEngine } from './testing/engine.ts';
import { image, importNodeImage, nodeImage } from './testing/image.ts';
import { runIn, testRequest } from './testing/job.ts';

describeWith(['docker', 'busybox'], 'what is around the scripts of a job', () => {
  const { engine, executor, keep, ours, prepare, watch } = useEngine();

  it('services answer by their names before the job begins; a dead one is reported at once', async () => {
    const { environment, lines } = await prepare({
      variables: { GREETING: 'hello' },
      payload: {
        services: [
          {
            name: image,
            alias: 'web site',
            command: ['sh', '-c', 'mkdir /w; echo $GREETING > /w/i; exec httpd -f -p 8080 -h /w'],
            variables: [{ key: 'HEALTHCHECK_TCP_PORT', value: '8080' }],
          },
          { name: image, alias: 'dead', command: ['sh', '-c', 'echo no way >&2; exit 4'] },
        ],
      },
    });
    expect(
      (await runIn(environment, 'build', 'wget -qO- http://web:8080/i; wget -qO- http://site:8080/i')).stdout,
    ).toBe('hello\nhello\n');
    expect(lines.join('\n')).toMatch(/ended with exit code 4[\s\S]*no way/);
    expect(lines.filter((line) => line.includes('probably'))).toHaveLength(1);
  });

  it('FF_NETWORK_PER_BUILD: a network of the job’s own, with names in both directions', async () => {
    const { environment } = await prepare({
      variables: { FF_NETWORK_PER_BUILD: 'true' },
      payload: { services: [{ name: image, alias: 'db', command: ['sh', '-c', 'sleep 60'] }] },
    });
    expect((await runIn(environment, 'build', 'nslookup db >/dev/null 2>&1 && echo found')).stdout).toBe('found\n');
    expect((await ours()).map(({ kind }) => kind)).toContain('network');
  });

  it('a network that a dead Harrier left for this very job is no hindrance; one that is not ours is', async () => {
    const name = 'runner-test-5-0-7';
    const id = await engine().createNetwork({ name, labels: { 'dev.harrier.managed': 'true' } });
    const job = { variables: { FF_NETWORK_PER_BUILD: 'true' } };
    const { environment } = await prepare(job);
    expect(await engine().networkMembers(id)).toEqual([]);
    await environment.close();
    await environment.removed?.();
    const foreign = await engine().createNetwork({ name, labels: {} });
    try {
      await expect(prepare(job)).rejects.toThrow('already exists');
    } finally {
      await engine().removeNetwork(foreign);
    }
  });

  it('caches and builds survive to the next job of the slot; disable_cache does not', async () => {
    const first = await prepare();
    await runIn(first.environment, 'build', 'echo kept > /builds/f; echo kept > /cache/f');
    await first.environment.close();
    const again = { ...first.request };
    const second = await executor.prepare(again);
    keep(second);
    expect((await runIn(second, 'build', 'cat /builds/f /cache/f')).stdout).toBe('kept\nkept\n');
    const third = await executor.prepare({
      ...again,
      runner: { ...again.runner, docker: { ...again.runner.docker, disable_cache: true } },
    });
    keep(third);
    expect((await runIn(third, 'build', 'ls -A /builds /cache')).stdout).not.toContain('f\n');
  });

  it('an image’s entrypoint runs before the script and not before the sources are there', async () => {
    const { environment } = await prepare({
      payload: { image: { name: image, entrypoint: ['sh', '-c', 'ls /builds; exec "$@"', 'entry'] } },
    });
    await runIn(environment, 'helper', 'touch /builds/source');
    expect((await runIn(environment, 'build', 'echo script; touch /kept')).stdout).toBe('source\nscript\n');
    expect((await runIn(environment, 'build', 'ls /kept; echo after')).stdout).toBe('source\n/kept\nafter\n');
  });

  it('a terminal opens beside the script, in the project’s folder', async () => {
    const { environment } = await prepare();
    await runIn(environment, 'helper', 'mkdir -p /builds/group/project');
    await runIn(environment, 'build', 'true');
    const terminal = await environment.terminal?.({ columns: 80, rows: 24 });
    let seen = '';
    terminal?.onData((chunk) => {
      seen += Buffer.from(chunk).toString();
    });
    const ended = new Promise<void>((resolve) => terminal?.onExit(resolve));
    terminal?.write('pwd; echo sum $((20+22)); exit\n');
    await ended;
    expect(seen).toContain('/builds/group/project');
    expect(seen).toContain('sum 42');
  });

  it.each([
    {
      why: 'no name of an image',
      job: { payload: { image: { name: 'No Image' } } },
      reason: 'runner_configuration_error',
      says: 'invalid reference format',
    },
    {
      why: 'an image that is a variable without a value',
      job: { payload: { image: { name: '$NOWHERE' } } },
      reason: 'runner_configuration_error',
      says: 'nothing is left of the image "$NOWHERE"',
    },
    {
      why: 'an image that is not there and may not be pulled',
      job: { docker: { pull_policy: 'never' }, payload: { image: { name: 'harrier-none:1' } } },
      reason: 'image_pull_failure',
      says: 'No such image: harrier-none:1',
    },
    {
      why: 'a size that is none',
      job: { docker: { memory: 'much' } },
      reason: 'runner_configuration_error',
      says: 'memory: "much" is not a size',
    },
    {
      why: 'a setting the engine refuses',
      job: { docker: { cap_add: ['NOPE'] } },
      reason: 'runner_configuration_error',
      says: 'CAP_NOPE',
    },
    {
      why: 'a value of the wrong kind',
      job: { docker: { privileged: 'yes' } },
      reason: 'runner_configuration_error',
      says: 'privileged: expected boolean',
    },
    {
      why: 'a user that is not allowed',
      job: { docker: { allowed_users: ['1'], user: '2' } },
      reason: 'runner_configuration_error',
      says: 'user "2" is not an allowed user: [1]',
    },
  ])('$why fails the job with its reason and leaves nothing', async ({ job, reason, says }) => {
    await expect(prepare(job)).rejects.toMatchObject({ reason, message: expect.stringContaining(says) });
  });

  it('an image without a shell: the reason, one sentence, the engine’s own words', async () => {
    const bare = 'harrier-test:bare';
    const tar = pack();
    tar.entry({ name: 'file' }, 'nothing that runs');
    tar.finalize();
    execFileSync('docker', ['import', '-', bare], { input: await buffer(tar), stdio: ['pipe', 'ignore', 'pipe'] });
    await expect(prepare({ payload: { image: { name: bare } } })).rejects.toMatchObject({
      reason: 'runner_configuration_error',
      message: expect.stringMatching(
        /the image has no shell \(sh\), or its entrypoint is missing: .*executable file not/,
      ),
    });
    execFileSync('docker', ['image', 'rm', '-f', bare], { stdio: 'ignore' });
  });

  it('what the engine refuses for good is tried once, with what helps', async () => {
    const { request, lines } = testRequest({ docker: { gpus: 'driver=none-of-that-name' } });
    watch(request.systemId);
    await expect(executor.prepare(request)).rejects.toMatchObject({
      name: 'HarrierError',
      code: 'EXECUTOR_PREPARE',
      message: expect.stringMatching(/^Error response from daemon: could not select device driver "none-of-that-name"/),
    });
    expect(lines.at(-1)).toContain('The engine has no driver for `gpus`');
  });

  it('shells without our loop (PowerShell) get a start of the container for each script', async () => {
    const { request } = testRequest({ shell: 'pwsh' });
    watch(request.systemId);
    const environment = await executor.prepare({ ...request, shell: { ...request.shell, command: () => ['sh'] } });
    keep(environment);
    expect(await runIn(environment, 'helper', 'echo one > /builds/f')).toMatchObject({ exit: { code: 0 } });
    expect(await runIn(environment, 'build', 'cat /builds/f; exit 5')).toMatchObject({
      exit: { code: 5 },
      stdout: 'one\n',
    });
    const stop = new AbortController();
    const running = runIn(environment, 'build', 'echo up; exec sleep 30', stop.signal);
    await systemClock.sleep(700);
    stop.abort(new Error('canceled'));
    expect((await running).exit.code).not.toBe(0);
    expect((await runIn(environment, 'build', 'echo again')).stdout).toBe('again\n');
  }, 30_000);

  it('builds in a folder of the host are shared, others are not', () => {
    const traits = (docker: { volumes: string[] }, more: { builds_dir?: string } = {}) =>
      executor.traitsFor?.({ docker, ...more }).sharedBuildsDir;
    expect(traits({ volumes: ['/cache', 'named:/builds'] })).toBe(false);
    expect(traits({ volumes: ['/srv/builds:/builds'] })).toBe(true);
    expect(traits({ volumes: ['/srv:/data'] }, { builds_dir: '/data/builds' })).toBe(true);
    expect(traits({ volumes: ['/srv:/data'] }, { builds_dir: '/database' })).toBe(false);
  });

  it('what a dead Harrier left is removed by its journal, and found and pruned without one', async () => {
    const { request, handles } = await prepare({
      docker: { disable_cache: true },
      variables: { FF_NETWORK_PER_BUILD: 'true' },
    });
    const mine = async () => (await ours()).filter(({ labels }) => labels[systemLabel] === request.systemId);
    expect((await mine()).map(({ type }) => type).sort()).toEqual(['build', 'cache', 'cache', 'network', 'predefined']);
    const other = createDockerExecutor({ clock: systemClock, env: testEnv, hostname: 'test' });
    const [handle] = handles;
    await other.recover?.([{ kind: 'container', ...handle, id: handle?.id ?? '' }], request.runner, silentLogger);
    expect(await mine()).toEqual([]);
    const again = await executor.prepare(request);
    keep(again);
    const options = { systemId: request.systemId, hostname: 'test', nowMs: systemClock.now(), kept: false };
    const busy = await prune(engine(), { ...options, runningJobs: [request.job.id], caches: false });
    expect(busy.removed).toEqual([]);
    await prune(engine(), { ...options, runningJobs: [], caches: true });
    expect(await mine()).toEqual([]);
  });
});

describeWith(['docker', 'busybox'], 'a job that binds the engine’s socket', () => {
  const { prepare } = useEngine();
  it('talks to the engine its own container runs on', async () => {
    await importNodeImage();
    const socket = '/var/run/docker.sock';
    const { environment } = await prepare({
      docker: { volumes: [`${socket}:${socket}`], disable_cache: true },
      payload: { image: { name: nodeImage } },
    });
    const ask = `require('http').get({ socketPath: '${socket}', path: '/containers/json' }, (a) => a.pipe(process.stdout))`;
    const { stdout } = await runIn(environment, 'build', `node -e "${ask}"`);
    expect(stdout).toContain('runner-test-project-5-concurrent-0-');
  });
});
