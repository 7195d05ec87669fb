import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import type { Environment } from '../types.ts';
import { createDockerExecutor, createEnginePool, type Engine, listOurs, prune, readSettings } from './index.ts';
import { image, importImage } from './testing/image.ts';
import { type Recorded, runIn, type TestJob, testRequest } from './testing/job.ts';

const env = { ...process.env, HOME: '/nonexistent' };
const executor = createDockerExecutor({ clock: systemClock, env, hostname: 'test' });
const systems = new Set<string>();
let engine: Engine;
let open: Environment[] = [];

const prepare = async (job: TestJob = {}): Promise<Recorded & { readonly environment: Environment }> => {
  const recorded = testRequest(job);
  systems.add(recorded.request.systemId);
  const environment = await executor.prepare(recorded.request);
  open.push(environment);
  return { ...recorded, environment };
};
/** What tests of this file have made and not removed; other programs use the same engine. */
const ours = async () =>
  (await listOurs(engine)).filter(({ labels }) =>
    systems.has(labels['com.gitlab.gitlab-runner.runner.system_id'] ?? ''),
  );

describeWith(['docker', 'busybox'], 'the Docker executor on a real engine', () => {
  beforeAll(async () => {
    await importImage();
    const pool = createEnginePool({ clock: systemClock, env, log: silentLogger });
    engine = await pool.get(readSettings(testRequest().request.runner));
  }, 60_000);
  afterEach(async () => {
    await Promise.all(open.map((environment) => environment.close({ keep: false })));
    open = [];
    await executor.settled?.();
    expect((await ours()).filter(({ reusable }) => !reusable)).toEqual([]);
  }, 30_000);
  afterAll(async () => {
    for (const { id } of await ours()) await engine.removeVolume(id);
    engine.close();
  });

  it('runs scripts in both containers: exit codes, both streams, no stdin, files in between', async () => {
    const { environment, lines } = await prepare({ variables: { GREETING: 'hi there' } });
    expect(lines[0]).toBe(`Using Docker executor with image ${image} ...`);
    const made = await runIn(environment, 'helper', 'mkdir -p /builds/group/project; echo x > /builds/f; umask');
    expect(made).toEqual({ exit: { code: 0 }, stdout: '0000\n', stderr: '' });
    const ran = await runIn(environment, 'build', 'cat /builds/f; echo "$GREETING"; echo e >&2; read a; exit 42');
    expect(ran).toEqual({ exit: { code: 1 }, stdout: 'x\nhi there\n', stderr: 'e\n' });
    expect((await runIn(environment, 'build', 'exit 42')).exit).toEqual({ code: 42 });
    expect(lines.at(-1)).toMatch(/^Using docker image sha256:[0-9a-f]{64} for harrier-test:busybox \.\.\.$/);
  });

  it('loses no byte of a long output and ends what a script left behind', async () => {
    const { environment } = await prepare();
    const { stdout } = await runIn(
      environment,
      'build',
      'sleep 1000 & i=0; while [ $i -lt 50000 ]; do echo $i; i=$((i+1)); done',
    );
    expect(stdout.split('\n').length).toBe(50_001);
    expect((await runIn(environment, 'build', 'ps | grep -c "[s]leep 1000" || true')).stdout).toBe('0\n');
  });

  it('ends a script on abort, forces one that ignores it, and goes on with the next', async () => {
    const { environment } = await prepare();
    const stop = new AbortController();
    const running = runIn(
      environment,
      'build',
      "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done",
      stop.signal,
    );
    await systemClock.sleep(150);
    stop.abort(new Error('canceled'));
    const { exit, stdout } = await running;
    expect({ exit, stdout }).toEqual({ exit: { code: 1 }, stdout: 'up\nbye\n' });
    expect((await runIn(environment, 'build', 'echo after')).stdout).toBe('after\n');
  });

  it('below an init a canceled script ends and the next one runs', async () => {
    const { environment } = await prepare({ variables: { FF_USE_INIT_WITH_DOCKER_EXECUTOR: 'true' } });
    const stop = new AbortController();
    const running = runIn(environment, 'build', 'echo up; sleep 30', stop.signal);
    await systemClock.sleep(150);
    stop.abort(new Error('canceled'));
    expect((await running).exit.code).not.toBe(0);
    expect((await runIn(environment, 'build', 'cat /proc/1/comm')).stdout).not.toBe('sh\n');
  });

  it('a job cannot end the container’s first process, and killing everything else is no hang', async () => {
    const { environment } = await prepare();
    expect((await runIn(environment, 'build', 'kill -9 1; kill -TERM 1; echo still')).stdout).toBe('still\n');
    expect((await runIn(environment, 'build', 'kill -9 -1')).exit.code).toBe(137);
    expect((await runIn(environment, 'build', 'echo next')).stdout).toBe('next\n');
  });

  it('a container that is removed from outside is a failure with its reason', async () => {
    const { environment } = await prepare();
    await runIn(environment, 'build', 'true');
    const running = runIn(environment, 'build', 'sleep 30');
    running.catch(() => {});
    const build = (await ours()).find(({ type }) => type === 'build');
    await engine.removeContainer(build?.id ?? '');
    await expect(running).rejects.toThrow('the container was removed while the script ran in it');
    expect((await runIn(environment, 'build', 'echo new one')).stdout).toBe('new one\n');
  });

  it('a container that is killed from outside says so', async () => {
    const { environment } = await prepare();
    await runIn(environment, 'build', 'true');
    const running = runIn(environment, 'build', 'sleep 30');
    running.catch(() => {});
    const build = (await ours()).find(({ type }) => type === 'build');
    await engine.killContainer(build?.id ?? '', 'KILL');
    await expect(running).rejects.toThrow('was stopped or killed from outside (exit code 137)');
  });

  it('names the memory limit that a job ran into', async () => {
    const { environment, lines } = await prepare({ docker: { memory: '32m', memory_swap: '32m' } });
    const { exit } = await runIn(environment, 'build', 'head -c 200000000 /dev/zero | tail > /dev/null');
    expect(exit.code).toBe(137);
    expect(lines).toContain(
      'WARNING: a process was killed because the container reached its memory limit (memory = "32m")',
    );
  });

  it('carries files in and out: list, tar, single files, whatever their names', async () => {
    const { environment } = await prepare();
    const { files } = environment;
    const project = '/builds/group/project';
    await runIn(
      environment,
      'helper',
      `mkdir -p ${project}/d; cd ${project}; echo 1 > "a b"; ln -s "a b" l; echo 2 > "$(printf 'x\\ny')"`,
    );
    const listed: string[] = [];
    for await (const { path, kind } of files.list(project)) listed.push(`${kind} ${JSON.stringify(path)}`);
    expect(listed.sort()).toEqual(['directory "d"', 'file "a b"', 'file "x\\ny"', 'symlink "l"']);

    const names: string[] = [];
    const unpack = extract().on('entry', (header, entry, next) => {
      names.push(`${header.type} ${header.name.replace(/\/$/, '')}`);
      entry.on('end', next).resume();
    });
    const tar = await files.readTar(project, ['a b', 'd', 'l']);
    await pipeline(tar, unpack);
    expect(names.sort()).toEqual(['directory d', 'file a b', 'symlink l']);

    const given = pack();
    given.entry({ name: 'new', mode: 0o750 }, 'from a tar');
    given.finalize();
    await files.writeTar(project, Readable.from(given));
    expect((await runIn(environment, 'build', `cat ${project}/new; stat -c %a ${project}/new`)).stdout).toBe(
      'from a tar750\n',
    );

    const bytes = randomBytes(3_000_000);
    await files.writeFile('/cache/deep/er/file', Readable.from([bytes]), { mode: 0o640 });
    expect(await files.stat('/cache/deep/er/file')).toMatchObject({
      kind: 'file',
      sizeBytes: bytes.length,
      mode: 0o640,
    });
    const back: Buffer[] = [];
    for await (const piece of (await files.readFile('/cache/deep/er/file')) ?? []) back.push(piece);
    expect(Buffer.concat(back).equals(bytes)).toBe(true);
    await files.remove('/cache/deep');
    expect(await files.stat('/cache/deep')).toBeUndefined();
    expect(await files.readFile('/cache/none')).toBeUndefined();
    await files.remove('/cache/none');
  });

  it('a body that breaks off leaves no file', async () => {
    const { environment } = await prepare();
    const broken = new Readable({
      read() {
        this.push('half');
        this.destroy(new Error('broke off'));
      },
    });
    await expect(environment.files.writeFile('/cache/f', broken)).rejects.toThrow('broke off');
    expect((await runIn(environment, 'helper', 'ls -A /cache')).stdout).toBe('');
  });

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

  it('caches and builds survive to the next job of the slot; disable_cache does not', async () => {
    const first = await prepare();
    await runIn(first.environment, 'build', 'echo kept > /builds/f; echo kept > /cache/f');
    await first.environment.close({ keep: false });
    const again = { ...first.request };
    const second = await executor.prepare(again);
    open.push(second);
    expect((await runIn(second, 'build', 'cat /builds/f /cache/f')).stdout).toBe('kept\nkept\n');
    const third = await executor.prepare({
      ...again,
      runner: { ...again.runner, docker: { ...again.runner.docker, disable_cache: true } },
    });
    open.push(third);
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
      why: 'an image that is not there and may not be pulled',
      job: { docker: { pull_policy: 'never' }, payload: { image: { name: 'harrier-none:1' } } },
      reason: 'image_pull_failure',
      says: 'No such image: harrier-none:1',
    },
    {
      why: 'a size that is none',
      job: { docker: { memory: 'much' } },
      reason: 'runner_configuration_error',
      says: 'memory = "much" is not a size',
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

  it('shells without our loop (PowerShell) get a start of the container for each script', async () => {
    const { request } = testRequest({ shell: 'pwsh' });
    systems.add(request.systemId);
    const environment = await executor.prepare({ ...request, shell: { ...request.shell, command: () => ['sh'] } });
    open.push(environment);
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
    const mine = async () =>
      (await ours()).filter(({ labels }) => labels['com.gitlab.gitlab-runner.runner.system_id'] === request.systemId);
    expect((await mine()).map(({ type }) => type).sort()).toEqual(['build', 'cache', 'cache', 'network', 'predefined']);
    const other = createDockerExecutor({ clock: systemClock, env, hostname: 'test' });
    const [handle] = handles;
    await other.recover?.([{ kind: 'container', ...handle, id: handle?.id ?? '' }], request.runner, silentLogger);
    expect(await mine()).toEqual([]);
    const again = await executor.prepare(request);
    open.push(again);
    const kept = await prune(engine, { runningJobs: [request.job.id], caches: false });
    expect(
      kept.removed.filter(({ labels }) => labels['com.gitlab.gitlab-runner.runner.system_id'] === request.systemId),
    ).toEqual([]);
  });
});
