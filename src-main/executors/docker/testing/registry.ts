import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { rootTar } from './image.ts';

export interface Registry {
  /** `127.0.0.1:<port>`: an address that engines take without TLS. */
  readonly host: string;
  readonly requests: string[];
  close(): Promise<void>;
}
const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

/** A registry with one image, `app:1`, behind a password. Every start has another image, so that nothing is cached. */
export async function startRegistry(user: string, password: string): Promise<Registry> {
  const layer = await rootTar();
  const packed = gzipSync(layer, { level: 1 });
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: new Date().toISOString(),
      config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.length,
        digest: digestOf(config),
      },
      layers: [
        {
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          size: packed.length,
          digest: digestOf(packed),
        },
      ],
    }),
  );
  const blobs = new Map([config, packed].map((blob) => [digestOf(blob), blob]));
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(`${request.method} ${path}`);
    const answer = (status: number, body: Buffer | string, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const refuse = (status: number, code: string) =>
      answer(status, JSON.stringify({ errors: [{ code, message: code.toLowerCase().replace('_', ' ') }] }), {
        'Content-Type': 'application/json',
        ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="test"' } : {}),
      });
    if (request.headers.authorization !== expected) return refuse(401, 'UNAUTHORIZED');
    if (path === '/v2/') return answer(200, '{}');
    const blob = blobs.get(path.split('/blobs/')[1] ?? '');
    if (blob !== undefined) return answer(200, blob, { 'Content-Type': 'application/octet-stream' });
    const wanted = path.split('/manifests/')[1] ?? '';
    if (wanted !== '1' && wanted !== digestOf(manifest)) return refuse(404, 'MANIFEST_UNKNOWN');
    return answer(200, manifest, { 'Content-Type': manifestType, 'Docker-Content-Digest': digestOf(manifest) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const digestOf = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;
