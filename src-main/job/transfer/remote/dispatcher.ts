import { type Dispatcher, EnvHttpProxyAgent } from 'undici';

let shared: Dispatcher | undefined;

/** Connections to object storage: proxies of the environment, 30 s to connect (spec/job-lifecycle.md 8.4). Made once. */
export const cacheDispatcher = (): Dispatcher =>
  (shared ??= new EnvHttpProxyAgent({ connect: { timeout: 30_000 }, headersTimeout: 30_000 }));
