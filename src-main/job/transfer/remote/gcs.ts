import { createHash, createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { HarrierError } from '../../../../src-shared/errors.ts';
import type { GcsSettings } from '../settings.ts';
import { askText } from './ask.ts';
import { encodePart, encodePath } from './path.ts';
import type { RemoteCache, RemoteDeps, SignedRequest } from './types.ts';

/** Google Cloud Storage: V4 signed URLs with a service account's key, or the machine's own account with its token. */
export function createGcs(settings: GcsSettings, deps: RemoteDeps): RemoteCache {
  if (settings.BucketName === '') throw new HarrierError('CACHE_UNAVAILABLE', '[runners.cache.gcs] has no BucketName');
  const host = deps.env['STORAGE_EMULATOR_HOST']
    ? new URL(deps.env['STORAGE_EMULATOR_HOST'])
    : new URL(`https://storage.${settings.UniverseDomain || 'googleapis.com'}`);
  let known: Promise<Account | undefined> | undefined;
  const sign = async (
    method: string,
    object: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<SignedRequest> => {
    const account = await (known ??= findAccount(settings, deps));
    const path = `/${settings.BucketName}/${encodePath(object)}`;
    if (account) return { url: signedUrl({ host, path, method, headers, account, deps }), headers };
    return { url: host.origin + path, headers: { ...headers, authorization: `Bearer ${await machineToken(deps)}` } };
  };
  return {
    sign: (method, object) => sign(method, object, {}),
    signUpload: (object, { cacheKey, maxBytes }) =>
      sign('PUT', object, {
        'content-type': 'application/octet-stream',
        'x-goog-meta-cachekey': /^[\x20-\x7e]*$/.test(cacheKey) ? cacheKey : encodeURIComponent(cacheKey),
        ...(maxBytes > 0 ? { 'x-goog-content-length-range': `0,${maxBytes}` } : {}),
      }),
  };
}

interface Account {
  readonly email: string;
  readonly privateKey: string;
}
const keyFile = v.looseObject({ client_email: v.string(), private_key: v.string() });

async function findAccount(settings: GcsSettings, deps: RemoteDeps): Promise<Account | undefined> {
  if (settings.AccessID !== '' && settings.PrivateKey !== '')
    // TOML files often hold the key with written-out line ends.
    return { email: settings.AccessID, privateKey: settings.PrivateKey.replaceAll('\\n', '\n') };
  const path = settings.CredentialsFile || deps.env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (!path) return undefined;
  const parsed = v.safeParse(keyFile, JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new HarrierError('CACHE_UNAVAILABLE', `${path} is no key file of a service account`);
  return { email: parsed.output.client_email, privateKey: parsed.output.private_key };
}

/** https://cloud.google.com/storage/docs/authentication/signatures: like AWS Signature 4, with RSA. */
function signedUrl(options: {
  readonly host: URL;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly account: Account;
  readonly deps: RemoteDeps;
}): string {
  const { host, path, method, account, deps } = options;
  const stamp = new Date(deps.now()).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${stamp.slice(0, 8)}/auto/storage/goog4_request`;
  const headers: Record<string, string> = { host: host.host, ...options.headers };
  const names = Object.keys(headers).sort();
  const query = Object.entries({
    'X-Goog-Algorithm': 'GOOG4-RSA-SHA256',
    'X-Goog-Credential': `${account.email}/${scope}`,
    'X-Goog-Date': stamp,
    'X-Goog-Expires': String(Math.min(deps.expiresSeconds, 7 * 24 * 3600)),
    'X-Goog-SignedHeaders': names.join(';'),
  })
    .map(([key, value]) => `${encodePart(key)}=${encodePart(value)}`)
    .sort()
    .join('&');
  const canonical = [
    method,
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]!.trim().replace(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = `GOOG4-RSA-SHA256\n${stamp}\n${scope}\n${digest}`;
  const signature = createSign('RSA-SHA256').update(text).sign(account.privateKey, 'hex');
  return `${host.origin}${path}?${query}&X-Goog-Signature=${signature}`;
}

const tokenAnswer = v.looseObject({ access_token: v.string() });

async function machineToken(deps: RemoteDeps): Promise<string> {
  const host = deps.env['GCE_METADATA_HOST'] ?? 'metadata.google.internal';
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
  const text = await askText({ method: 'GET', url, headers: { 'metadata-flavor': 'Google' } }, deps);
  return v.parse(tokenAnswer, JSON.parse(text)).access_token;
}
