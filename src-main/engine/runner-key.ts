import { createHash } from 'node:crypto';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';

/** Names a runner entry as long as it keeps its URL and token, without telling either. */
export const runnerKey = (runner: Pick<RunnerConfig, 'url' | 'token'>): string =>
  createHash('sha256')
    .update(`${runner.url ?? ''}\n${runner.token ?? ''}`)
    .digest('hex')
    .slice(0, 10);

/** Two entries with one URL and token are two rows all the same. */
export const uniqueKey = (taken: { has(key: string): boolean }, key: string): string => {
  let candidate = key;
  for (let number = 2; taken.has(candidate); number += 1) candidate = `${key}.${number}`;
  return candidate;
};
