import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { image, importImage, importNodeImage, nodeImage } from '../../src-main/executors/docker/testing/image.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { describeWith } from '../support/require.ts';

const root = resolve(import.meta.dirname, '../..');
const tag = 'harrier-test:container';
const name = `harrier-test-${process.pid}`;
const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
/** Without blocking, so that the server of this process can answer meanwhile. */
const dockerLater = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('docker', args)).stdout.trim();

/** Settles when the engine has found the container healthy, which it asks once a second. */
const isHealthy = (): Promise<void> =>
  new Promise((done) => {
    const filters = ['--filter', `container=${name}`, '--filter', 'event=health_status'];
    const events = spawn('docker', ['events', '--since', '0', ...filters, '--format', '{{.Action}}']);
    events.stdout.on('data', (text) => String(text).includes(': healthy') && events.kill());
    events.on('close', () => done());
  });

describeWith(['docker', 'busybox', 'linux'], 'Harrier in a container', () => {
  let folder: string;
  let coordinator: TestCoordinator;
  let door: Server;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    await importImage();
    folder = mkdtempSync(join(tmpdir(), 'container-'));
    await importNodeImage();
    const built = spawnSync(
      process.execPath,
      ['tools/container.mjs', '--no-build', '--base', nodeImage, '--tag', tag],
      {
        cwd: root,
        env: { ...process.env, DOCKER_BUILDKIT: '0' },
        encoding: 'utf8',
      },
    );
    expect(built.stderr + built.stdout).toContain(`Successfully tagged ${tag}`);
    coordinator = await startTestCoordinator();
    // The coordinator listens on loopback, which a container does not reach.
    door = createServer((socket) => {
      const inner = connect(Number(new URL(coordinator.url).port), '127.0.0.1');
      for (const each of [socket, inner])
        sockets.add(each.on('error', () => {}).on('close', () => sockets.delete(each)));
      socket.pipe(inner).pipe(socket);
    });
    await new Promise<void>((done) => door.listen(0, '0.0.0.0', done));
  }, 120_000);
  afterAll(async () => {
    spawnSync('docker', ['rm', '-fv', name]);
    spawnSync('docker', ['volume', 'rm', `${name}-config`, `${name}-data`]);
    spawnSync('docker', ['image', 'rm', tag]);
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => door.close(done));
    await coordinator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes a job through the bound socket, is healthy, and ends when told to', async () => {
    const here = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
    writeFileSync(
      join(folder, 'config.toml'),
      `concurrent = 1
check_interval = 1
[[runners]]
  name = "inside"
  url = "http://${here}:${(door.address() as AddressInfo).port}"
  token = "${coordinator.token}"
  executor = "docker"
  [runners.feature_flags]
    FF_NETWORK_PER_BUILD = true
  [runners.docker]
    image = "${image}"
    helper_image = "${image}"
    pull_policy = "if-not-present"
    disable_cache = true
    volumes = ["${folder}:/from-host:ro"]
`,
    );
    const job = coordinator.queue({
      variables: [{ key: 'GIT_STRATEGY', value: 'none' }],
      services: [
        {
          name: image,
          alias: 'web',
          command: ['sh', '-c', 'mkdir /w; echo served > /w/i; exec httpd -f -p 8080 -h /w'],
          variables: [{ key: 'HEALTHCHECK_TCP_PORT', value: '8080' }],
        },
      ],
      script: ['wget -qO- http://web:8080/i', 'grep -c check_interval /from-host/config.toml', 'echo kept > out.txt'],
      artifacts: [{ name: 'out', paths: ['out.txt'] }],
    });
    docker('volume', 'create', `${name}-config`);
    const flags = ['--name', name, '--hostname', name, '--health-interval', '1s', '--health-start-period', '1s'];
    const socket = ['-v', '/var/run/docker.sock:/var/run/docker.sock', '-v', `${name}-data:/var/lib/harrier`];
    docker('create', ...flags, ...socket, '-v', `${name}-config:/etc/gitlab-runner`, tag);
    docker('cp', join(folder, 'config.toml'), `${name}:/etc/gitlab-runner/config.toml`);
    docker('start', name);
    await job.done;
    expect(job.trace).toMatch(/^served$[\s\S]*^1$/m);
    expect(job.trace).not.toContain('probably');
    expect(job.updates.at(-1)).toMatchObject({ state: 'success' });
    expect(job.artifacts.map(({ filename }) => filename)).toEqual(['out.zip']);

    await isHealthy();
    expect(await dockerLater('exec', name, 'node', '/opt/harrier/dist/cli.js', 'status')).toContain('inside: ');
    await dockerLater('stop', '-t', '30', name);
    expect(docker('inspect', '--format', '{{.State.ExitCode}}', name)).toBe('0');
    expect(
      docker(
        'ps',
        '-aq',
        '--filter',
        'label=dev.harrier.managed=true',
        '--filter',
        `label=com.gitlab.gitlab-runner.job.id=${job.id}`,
      ),
    ).toBe('');
    expect(coordinator.problems).toEqual([]);
  }, 90_000);
});
