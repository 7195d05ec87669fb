import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Dispatcher, request } from 'undici';
import { HarrierError, messageOf } from '../../../../src-shared/errors.ts';
import { cacheDispatcher } from './dispatcher.ts';
import type { SignedRequest } from './types.ts';

export interface TransferTimes {
  readonly signal: AbortSignal;
  /** For the whole request (CACHE_REQUEST_TIMEOUT). */
  readonly timeoutMs: number;
}
/** What a download came to. */
export type Downloaded =
  | { readonly kind: 'current' }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'loaded';
      readonly modifiedMs: number | undefined;
      readonly metadata: Readonly<Record<string, string>>;
    };

/** A failure that may pass: network trouble and answers of 500 and above. */
export class PassingFailure extends HarrierError {
  constructor(message: string, options?: ErrorOptions) {
    super('CACHE_UNAVAILABLE', message, options);
  }
}

/**
 * Loads an object into a file of this machine unless ours (`haveMs`) is as new. `begin` is told when bytes will come.
 * Whatever goes wrong, no half file stays.
 */
export async function download(
  signed: SignedRequest,
  target: string,
  options: TransferTimes & { readonly haveMs: number | undefined; readonly begin: (etag: string | undefined) => void },
): Promise<Downloaded> {
  const answer = await send(signed, { method: 'GET' }, options);
  if (answer.statusCode === 404) {
    await answer.body.dump();
    return { kind: 'missing' };
  }
  await refuseOthers(answer);
  const modifiedMs = dateOf(answer.headers['last-modified']);
  if (options.haveMs !== undefined && modifiedMs !== undefined && options.haveMs >= modifiedMs) {
    answer.body.on('error', () => {});
    answer.body.destroy();
    return { kind: 'current' };
  }
  options.begin(textOf(answer.headers['etag']));
  try {
    await pipeline(answer.body, createWriteStream(target, { mode: 0o600 }), { signal: limited(options) });
    const announced = Number(textOf(answer.headers['content-length']) ?? Number.NaN);
    if (Number.isFinite(announced) && (await stat(target)).size !== announced) throw new Error('the transfer was cut');
  } catch (error) {
    await rm(target, { force: true });
    throw failureOf(error, signed, options);
  }
  return { kind: 'loaded', modifiedMs, metadata: metadataOf(answer.headers) };
}

/** When the object was changed last; undefined when there is none. */
export async function modifiedAt(signed: SignedRequest, times: TransferTimes): Promise<number | undefined> {
  const answer = await send(signed, { method: 'HEAD' }, times);
  await answer.body.dump();
  if (answer.statusCode === 404) return undefined;
  if (answer.statusCode >= 300) throw new HarrierError('CACHE_UNAVAILABLE', `received: ${answer.statusCode}`);
  return dateOf(answer.headers['last-modified']) ?? 0;
}

export async function upload(signed: SignedRequest, source: string, times: TransferTimes): Promise<void> {
  const { size, mtime } = await stat(source);
  const body = createReadStream(source, { highWaterMark: 1024 * 1024 });
  const headers = { 'content-length': String(size), 'last-modified': mtime.toUTCString(), ...signed.headers };
  try {
    const answer = await send({ ...signed, headers }, { method: 'PUT', body }, times);
    await refuseOthers(answer);
    await answer.body.dump();
  } finally {
    body.destroy();
  }
}

/** For the log: signatures stand in the query. */
export const shownUrl = (url: string): string => url.replace(/\?.*$/s, '');

const limited = (times: TransferTimes): AbortSignal =>
  AbortSignal.any([times.signal, AbortSignal.timeout(times.timeoutMs)]);

async function send(
  signed: SignedRequest,
  what: Pick<Dispatcher.RequestOptions, 'method' | 'body'>,
  times: TransferTimes,
): Promise<Dispatcher.ResponseData> {
  try {
    return await request(signed.url, {
      ...what,
      headers: { ...signed.headers },
      dispatcher: cacheDispatcher(),
      headersTimeout: what.method === 'PUT' ? times.timeoutMs : 30_000,
      bodyTimeout: 0,
      signal: limited(times),
    });
  } catch (error) {
    throw failureOf(error, signed, times);
  }
}

function failureOf(error: unknown, signed: SignedRequest, times: TransferTimes): Error {
  if (times.signal.aborted) return times.signal.reason instanceof Error ? times.signal.reason : new Error('aborted');
  if (error instanceof HarrierError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return new HarrierError('DISK_FULL', 'no space left for the cache', { cause: error });
  return new PassingFailure(`${new URL(signed.url).host}: ${messageOf(error)}`, { cause: error });
}

/** Any 2xx is good. XML bodies say why not: `received: <status>. Request failed with code: <c>, message: <m>`. */
async function refuseOthers(answer: Dispatcher.ResponseData): Promise<void> {
  if (answer.statusCode >= 200 && answer.statusCode < 300) return;
  const text = (await answer.body.text().catch(() => '')).slice(0, 10_000);
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  const why = code === undefined ? '' : `. Request failed with code: ${code}, message: ${message ?? ''}`;
  const said = `received: ${answer.statusCode}${why}`;
  throw answer.statusCode >= 500 ? new PassingFailure(said) : new HarrierError('CACHE_UNAVAILABLE', said);
}

const textOf = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

function dateOf(value: string | string[] | undefined): number | undefined {
  const ms = Date.parse(textOf(value) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** `x-amz-meta-cachekey` and its kin of the other clouds, by the name behind `meta-`. */
function metadataOf(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const key = /^x-[a-z]+-meta-(.+)$/.exec(name)?.[1];
    if (key !== undefined) found[key] = textOf(value) ?? '';
  }
  return found;
}
