import { createHash } from 'node:crypto';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';

/** Names a runner entry as long as it keeps its URL and token, without telling either. */
export const runnerKey = (runner: Pick<RunnerConfig, 'url' | 'token'>): string =>
  createHash('sha256')
    .update(`${runner.url ?? ''}\n${runner.token ?? ''}`)
    .digest('hex')
    .slice(0, 10);

/** The last four characters, which is all of a token that a person is ever shown. */
export const tokenTail = (token: string | undefined): string =>
  token !== undefined && token.length > 8 ? token.slice(-4) : '';
