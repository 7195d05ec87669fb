import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import { useEngine } from './testing/engine.ts';
import { image } from './testing/image.ts';
import { runIn } from './testing/job.ts';

describeWith(['docker', 'busybox'], 'scripts and files in containers', () => {
  const { engine, ours, prepare } = useEngine();

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
    await engine().removeContainer(build?.id ?? '');
    await expect(running).rejects.toThrow('the container was removed while the script ran in it');
    expect((await runIn(environment, 'build', 'echo new one')).stdout).toBe('new one\n');
  });

  it('EXECUTOR_JOB_SECTION_ATTEMPTS: a script whose container is removed begins anew in another one', async () => {
    const { environment, lines } = await prepare({ variables: { EXECUTOR_JOB_SECTION_ATTEMPTS: '2' } });
    await runIn(environment, 'build', 'true');
    const removeBuild = async () => {
      const id = (await ours()).find(({ type }) => type === 'build')?.id ?? '';
      await engine().removeContainer(id);
      return id;
    };
    const once = runIn(environment, 'build', '[ -e /builds/again ] || { touch /builds/again; sleep 30; }; echo done');
    await systemClock.sleep(300);
    const id = await removeBuild();
    expect((await once).stdout).toBe('done\n');
    expect(lines).toContain(`ERROR: Container "${id}" not found or removed. Will retry...`);
    expect(lines).toContain('Retrying test');
    const never = runIn(environment, 'build', 'sleep 30');
    never.catch(() => {});
    await systemClock.sleep(300);
    await removeBuild();
    await expect.poll(() => lines.filter((line) => line === 'Retrying test').length).toBe(2);
    await expect
      .poll(async () => (await ours()).some(({ type, state }) => type === 'build' && state === 'running'))
      .toBe(true);
    await removeBuild();
    await expect(never).rejects.toThrow('the container was removed while the script ran in it');
    expect(lines.at(-1)).toBe('ERROR: Execution attempts exceeded');
  });

  it('a container that is killed from outside says so', async () => {
    const { environment } = await prepare();
    await runIn(environment, 'build', 'true');
    const running = runIn(environment, 'build', 'sleep 30');
    running.catch(() => {});
    const build = (await ours()).find(({ type }) => type === 'build');
    await engine().killContainer(build?.id ?? '', 'KILL');
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
});
