export { readChain } from './chain.ts';
export { createCoordinatorClient } from './client.ts';
export { createRunnerInfo } from './info.ts';
export { withoutLogin } from './proxy.ts';
export { checkAuthorities } from './tls.ts';
export type * from './types.ts';
export { apiBase } from './url.ts';
