import { AwsV4Signer } from 'aws4fetch';
import { HarrierError } from '../../../../src-shared/errors.ts';
import type { S3Settings } from '../settings.ts';
import { type AwsCredentials, assumeRole, findCredentials } from './aws-credentials.ts';
import { encodePath } from './path.ts';
import type { RemoteCache, RemoteDeps, UploadFacts } from './types.ts';

/** S3 and what speaks like it: URLs signed with Signature Version 4 in the query. */
export function createS3(settings: S3Settings, deps: RemoteDeps): RemoteCache {
  if (settings.BucketName === '') throw new HarrierError('CACHE_UNAVAILABLE', '[runners.cache.s3] has no BucketName');
  const region = settings.BucketLocation || deps.env['AWS_REGION'] || deps.env['AWS_DEFAULT_REGION'] || 'us-east-1';
  const base = baseUrl(settings, region);
  let known: Promise<AwsCredentials> | undefined;
  const credentials = () => (known ??= findCredentials(settings, deps));

  const sign = async (method: string, object: string, headers: Readonly<Record<string, string>>, role: string) => {
    const own = await credentials();
    const keys = role === '' ? own : await assumeRole(own, { role, region, object, bucket: settings.BucketName }, deps);
    const url = new URL(`${base}/${encodePath(object)}`);
    url.searchParams.set('X-Amz-Expires', String(Math.min(deps.expiresSeconds, longestSeconds)));
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers,
      signQuery: true,
      service: 's3',
      region,
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
      datetime: amzDate(deps.now()),
      // Without this the content type would go unsigned, and a changed one through.
      allHeaders: true,
    });
    return { url: (await signer.sign()).url.href, headers };
  };
  return {
    sign: (method, object) => sign(method, object, {}, settings.RoleARN),
    signUpload: (object, upload) =>
      sign('PUT', object, uploadHeaders(settings, upload), settings.UploadRoleARN || settings.RoleARN),
  };
}

/** S3 refuses URLs that hold longer than a week. */
const longestSeconds = 7 * 24 * 3600;

/** `20260822T101500Z` */
export const amzDate = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');

function uploadHeaders(settings: S3Settings, upload: UploadFacts): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'x-amz-meta-cachekey': headerText(upload.cacheKey),
    ...encryption(settings),
  };
}

function encryption(settings: S3Settings): Record<string, string> {
  const kind: Readonly<Record<string, string>> = {
    S3: 'AES256',
    AES256: 'AES256',
    KMS: 'aws:kms',
    'aws:kms': 'aws:kms',
    'DSSE-KMS': 'aws:kms:dsse',
    'aws:kms:dsse': 'aws:kms:dsse',
  };
  const algorithm = kind[settings.ServerSideEncryption] ?? kind[settings.ServerSideEncryption.toUpperCase()];
  if (algorithm === undefined) return {};
  const keyId = settings.ServerSideEncryptionKeyID;
  return {
    'x-amz-server-side-encryption': algorithm,
    ...(algorithm !== 'AES256' && keyId !== '' ? { 'x-amz-server-side-encryption-aws-kms-key-id': keyId } : {}),
  };
}

/** Header values are ASCII; others are percent-encoded. */
const headerText = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text));

/** Where the bucket answers. Own endpoints take the bucket in the path unless told otherwise, as minio and ceph do. */
function baseUrl(settings: S3Settings, region: string): string {
  const scheme = settings.Insecure ? 'http' : 'https';
  const bucket = settings.BucketName;
  const server = settings.ServerAddress;
  const isAmazon = server === '' || /(?:^|\.)amazonaws\.com(?:\.cn)?$/.test(server);
  if (!isAmazon)
    return settings.PathStyle === false ? `${scheme}://${bucket}.${server}` : `${scheme}://${server}/${bucket}`;
  if (settings.Accelerate)
    return `${scheme}://${bucket}.s3-accelerate.${settings.DualStack === false ? '' : 'dualstack.'}amazonaws.com`;
  const ending = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const host =
    server !== '' && server !== 's3.amazonaws.com'
      ? server
      : `s3.${settings.DualStack === false ? '' : 'dualstack.'}${region}.${ending}`;
  // A dot in the bucket's name does not fit the certificate's wildcard.
  const pathStyle = settings.PathStyle ?? (bucket.includes('.') && !settings.Insecure);
  return pathStyle ? `${scheme}://${host}/${bucket}` : `${scheme}://${bucket}.${host}`;
}
