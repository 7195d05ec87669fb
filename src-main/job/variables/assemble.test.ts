import { describe, expect, it } from 'vitest';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { parsePayload } from '../../../src-shared/payload.ts';
import type { AssembleOptions } from './assemble.ts';
import { assembleVariables, describeFlags, shortToken } from './index.ts';

const directories = { builds: '/b', cache: '/c', project: '/b/p', temporary: '/b/p.tmp' };
const assemble = (
  variables: readonly Readonly<Record<string, unknown>>[],
  more: { runner?: RunnerConfig; payload?: object; options?: Partial<AssembleOptions> } = {},
) => {
  const parsed = parsePayload({ id: 42, token: 't', variables, ...more.payload });
  if (!parsed.ok) throw new Error('payload');
  return assembleVariables({
    payload: parsed.payload,
    runner: { token: 'glrt-t1_abcdefghijkl', ...more.runner },
    traits: { sharedEnvironment: true },
    directories,
    slot: { runnerId: 3, projectRunnerId: 1 },
    timeoutSeconds: 60,
    ...more.options,
  });
};

describe('assembleVariables', () => {
  it.each([
    { why: 'one pass: the value as written', list: { A: '$B', B: '$C', C: 'x' }, key: 'A', value: '$C' },
    { why: 'a doubled dollar', list: { A: 'a$$b' }, key: 'A', value: 'a$b' },
    { why: 'the runner’s own', list: { A: '$CI_PROJECT_DIR' }, key: 'A', value: '/b/p' },
    { why: 'a job overrides the runner’s defaults', list: { CI_SERVER: 'no' }, key: 'CI_SERVER', value: 'no' },
    { why: 'but not what is fixed', list: { CI_RUNNER_VERSION: '0' }, key: 'CI_RUNNER_VERSION', value: '19.4.0' },
    { why: 'ids of the slot', list: {}, key: 'CI_CONCURRENT_ID', value: '3' },
    { why: 'ids of the slot in the project', list: {}, key: 'CI_CONCURRENT_PROJECT_ID', value: '1' },
    { why: 'the short token', list: {}, key: 'CI_RUNNER_SHORT_TOKEN', value: 'abcdefghi' },
    { why: 'the timeout', list: {}, key: 'CI_JOB_TIMEOUT', value: '60' },
    { why: 'the temporary folder', list: {}, key: 'RUNNER_TEMP_PROJECT_DIR', value: '/b/p.tmp' },
  ])('$why', ({ list, key, value }) => {
    const { variables } = assemble(Object.entries(list).map(([name, text]) => ({ key: name, value: text })));
    expect(variables.get(key)).toBe(value);
  });

  it('the last one of a key wins and stands where it was said', () => {
    const { variables } = assemble([
      { key: 'A', value: '1' },
      { key: 'B', value: '2' },
      { key: 'A', value: '3' },
    ]);
    expect(variables.all.filter(({ key }) => key === 'A' || key === 'B').map(({ value }) => value)).toEqual(['2', '3']);
  });

  it('raw values stay but can be referred to; file variables answer their path', () => {
    const { variables } = assemble([
      { key: 'R', value: '$A', raw: true },
      { key: 'A', value: '$R' },
      { key: 'F', value: 'secret text', file: true },
      { key: 'G', value: 'see $F' },
    ]);
    expect(variables.get('R')).toBe('$A');
    expect(variables.get('A')).toBe('$A');
    expect(variables.get('F')).toBe('/b/p.tmp/F');
    expect(variables.get('G')).toBe('see /b/p.tmp/F');
    expect(variables.all.find(({ key }) => key === 'F')?.value).toBe('secret text');
    expect(variables.expand('${F}!')).toBe('/b/p.tmp/F!');
  });

  it('config environment comes before the job, entries without = are dropped', () => {
    const runner = { environment: ['X=cfg', 'Y=only=here', 'broken', '=z'] };
    const { variables } = assemble([{ key: 'X', value: 'job' }], { runner });
    expect(variables.get('X')).toBe('job');
    expect(variables.get('Y')).toBe('only=here');
    expect(variables.get('broken')).toBeUndefined();
  });

  it('flags: config before job before environment before default; the exported value is the resolved one', () => {
    const { variables, flags } = assemble(
      [
        { key: 'FF_SCRIPT_SECTIONS', value: 'true' },
        { key: 'FF_TIMESTAMPS', value: '0' },
        { key: 'FF_HASH_CACHE_KEYS', value: 'perhaps' },
      ],
      { runner: { feature_flags: { FF_SCRIPT_SECTIONS: false }, environment: ['FF_NETWORK_PER_BUILD=true'] } },
    );
    expect(variables.get('FF_SCRIPT_SECTIONS')).toBe('false');
    expect(variables.get('FF_TIMESTAMPS')).toBe('false');
    expect(variables.flag('FF_NETWORK_PER_BUILD')).toBe(true);
    expect(describeFlags(flags)).toBe('FF_NETWORK_PER_BUILD:true, FF_TIMESTAMPS:false');
    expect(flags.problems).toEqual(['FF_HASH_CACHE_KEYS: could not parse feature flag, expected bool, got perhaps']);
    expect(variables.get('CI_BUILD_NETWORK_NAME')).toBe('runner-abcdefghi-0-1-42');
  });

  it('certificate and key come as a pair of files, the key is not public', () => {
    const only = assemble([], { options: { tls: { ca: 'CA', cert: 'C' } } }).variables;
    expect(only.get('CI_SERVER_TLS_CERT_FILE')).toBeUndefined();
    const both = assemble([], { options: { tls: { ca: 'CA', cert: 'C', key: 'K' } } }).variables;
    expect(both.get('CI_SERVER_TLS_CA_FILE')).toBe('/b/p.tmp/CI_SERVER_TLS_CA_FILE');
    expect(both.all.find(({ key }) => key === 'CI_SERVER_TLS_KEY_FILE')).toMatchObject({ public: false, value: 'K' });
  });

  it('`with` puts values on top and expands anew', () => {
    const { variables } = assemble([{ key: 'S', value: 'is $CI_JOB_STATUS' }]);
    const status = variables.all.find(({ key }) => key === 'CI_JOB_STATUS');
    if (status === undefined) throw new Error('no status');
    expect(variables.with([{ ...status, value: 'failed' }]).get('S')).toBe('is failed');
    expect(variables.get('S')).toBe('is running');
  });
});

describe('shortToken', () => {
  it.each([
    ['glrt-t1_abcdefghijkl', 'abcdefghi'],
    ['glrt-abcdefghijkl', 'abcdefghi'],
    ['t3_abcdefghijkl', 'abcdefghi'],
    ['glrtr-abcdefghijkl', 'abcdefghi'],
    ['glcbt-64_abcdefghijkl', '64_abcdef'],
    ['GR1348941abcdefghijkl', 'abcdefghi'],
    ['plain', 'plain'],
  ])('%s -> %s', (token, short) => {
    expect(shortToken(token)).toBe(short);
  });
});
