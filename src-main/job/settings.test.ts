import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePayload } from '../../src-shared/payload.ts';
import { JobFailure } from '../executors/types.ts';
import { readAttempts } from './attempts.ts';
import { jobDirectories } from './directories.ts';
import { formatDuration, parseDuration } from './go-duration.ts';
import { failureOf, resultOf } from './result.ts';
import { shellTraits as traits } from './testing/traits.ts';
import { configuredTimeoutMs, jobTimeoutSeconds, readScriptTimeouts } from './timeouts.ts';

const of = (values: Readonly<Record<string, string>>) => ({ get: (key: string) => values[key] });
const payload = (data: object) => {
  const parsed = parsePayload({ id: 1, token: 't', ...data });
  if (!parsed.ok) throw new Error('payload');
  return parsed.payload;
};

describe('durations as Go writes them', () => {
  it.each([
    ['1h30m', 5_400_000],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['-3s', -3000],
    ['300ms', 300],
    ['0', 0],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it.each(['10', '', 'h', '1 h', '1d', 'abc', '1h-3m'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
  it.each([
    [4000, '4s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
    [1500, '1.5s'],
    [200, '200ms'],
    [0, '0s'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
  it('what is written can be read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 3);
      }),
    );
  });
});

describe('attempts', () => {
  it.each([
    { text: '', count: 1, problem: undefined },
    { text: '3', count: 3, problem: undefined },
    { text: '0', count: 1, problem: 'number of attempts out of the range [1, 10], clamping to: 1' },
    { text: '50', count: 10, problem: 'number of attempts out of the range [1, 10], clamping to: 10' },
    { text: 'x', count: 1, problem: 'expected int got "x", using default value: 1' },
  ])('GET_SOURCES_ATTEMPTS=$text is $count', ({ text, count, problem }) => {
    const attempts = readAttempts(of({ GET_SOURCES_ATTEMPTS: text }));
    expect(attempts.of('GET_SOURCES_ATTEMPTS')).toBe(count);
    expect(attempts.problems).toEqual(problem ? [`GET_SOURCES_ATTEMPTS: ${problem}`] : []);
  });
});

describe('timeouts', () => {
  it.each([
    { text: '2s', ms: 2000, problem: undefined },
    { text: '10', ms: undefined, problem: 'Ignoring malformed RUNNER_SCRIPT_TIMEOUT timeout: 10' },
    { text: '-1s', ms: undefined, problem: 'Ignoring relative RUNNER_SCRIPT_TIMEOUT timeout: -1s' },
    {
      text: '2h',
      ms: undefined,
      problem: 'RUNNER_SCRIPT_TIMEOUT timeout: 2h is longer than job timeout. Setting to job timeout',
    },
    { text: '0', ms: undefined, problem: undefined },
  ])('RUNNER_SCRIPT_TIMEOUT=$text', ({ text, ms, problem }) => {
    const { scriptMs, afterScriptMs, problems } = readScriptTimeouts(of({ RUNNER_SCRIPT_TIMEOUT: text }), 3_600_000);
    expect(scriptMs).toBe(ms);
    expect(afterScriptMs).toBe(300_000);
    expect(problems).toEqual(problem ? [problem] : []);
  });
  it('a job without a timeout has two hours', () => {
    expect(jobTimeoutSeconds(payload({}))).toBe(7200);
    expect(jobTimeoutSeconds(payload({ runner_info: { timeout: 5 } }))).toBe(5);
  });
  it('a configured limit counts below the job’s own', () => {
    expect(configuredTimeoutMs({ prepare_timeout: '5s' }, 'prepare_timeout', 10_000)).toBe(5000);
    expect(configuredTimeoutMs({ prepare_timeout: '1h' }, 'prepare_timeout', 10_000)).toBeUndefined();
  });
});

describe('folders', () => {
  const places = (variables: Readonly<Record<string, string>>, more: object = {}, repository?: string) =>
    jobDirectories(
      {
        payload: payload({
          job_info: { project_id: 7 },
          git_info: { repo_url: repository ?? 'https://u:p@gitlab.example/grp/app.git' },
        }),
        runner: { token: 'glrt-t1_abcdefghijkl', ...more },
        traits,
        workingDirectory: '/r',
        projectRunnerId: 1,
      },
      of(variables).get,
    );
  it('lie below the working directory, by token and number', () => {
    expect(places({})).toEqual({
      builds: '/r/builds',
      cache: '/r/cache/grp/app',
      project: '/r/builds/abcdefghi/1/grp/app',
      temporary: '/r/builds/abcdefghi/1/grp/app.tmp',
    });
  });
  it.each([
    ['https://host/a/../../b.git', 'b'],
    ['https://host/a..b/c.git', 'project-7'],
    ['git@host:a/b.git', 'project-7'],
    ['https://host/', 'project-7'],
    ['https://host/gitlab/a/b', 'gitlab/a/b'],
  ])('%s has the slug %s', (repository, slug) => {
    expect(places({}, {}, repository).project).toBe(`/r/builds/abcdefghi/1/${slug}`);
  });
  it('an empty strategy has folders of its own', () => {
    expect(places({ GIT_STRATEGY: 'empty' })).toMatchObject({
      project: '/r/builds/abcdefghi/1/grp/app-empty',
      cache: '/r/cache/grp/app-empty',
    });
  });
  it.each([
    { path: '/r/builds/x', enabled: false, error: 'enable `custom_build_dir` feature' },
    { path: '/etc/x', enabled: true, error: 'the GIT_CLONE_PATH="/etc/x" has to be within "/r/builds"' },
    { path: '/r/builds/../x', enabled: true, error: 'has to be within' },
  ])('GIT_CLONE_PATH=$path, enabled: $enabled', ({ path, enabled, error }) => {
    expect(() => places({ GIT_CLONE_PATH: path }, { custom_build_dir: { enabled } })).toThrow(error);
  });
  it('GIT_CLONE_PATH where it is allowed', () => {
    const { project } = places({ GIT_CLONE_PATH: '/r/builds/x' }, { custom_build_dir: { enabled: true } });
    expect(project).toBe('/r/builds/x');
  });
});

describe('results', () => {
  const none: readonly string[] = [];
  it.each([
    { reason: 'job_canceled', supported: none, sent: 'unknown_failure' },
    { reason: 'job_canceled', supported: ['job_canceled'], sent: 'job_canceled' },
    { reason: 'runner_configuration_error', supported: none, sent: 'script_failure' },
    { reason: 'image_pull_failure', supported: none, sent: 'runner_system_failure' },
    { reason: 'runner_external_dependency_failure', supported: none, sent: 'runner_system_failure' },
    { reason: 'runner_interrupted', supported: none, sent: 'unknown_failure' },
  ] as const)('$reason is sent as $sent', ({ reason, supported, sent }) => {
    expect(resultOf(new JobFailure(reason, 'x'), supported).failureReason).toBe(sent);
  });
  it('exit codes are signed 32 bit, 0 is left out', () => {
    const code = (exitCode: number) => resultOf(new JobFailure('script_failure', 'x', { exitCode }), none).exitCode;
    expect(code(4_294_967_295)).toBe(-1);
    expect(code(0)).toBeUndefined();
  });
  it('an error of no known kind is the runner’s own', () => {
    expect(resultOf(failureOf(new TypeError('boom')), none)).toEqual({
      state: 'failed',
      failureReason: 'runner_system_failure',
      message: 'Job failed (system failure): boom',
    });
  });
});
