import { createHmac } from 'node:crypto';
import * as v from 'valibot';
import { HarrierError } from '../../../../src-shared/errors.ts';
import type { AzureSettings } from '../settings.ts';
import { askText } from './ask.ts';
import { encodePath } from './path.ts';
import type { RemoteCache, RemoteDeps, SignedRequest } from './types.ts';

const version = '2021-08-06';

/** Azure blobs: a service SAS for one object, or the machine's managed identity with its token. */
export function createAzure(settings: AzureSettings, deps: RemoteDeps): RemoteCache {
  if (settings.ContainerName === '')
    throw new HarrierError('CACHE_UNAVAILABLE', '[runners.cache.azure] has no ContainerName');
  if (settings.AccountName === '')
    throw new HarrierError('CACHE_UNAVAILABLE', '[runners.cache.azure] has no AccountName');
  const domain = settings.StorageDomain || 'blob.core.windows.net';
  // A domain with a scheme is an emulator or a proxy, where the account stands in the path.
  const base = /^https?:/.test(domain)
    ? `${domain}/${settings.AccountName}`
    : `https://${settings.AccountName}.${domain}`;
  const sign = async (permissions: string, object: string, headers: Record<string, string>): Promise<SignedRequest> => {
    const url = `${base}/${settings.ContainerName}/${encodePath(object)}`;
    if (settings.AccountKey !== '') return { url: `${url}?${sasQuery(settings, object, permissions, deps)}`, headers };
    const token = await machineToken(deps);
    return { url, headers: { ...headers, authorization: `Bearer ${token}`, 'x-ms-version': version } };
  };
  return {
    sign: (_method, object) => sign('r', object, {}),
    signUpload: (object, { cacheKey }) =>
      sign('cw', object, {
        'content-type': 'application/octet-stream',
        'x-ms-blob-type': 'BlockBlob',
        'x-ms-meta-cachekey': /^[\x20-\x7e]*$/.test(cacheKey) ? cacheKey : encodeURIComponent(cacheKey),
      }),
  };
}

/** https://learn.microsoft.com/rest/api/storageservices/create-service-sas, string to sign of 2020-12-06 and later. */
function sasQuery(settings: AzureSettings, object: string, permissions: string, deps: RemoteDeps): string {
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  // An hour earlier, so that clocks that differ do not matter (spec/job-lifecycle.md 8.6).
  const start = time(deps.now() - 3_600_000);
  const end = time(deps.now() + deps.expiresSeconds * 1000);
  const protocol = /^http:/.test(settings.StorageDomain) ? 'https,http' : 'https';
  const resource = `/blob/${settings.AccountName}/${settings.ContainerName}/${object}`;
  const fields = [permissions, start, end, resource, '', '', protocol, version, 'b', '', '', '', '', '', '', ''];
  const signature = createHmac('sha256', Buffer.from(settings.AccountKey, 'base64'))
    .update(fields.join('\n'))
    .digest('base64');
  return new URLSearchParams({
    sv: version,
    sr: 'b',
    sp: permissions,
    st: start,
    se: end,
    spr: protocol,
    sig: signature,
  }).toString();
}

const tokenAnswer = v.looseObject({ access_token: v.string() });
const audience = 'https://storage.azure.com/';

async function machineToken(deps: RemoteDeps): Promise<string> {
  const url = new URL(deps.env['IDENTITY_ENDPOINT'] ?? 'http://169.254.169.254/metadata/identity/oauth2/token');
  const header = deps.env['IDENTITY_HEADER'];
  url.searchParams.set('api-version', header ? '2019-08-01' : '2018-02-01');
  url.searchParams.set('resource', audience);
  const headers: Record<string, string> = header ? { 'x-identity-header': header } : { metadata: 'true' };
  return v.parse(tokenAnswer, JSON.parse(await askText({ method: 'GET', url: url.href, headers }, deps))).access_token;
}
