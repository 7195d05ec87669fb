import { createHmac, createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTransferStages } from './index.ts';
import { objectName, openRemote } from './remote/index.ts';
import { cacheSettings } from './settings.ts';
import { createHarness, type Harness } from './testing/context.ts';
import { type S3StandIn, startS3 } from './testing/s3.ts';

const stages = createTransferStages();
const keys = { accessKey: 'AKIATEST', secretKey: 'very/secret+key' };
const cacheOf = (more: Record<string, unknown>) => cacheSettings({ cache: more })!;
const deps = (env: Record<string, string> = {}) => ({
  now: () => Date.UTC(2026, 7, 22, 10, 15, 0),
  env,
  expiresSeconds: 600,
  signal: new AbortController().signal,
});

describe('S3', () => {
  let s3: S3StandIn;
  let harness: Harness;
  beforeEach(async () => {
    s3 = await startS3(keys);
  });
  afterEach(async () => {
    await harness.remove();
    await s3.close();
  });

  const start = async (
    more: {
      far?: boolean;
      s3?: Record<string, unknown>;
      cache?: Record<string, unknown>;
      key?: string;
      flags?: string[];
      variables?: Record<string, string>;
    } = {},
  ) => {
    const section = {
      ServerAddress: s3.address,
      AccessKey: keys.accessKey,
      SecretKey: keys.secretKey,
      BucketName: 'bucket',
      BucketLocation: 'eu-central-1',
      Insecure: true,
      ...more.s3,
    };
    harness = await createHarness({
      far: more.far ?? false,
      flags: more.flags ?? [],
      variables: more.variables ?? {},
      runner: { cache: { Type: 's3', Path: 'pre/fix', s3: section, ...more.cache } },
      payload: { cache: [{ key: more.key ?? 'k ü', paths: ['vendor'] }] },
    });
    await mkdir(join(harness.project, 'vendor'));
    await writeFile(join(harness.project, 'vendor/lib'), 'v'.repeat(100_000));
  };
  const forgetLocal = async () => {
    await rm(harness.cacheDir, { recursive: true, force: true });
    await rm(join(harness.project, 'vendor'), { recursive: true, force: true });
    harness.printed();
  };

  it.each([false, true])('up and down again (elsewhere: %s)', async (far) => {
    await start({ far });
    await stages.archiveCache(harness.context, 'success');
    const url = `http://${s3.address}/bucket/pre/fix/runner/abcdefghi/project/7/k%20%C3%BC`;
    expect(harness.printed()).toBe(
      `\x1b[32;1mCreating cache k ü...\x1b[0;m\n${harness.platform}` +
        'vendor: found 2 matching artifact files and directories\x1b[0;m \n' +
        'Using presigned URL for cache upload              \x1b[0;m \n' +
        `Uploading cache.zip to ${url}\x1b[0;m \n` +
        '\x1b[32;1mCreated cache\x1b[0;m\n',
    );
    const [object] = [...s3.objects.values()];
    expect(object?.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-amz-meta-cachekey': 'k%20%C3%BC',
    });
    await forgetLocal();
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toBe(
      `\x1b[32;1mChecking cache for k ü...\x1b[0;m\n${harness.platform}` +
        'Using presigned URL for cache download            \x1b[0;m \n' +
        `Downloading cache from ${url}\x1b[0;m  etag\x1b[0;m="tag"\n` +
        '\x1b[32;1mSuccessfully extracted cache\x1b[0;m\n',
    );
    expect(await readdir(join(harness.project, 'vendor'))).toEqual(['lib']);
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toContain('cache.zip is up to date');
  });

  it('an unchanged cache is not sent twice, but again when it is gone there', async () => {
    await start();
    const past = Date.now() / 1000 - 100;
    for (const name of ['vendor/lib', 'vendor']) await utimes(join(harness.project, name), past, past);
    await stages.archiveCache(harness.context, 'success');
    harness.printed();
    await stages.archiveCache(harness.context, 'success');
    expect(harness.printed()).toContain('Primary cache already exists remotely, skipping upload');
    s3.objects.clear();
    await stages.archiveCache(harness.context, 'success');
    expect(harness.printed()).toContain('Primary cache does not exist remotely, uploading existing archive');
    expect(s3.objects.size).toBe(1);
  });

  it('server-side encryption travels in signed headers', async () => {
    await start({ s3: { ServerSideEncryption: 'KMS', ServerSideEncryptionKeyID: 'arn:key' } });
    await stages.archiveCache(harness.context, 'success');
    expect([...s3.objects.values()][0]?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'arn:key',
    });
  });

  it('wrong keys: a warning, the job goes on, no secret is shown', async () => {
    await start({ s3: { SecretKey: 'another-secret' } });
    await stages.restoreCache(harness.context);
    await stages.archiveCache(harness.context, 'success');
    const text = harness.printed();
    expect(text).toContain('FATAL: received: 403. Request failed with code: SignatureDoesNotMatch, message: no');
    expect(text).toContain('Failed to extract cache');
    expect(text).toContain('Failed to create cache');
    expect(text).not.toMatch(/another-secret|X-Amz/);
  });

  it('an expired URL is a failure of the cache only', async () => {
    await start();
    s3.nowMs = () => Date.now() + 3_600_000;
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toContain('Request failed with code: AccessDenied');
  });

  it.each(['500', 'cut', 'reset'] as const)('%s twice: tried again, and it works', async (fault) => {
    await start();
    await stages.archiveCache(harness.context, 'success');
    await forgetLocal();
    s3.faults.push(fault, fault);
    await stages.restoreCache(harness.context);
    const text = harness.printed();
    expect(text.match(/WARNING: Retrying\.\.\./g)).toHaveLength(2);
    expect(text).toContain('Successfully extracted cache');
    expect(harness.sleeps).toEqual([1000, 1000]);
  });

  it('cut three times: nothing is half unpacked, nothing is left', async () => {
    await start();
    await stages.archiveCache(harness.context, 'success');
    await forgetLocal();
    s3.faults.push('cut', 'cut', 'cut');
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toContain('Failed to extract cache');
    expect(await readdir(harness.project)).toEqual([]);
    expect(await readdir(join(harness.cacheDir, 'k ü'))).toEqual([]);
  });

  it('an upload that fails keeps the cache here', async () => {
    await start();
    s3.faults.push('500', '500', '500');
    await stages.archiveCache(harness.context, 'success');
    expect(harness.printed()).toContain('Failed to create cache');
    expect(await readdir(join(harness.cacheDir, 'k ü'))).toContain('cache.zip');
  });

  it('a cache above the limit stays here', async () => {
    await start({ cache: { MaxUploadedArchiveSize: 10 } });
    await stages.archiveCache(harness.context, 'success');
    expect(harness.printed()).toMatch(
      /Cache archive size \(\d+\) is too big \(Limit is set to 10\)\. Cache will be stored only locally\./,
    );
    expect(s3.objects.size).toBe(0);
  });

  it('a missing object is no trouble', async () => {
    await start();
    await stages.restoreCache(harness.context);
    expect(harness.printed()).toContain('WARNING: file does not exist');
  });

  it('hashed keys; what is there under the old name is found', async () => {
    await start({ key: 'deps' });
    await stages.archiveCache(harness.context, 'success');
    await forgetLocal();
    const hashed = { ...harness.context, flag: (name: string) => name === 'FF_HASH_CACHE_KEYS' };
    await stages.restoreCache(hashed);
    expect(harness.printed()).toContain('Successfully extracted cache');
  });
});

