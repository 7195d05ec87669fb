import { request } from 'undici';
import { HarrierError, messageOf } from '../../../../src-shared/errors.ts';
import { cacheDispatcher } from './dispatcher.ts';

/** A short request to a metadata or token service; answers the body. Errors: CACHE_UNAVAILABLE, without the body. */
export async function askText(
  asked: {
    readonly method: 'GET' | 'POST' | 'PUT';
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  },
  options: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<string> {
  const { host } = new URL(asked.url);
  try {
    const answer = await request(asked.url, {
      method: asked.method,
      headers: { ...asked.headers },
      ...(asked.body === undefined ? {} : { body: asked.body }),
      dispatcher: cacheDispatcher(),
      headersTimeout: options.timeoutMs ?? 10_000,
      bodyTimeout: options.timeoutMs ?? 10_000,
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? 15_000)]),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`status ${answer.statusCode}`);
    return text;
  } catch (error) {
    throw new HarrierError('CACHE_UNAVAILABLE', `${host} gave no credentials: ${messageOf(error)}`, { cause: error });
  }
}
