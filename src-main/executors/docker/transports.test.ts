import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { createDockerExecutor, createEnginePool, readSettings } from './index.ts';
import { makeCertificates } from './testing/certificates.ts';
import { image, importImage } from './testing/image.ts';
import { runIn, testRequest } from './testing/job.ts';

/** One job over one way to the engine: attach, exec and archives all travel on it. */
const runJob = async (docker: Readonly<Record<string, unknown>>): Promise<string> => {
  const executor = createDockerExecutor({ clock: systemClock, env: { HOME: '/nonexistent' }, hostname: 'test' });
  const { request, lines } = testRequest({
    docker: { ...docker, disable_cache: true },
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
  const environment = await executor.prepare(request);
  try {
    await environment.files.writeFile('/cache/f', Readable.from([Buffer.from('through')]));
    const stop = new AbortController();
    const canceled = runIn(environment, 'build', 'sleep 30', stop.signal);
    await systemClock.sleep(100);
    stop.abort(new Error('canceled'));
    await canceled;
    expect(lines.join('\n')).not.toContain('probably');
    return (await runIn(environment, 'build', 'cat /cache/f; nc web 8080 < /dev/null; exit 3')).stdout;
  } finally {
    await environment.close();
    await environment.removed?.();
  }
};

describeWith(['docker', 'busybox', 'openssl', 'linux'], 'an engine over TLS', () => {
  let folder: string;
  let server: Server;
  let port: number;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    await importImage();
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
    makeCertificates(folder, '127.0.0.1');
    const read = (name: string) => readFileSync(join(folder, name));
    server = createServer(
      {
        ca: read('ca.pem'),
        cert: read('server-cert.pem'),
        key: read('server-key.pem'),
        requestCert: true,
        rejectUnauthorized: true,
        // As the engine's own server: whoever has nothing more to say may still listen.
        allowHalfOpen: true,
      },
      (socket) => {
        const engine = connect({ path: '/var/run/docker.sock', allowHalfOpen: true });
        socket.pipe(engine).pipe(socket);
        socket.on('error', () => engine.destroy());
        engine.on('error', () => socket.destroy());
      },
    );
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  }, 60_000);
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a job with the certificates of the config', async () => {
    const docker = { host: `tcp://127.0.0.1:${port}`, tls_verify: true, tls_cert_path: folder };
    expect(await runJob(docker)).toBe('through');
  });
  it('says why when there are none', async () => {
    const pool = createEnginePool({ clock: systemClock, env: {}, log: silentLogger });
    const settings = readSettings({ docker: { host: `https://127.0.0.1:${port}` } });
    await expect(pool.get(settings)).rejects.toThrow(
      /Tried: host in config\.toml \(tcp:\/\/127\.0\.0\.1:\d+\): .*certificate/,
    );
  });
});

describeWith(['docker', 'busybox', 'linux'], 'an engine over SSH', () => {
  let folder: string;
  const path = process.env['PATH'];
  beforeAll(async () => {
    await importImage();
    folder = mkdtempSync(join(tmpdir(), 'ssh-'));
    // Stands in for ssh: runs on this machine what it is told to run on the other.
    const program =
      '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\n[ "$2" = me@box ] || { echo "no route to $2" >&2; exit 255; }\nshift 2\nexec "$@"\n';
    writeFileSync(join(folder, 'ssh'), program);
    chmodSync(join(folder, 'ssh'), 0o755);
    process.env['PATH'] = `${folder}${delimiter}${path}`;
  });
  afterAll(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a job through `docker system dial-stdio`', async () => {
    expect(await runJob({ host: 'ssh://me@box' })).toBe('through');
  }, 30_000);
  it('says what ssh said when it fails', async () => {
    const pool = createEnginePool({ clock: systemClock, env: {}, log: silentLogger });
    await expect(pool.get(readSettings({ docker: { host: 'ssh://me@nowhere' } }))).rejects.toThrow(
      'no route to me@nowhere',
    );
  });
});
