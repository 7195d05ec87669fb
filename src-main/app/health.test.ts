import { expect, it } from 'vitest';
import type { RunnerView } from '../../src-shared/ipc.ts';
import type { EngineView } from '../engine/index.ts';
import { healthOf } from './health.ts';

const runner = (name: string, state: RunnerView['state'], reason?: string): RunnerView => ({
  key: name,
  name,
  url: 'https://gitlab.test',
  executor: 'shell',
  state,
  ...(reason !== undefined ? { reason } : {}),
  running: 0,
  limit: 0,
  tokenTail: 'abcd',
  local: false,
});
const view = (parts: Partial<EngineView>): EngineView => ({
  state: 'idle',
  runners: [],
  jobs: [],
  concurrent: 1,
  disk: { freeBytes: 9e9, floorBytes: 1e9, problem: undefined },
  links: [],
  executors: [],
  ...parts,
});
const full = { freeBytes: 5, floorBytes: 9, problem: 'Only 0 MiB of disk are free' };

it.each([
  { why: 'all is well', parts: {}, problems: [] },
  { why: 'a pause that somebody wanted', parts: { runners: [runner('a', 'paused', 'Takes no jobs.')] }, problems: [] },
  { why: 'a refused runner', parts: { runners: [runner('a', 'unhealthy', '403')] }, problems: ['a: 403'] },
  {
    why: 'a full disk, told once for all runners',
    parts: { disk: full, runners: [runner('a', 'unhealthy', full.problem), runner('b', 'unhealthy', full.problem)] },
    problems: [full.problem],
  },
])('$why', ({ parts, problems }) => {
  expect(healthOf(view(parts), undefined).problems).toEqual(problems);
});

it('a broken config is a problem', () => {
  const problem = { code: 'CONFIG_INVALID', message: 'line 3: expected a value' };
  expect(healthOf(view({}), problem).problems).toEqual(['line 3: expected a value']);
});
