import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import * as v from 'valibot';
import { HarrierError } from '../../../../src-shared/errors.ts';
import type { S3Settings } from '../settings.ts';
import { askText } from './ask.ts';
import type { RemoteDeps } from './types.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Keys of the config, or, in the order of the AWS SDKs: environment, web identity, shared file, container, instance
 * role. `AuthenticationType` forces one of the two ways. Errors: CACHE_UNAVAILABLE.
 */
export async function findCredentials(settings: S3Settings, deps: RemoteDeps): Promise<AwsCredentials> {
  const { AccessKey, SecretKey, SessionToken } = settings;
  const kind = settings.AuthenticationType.toLowerCase();
  if (kind !== '' && kind !== 'access-key' && kind !== 'iam')
    throw new HarrierError('CACHE_UNAVAILABLE', `unknown AuthenticationType "${settings.AuthenticationType}"`);
  const complete = AccessKey !== '' && SecretKey !== '';
  if (kind === 'access-key' || (kind === '' && complete)) {
    if (!complete) throw new HarrierError('CACHE_UNAVAILABLE', '[runners.cache.s3] needs AccessKey and SecretKey');
    return credentials(AccessKey, SecretKey, SessionToken);
  }
  const found =
    fromEnvironment(deps) ??
    (await fromWebIdentity(deps)) ??
    (await fromFile(deps)) ??
    (await fromContainer(deps)) ??
    (await fromInstance(deps));
  if (!found) throw new HarrierError('CACHE_UNAVAILABLE', 'no AWS credentials: no keys in the config and no role here');
  return found;
}

/** A role for one object of one bucket, so that a leaked URL opens nothing else. */
export async function assumeRole(
  own: AwsCredentials,
  target: { readonly role: string; readonly region: string; readonly bucket: string; readonly object: string },
  deps: RemoteDeps,
): Promise<AwsCredentials> {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: `arn:aws:s3:::${target.bucket}/${target.object}`,
      },
    ],
  };
  const url = deps.env['AWS_ENDPOINT_URL_STS'] ?? `https://sts.${target.region}.amazonaws.com/`;
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: target.role,
    RoleSessionName: 'harrier-cache',
    DurationSeconds: String(Math.max(900, Math.min(3600, deps.expiresSeconds))),
    Policy: JSON.stringify(policy),
  }).toString();
  const signed = await new AwsV4Signer({
    method: 'POST',
    url,
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    service: 'sts',
    region: target.region,
    ...own,
    datetime: new Date(deps.now()).toISOString().replace(/[-:]|\.\d{3}/g, ''),
  }).sign();
  const headers: Record<string, string> = {};
  signed.headers.forEach((value, key) => {
    headers[key] = value;
  });
  return fromXml(await askText({ method: 'POST', url, headers, body }, deps), `the role ${target.role}`);
}

function fromEnvironment({ env }: RemoteDeps): AwsCredentials | undefined {
  const key = env['AWS_ACCESS_KEY_ID'];
  const secret = env['AWS_SECRET_ACCESS_KEY'];
  return key && secret ? credentials(key, secret, env['AWS_SESSION_TOKEN'] ?? '') : undefined;
}

async function fromWebIdentity(deps: RemoteDeps): Promise<AwsCredentials | undefined> {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = deps.env;
  if (!file || !role) return undefined;
  const region = deps.env['AWS_REGION'] ?? 'us-east-1';
  const url = deps.env['AWS_ENDPOINT_URL_STS'] ?? `https://sts.${region}.amazonaws.com/`;
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: deps.env['AWS_ROLE_SESSION_NAME'] ?? 'harrier-cache',
    WebIdentityToken: (await readFile(file, 'utf8')).trim(),
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return fromXml(await askText({ method: 'POST', url, headers, body }, deps), `the role ${role}`);
}

async function fromFile({ env }: RemoteDeps): Promise<AwsCredentials | undefined> {
  const path = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(env['HOME'] ?? homedir(), '.aws', 'credentials');
  const text = await readFile(path, 'utf8').catch(() => '');
  const profile = env['AWS_PROFILE'] ?? 'default';
  const values: Record<string, string> = {};
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[(.+)\]\s*$/.exec(line);
    if (section) inside = section[1]!.trim() === profile;
    const pair = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line);
    if (inside && pair) values[pair[1]!] = pair[2]!;
  }
  const { aws_access_key_id: key, aws_secret_access_key: secret } = values;
  return key && secret ? credentials(key, secret, values['aws_session_token'] ?? '') : undefined;
}

const roleAnswer = v.looseObject({
  AccessKeyId: v.string(),
  SecretAccessKey: v.string(),
  Token: v.nullish(v.string(), ''),
});

async function fromContainer(deps: RemoteDeps): Promise<AwsCredentials | undefined> {
  const relative = deps.env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const url = relative ? `http://169.254.170.2${relative}` : deps.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  if (!url) return undefined;
  const file = deps.env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = file ? (await readFile(file, 'utf8')).trim() : deps.env['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
  const headers: Record<string, string> = token ? { authorization: token } : {};
  return fromRole(await askText({ method: 'GET', url, headers }, deps));
}

/** Instance metadata, version 2 (with a session token). */
async function fromInstance(deps: RemoteDeps): Promise<AwsCredentials | undefined> {
  if (deps.env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined;
  const base = deps.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? 'http://169.254.169.254';
  const tokenHeaders = { 'x-aws-ec2-metadata-token-ttl-seconds': '300' };
  const patient = { ...deps, timeoutMs: 2000 };
  const token = await askText({ method: 'PUT', url: `${base}/latest/api/token`, headers: tokenHeaders }, patient).catch(
    () => undefined,
  );
  if (token === undefined) return undefined;
  const headers = { 'x-aws-ec2-metadata-token': token };
  const path = `${base}/latest/meta-data/iam/security-credentials/`;
  const role = (await askText({ method: 'GET', url: path, headers }, patient)).split('\n')[0]!.trim();
  return fromRole(await askText({ method: 'GET', url: path + role, headers }, patient));
}

function fromRole(text: string): AwsCredentials {
  const answer = v.parse(roleAnswer, JSON.parse(text));
  return credentials(answer.AccessKeyId, answer.SecretAccessKey, answer.Token ?? '');
}

function fromXml(text: string, what: string): AwsCredentials {
  const read = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  const key = read('AccessKeyId');
  if (key === '') throw new HarrierError('CACHE_UNAVAILABLE', `${what} was not given: ${read('Code') || 'no answer'}`);
  return credentials(key, read('SecretAccessKey'), read('SessionToken'));
}

const credentials = (accessKeyId: string, secretAccessKey: string, sessionToken: string): AwsCredentials => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken === '' ? {} : { sessionToken }),
});