describe('addresses and credentials', () => {
  it.each([
    { why: 'Amazon, dual stack', s3: {}, url: 'https://b.s3.dualstack.eu-west-1.amazonaws.com/o' },
    { why: 'single stack', s3: { DualStack: false }, url: 'https://b.s3.eu-west-1.amazonaws.com/o' },
    { why: 'accelerated', s3: { Accelerate: true }, url: 'https://b.s3-accelerate.dualstack.amazonaws.com/o' },
    { why: 'path style', s3: { PathStyle: true }, url: 'https://s3.dualstack.eu-west-1.amazonaws.com/b/o' },
    { why: 'own server', s3: { ServerAddress: 'minio.test:9000' }, url: 'https://minio.test:9000/b/o' },
    {
      why: 'own server, host style',
      s3: { ServerAddress: 'minio.test', PathStyle: false },
      url: 'https://b.minio.test/o',
    },
  ])('S3: $why', async ({ s3, url }) => {
    const section = { AccessKey: 'a', SecretKey: 's', BucketName: 'b', BucketLocation: 'eu-west-1', ...s3 };
    const remote = await openRemote(cacheOf({ Type: 's3', s3: section }), deps());
    expect((await remote!.sign('GET', 'o')).url.replace(/\?.*/, '')).toBe(url);
  });

  it('S3: an instance role, asked with a session token', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.url === '/latest/api/token') return void response.end('tok');
      if (request.headers['x-aws-ec2-metadata-token'] !== 'tok') return void response.writeHead(401).end();
      if (request.url?.endsWith('/security-credentials/')) return void response.end('my-role');
      response.end(JSON.stringify({ AccessKeyId: 'ASIA', SecretAccessKey: 's', Token: 'session' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const env = {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    };
    try {
      const remote = await openRemote(cacheOf({ Type: 's3', s3: { BucketName: 'b' } }), deps(env));
      const { url } = await remote!.sign('GET', 'o');
      expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe('session');
      expect(asked).toHaveLength(3);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('no credentials anywhere: said, without a secret', async () => {
    const env = { AWS_EC2_METADATA_DISABLED: 'true', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };
    const remote = await openRemote(cacheOf({ Type: 's3', s3: { BucketName: 'b' } }), deps(env));
    await expect(remote!.sign('GET', 'o')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });

  it('GCS: the signature is that of the account over the documented text', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('\n', '\\n');
    const gcs = { AccessID: 'me@x.iam', PrivateKey: pem, BucketName: 'b' };
    const remote = await openRemote(cacheOf({ Type: 'gcs', gcs }), deps());
    const signed = await remote!.signUpload('a b/k', { cacheKey: 'k', maxBytes: 99 });
    const url = new URL(signed.url);
    expect(url.origin + url.pathname).toBe('https://storage.googleapis.com/b/a%20b/k');
    expect(signed.headers['x-goog-content-length-range']).toBe('0,99');
    const [query, signature] = url.search.slice(1).split('&X-Goog-Signature=');
    const names = 'content-type;host;x-goog-content-length-range;x-goog-meta-cachekey';
    const canonical = `PUT\n/b/a%20b/k\n${query}\ncontent-type:application/octet-stream\nhost:storage.googleapis.com\nx-goog-content-length-range:0,99\nx-goog-meta-cachekey:k\n\n${names}\nUNSIGNED-PAYLOAD`;
    const { createHash } = await import('node:crypto');
    const text = `GOOG4-RSA-SHA256\n20260822T101500Z\n20260822/auto/storage/goog4_request\n${createHash('sha256').update(canonical).digest('hex')}`;
    expect(createVerify('RSA-SHA256').update(text).verify(publicKey, signature!, 'hex')).toBe(true);
  });

  it('Azure: a SAS for one blob, an hour early, https only', async () => {
    const key = Buffer.from('account key').toString('base64');
    const azure = { AccountName: 'acc', AccountKey: key, ContainerName: 'con' };
    const remote = await openRemote(cacheOf({ Type: 'azure', azure }), deps());
    const { url, headers } = await remote!.signUpload('p/k', { cacheKey: 'k', maxBytes: 0 });
    const parsed = new URL(url);
    expect(parsed.origin + parsed.pathname).toBe('https://acc.blob.core.windows.net/con/p/k');
    expect(headers['x-ms-blob-type']).toBe('BlockBlob');
    const query = Object.fromEntries(parsed.searchParams);
    expect(query).toMatchObject({
      sp: 'cw',
      sr: 'b',
      st: '2026-08-22T09:15:00Z',
      se: '2026-08-22T10:25:00Z',
      spr: 'https',
    });
    const text = `cw\n${query['st']}\n${query['se']}\n/blob/acc/con/p/k\n\n\nhttps\n${query['sv']}\nb\n\n\n\n\n\n\n`;
    expect(query['sig']).toBe(createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64'));
  });

  it.each([
    { why: 'runner part', settings: {}, hashed: false, name: 'runner/abc/project/7/a/b' },
    { why: 'shared, with a path', settings: { Shared: true, Path: '/p/' }, hashed: false, name: 'p/project/7/a/b' },
    { why: 'hashed', settings: { Shared: true }, hashed: true, name: 'project/7/a//a/b' },
  ])('object names: $why', ({ settings, hashed, name }) => {
    expect(objectName(cacheOf(settings), { shortToken: 'abc', projectId: 7, key: 'a/b', hashed })).toBe(name);
  });

  it('an unknown type has no adapter', async () => {
    await expect(openRemote(cacheOf({ Type: 'ftp' }), deps())).rejects.toThrow(
      'factory for cache adapter "ftp" was not registered',
    );
  });

  it('a key file of a service account is read', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const harness = await createHarness({});
    try {
      const path = join(harness.root, 'key.json');
      await writeFile(
        path,
        JSON.stringify({ client_email: 'e@x', private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) }),
      );
      const remote = await openRemote(
        cacheOf({ Type: 'gcs', gcs: { BucketName: 'b', CredentialsFile: path } }),
        deps(),
      );
      expect((await remote!.sign('GET', 'o')).url).toContain('X-Goog-Credential=e%40x%2F20260822');
      expect(await readFile(path, 'utf8')).toContain('PRIVATE KEY');
    } finally {
      await harness.remove();
    }
  });
});
