import { describe, expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import { JobFailure } from '../executors/types.ts';
import { type JobSpec, runTestJob } from './testing/bench.ts';

const afterScript = {
  steps: [
    { name: 'script', script: ['x'] },
    { name: 'after_script', script: ['y'] },
  ],
};
const printing =
  (text: string, code = 0): NonNullable<JobSpec['stages']>[string] =>
  async ({ onOutput }) => {
    await onOutput('stdout', Buffer.from(text));
    return { code };
  };

describe('the log of a job', () => {
  it('has the official lines and sections', async () => {
    const { log, outcome, updates } = await runTestJob({
      stages: { prepare_script: printing('Running on host...\n'), step_script: printing('hi\n') },
    });
    expect(log).toMatchInlineSnapshot(`
      "Running with harrier 1.2.3 (abc)
        on tester abcdefghi, system ID: s_1
        feature flags: FF_TIMESTAMPS:false
      <prepare_executor>Preparing the "shell" executor
      Using Shell (bash) executor...
      </prepare_executor><prepare_script>Preparing environment
      Running on host...
      </prepare_script><get_sources>Getting source from Git repository
      </get_sources><step_script>Executing "step_script" stage of the job script
      hi
      </step_script>Job succeeded
      "
    `);
    expect(outcome).toMatchObject({ state: 'success', delivery: 'reported', message: 'Job succeeded' });
    expect(updates[0]).toEqual({ state: 'running' });
    expect(updates.at(-1)).toMatchObject({ state: 'success', output: { bytesize: outcome.traceBytes } });
  });

  it('has no markers where the server wants none', async () => {
    const { raw } = await runTestJob({ payload: { features: {} } });
    expect(raw).not.toContain('section_');
    expect(raw).toContain('\x1b[0K\x1b[36;1mPreparing environment\x1b[0;m\x1b[0;m\n');
  });

  it('hides masked values, sensitive inputs, tokens by prefix and the job token', async () => {
    const { raw } = await runTestJob({
      payload: {
        variables: [{ key: 'S', value: 's3cr3t-value', masked: true }],
        inputs: [{ key: 'pin', value: { type: 'string', content: '99123456', sensitive: true } }],
        features: { token_mask_prefixes: ['acme-'] },
      },
      stages: { step_script: printing('s3cr3t-value 99123456 glpat-abc acme-xyz glrt-q job-token-1234\n') },
    });
    expect(raw).toContain('[MASKED] [MASKED] glpat-[MASKED] acme-[MASKED] glrt-[MASKED] [MASKED]\n');
  });

  it('shows the clean-up only where there is something to see', async () => {
    const quiet = await runTestJob({});
    expect(quiet.ran).toContain('cleanup_file_variables');
    expect(quiet.log).not.toContain('cleanup_file_variables');
    const file = await runTestJob({ payload: { variables: [{ key: 'F', value: 'x', file: true }] } });
    expect(file.log).toContain('<cleanup_file_variables>Cleaning up project directory and file based variables\n');
  });

  it('tells all settings that are wrong in one warning', async () => {
    const { log } = await runTestJob({
      variables: {
        GET_SOURCES_ATTEMPTS: '50',
        GIT_STRATEGY: 'bogus',
        FF_TEST_FEATURE: 'maybe',
        CI_DEBUG_TRACE: 'on',
        AFTER_SCRIPT_IGNORE_ERRORS: 'no',
        CACHE_REQUEST_TIMEOUT: '1h',
      },
    });
    expect(log).toContain(
      [
        'WARNING: CI_DEBUG_TRACE: expected bool got "on", using default value: false',
        `GIT_STRATEGY: expected either 'clone', 'fetch', 'none' or 'empty' got "bogus", using default value 'fetch'`,
        'GET_SOURCES_ATTEMPTS: number of attempts out of the range [1, 10], clamping to: 10',
        'AFTER_SCRIPT_IGNORE_ERRORS: expected bool got "no", using default value: true',
        'CACHE_REQUEST_TIMEOUT: expected int got "1h", using default value: 10',
        'FF_TEST_FEATURE: could not parse feature flag, expected bool, got maybe',
        'FF_TEST_FEATURE: could not parse feature flag, expected bool, got maybe',
        '<prepare_executor>',
      ].join('\n'),
    );
  });
});

const all = { hasCache: () => true, hasArtifacts: () => true, hasDependencies: () => true };
const fail = async () => {
  throw new JobFailure('script_failure', 'exit status 1', { exitCode: 1 });
};
/** Stages as the log shows them, the first two and the clean-up left out. */
const sections = (log: string): string[] =>
  [...log.matchAll(/<([a-z_]+)>/g)].map((match) => match[1] ?? '').filter((name) => !name.startsWith('prepare_'));

describe('what still runs after a failure', () => {
  it.each<{ why: string; spec: JobSpec; ran: string[]; result: object }>([
    {
      why: 'nothing fails',
      spec: { transfer: all },
      ran: 'get_sources restore_cache download_artifacts step_script after_script archive_cache upload_artifacts_on_success'.split(
        ' ',
      ),
      result: { state: 'success' },
    },
    {
      why: 'sources fail: saving follows, after_script does not',
      spec: { stages: { get_sources: 128 }, transfer: all },
      ran: ['get_sources', 'archive_cache_on_failure', 'upload_artifacts_on_failure'],
      result: { failureReason: 'script_failure', exitCode: 128, message: 'Job failed: exit status 128' },
    },
    {
      why: 'a download fails: the same',
      spec: { transfer: { ...all, downloadArtifacts: fail } },
      ran: 'get_sources restore_cache download_artifacts archive_cache_on_failure upload_artifacts_on_failure'.split(
        ' ',
      ),
      result: { exitCode: 1 },
    },
    {
      why: 'the script fails',
      spec: { stages: { step_script: 3 }, transfer: all },
      ran: 'get_sources restore_cache download_artifacts step_script after_script archive_cache_on_failure upload_artifacts_on_failure'.split(
        ' ',
      ),
      result: { failureReason: 'script_failure', exitCode: 3, message: 'Job failed: exit status 3' },
    },
    {
      why: 'after_script fails and counts',
      spec: { stages: { after_script: 5 }, transfer: all, variables: { AFTER_SCRIPT_IGNORE_ERRORS: 'false' } },
      ran: 'get_sources restore_cache download_artifacts step_script after_script archive_cache_on_failure upload_artifacts_on_failure'.split(
        ' ',
      ),
      result: { exitCode: 5, message: 'Job failed: exit status 5' },
    },
    {
      why: 'script and after_script fail: the script wins',
      spec: { stages: { step_script: 2, after_script: 5 }, variables: { AFTER_SCRIPT_IGNORE_ERRORS: 'false' } },
      ran: ['get_sources', 'step_script', 'after_script'],
      result: { exitCode: 2 },
    },
    {
      why: 'saving the cache fails: the upload sees a good job, the job fails',
      spec: { transfer: { ...all, archiveCache: fail } },
      ran: 'get_sources restore_cache download_artifacts step_script after_script archive_cache upload_artifacts_on_success'.split(
        ' ',
      ),
      result: { state: 'failed', exitCode: 1 },
    },
    {
      why: 'preparing fails: nothing else runs',
      spec: { stages: { prepare_script: 1 }, transfer: all },
      ran: [],
      result: {
        exitCode: 1,
        failureReason: 'script_failure',
        message:
          'Job failed: prepare environment: exit status 1. Check https://docs.gitlab.com/runner/shells/#shell-profile-loading for more information',
      },
    },
    {
      why: 'a script is killed by a signal',
      spec: { stages: { step_script: () => ({ code: null, signal: 'SIGKILL' }) } },
      ran: ['get_sources', 'step_script', 'after_script'],
      result: { exitCode: -1, message: 'Job failed: signal: killed' },
    },
    {
      why: 'the script cannot be run at all',
      spec: { stages: { step_script: () => Promise.reject(new Error('failed to start process: ENOENT')) } },
      ran: ['get_sources', 'step_script', 'after_script'],
      result: {
        failureReason: 'runner_system_failure',
        message: 'Job failed (system failure): failed to start process: ENOENT',
      },
    },
  ])('$why', async ({ spec, ran, result }) => {
    const ended = await runTestJob({ ...spec, payload: { ...afterScript, ...spec.payload } });
    expect(sections(ended.log)).toEqual(ran);
    expect(ended.outcome).toMatchObject(result);
    expect(ended.closed).toBe(1);
    expect(ended.log.trimEnd().split('\n').at(-1)).toContain(ended.outcome.message);
  });

  it('says so when after_script fails and does not count', async () => {
    const { log, outcome } = await runTestJob({ payload: afterScript, stages: { after_script: 9 } });
    expect(log).toContain(
      'WARNING: after_script failed, but job will continue unaffected: exit status 9\nJob succeeded\n',
    );
    expect(outcome.state).toBe('success');
  });

  it.each([
    { code: 0, status: 'success' },
    { code: 1, status: 'failed' },
  ])('tells after_script about $status', async ({ code, status }) => {
    const stages = { step_script: code };
    const { ran, scripts } = await runTestJob({ payload: afterScript, stages });
    expect(scripts[ran.indexOf('step_script')]).toMatch(/CI_JOB_STATUS=running/);
    expect(scripts[ran.indexOf('after_script')]).toMatch(new RegExp(`CI_JOB_STATUS=${status}`));
  });
});

describe('attempts', () => {
  it('tries the sources again after a pause, clears the work tree once', async () => {
    const { log, ran, elapsedMs } = await runTestJob({
      variables: { GET_SOURCES_ATTEMPTS: '3' },
      stages: { get_sources: [1, 1, 0] },
    });
    expect(ran).toEqual(
      'prepare_script get_sources clear_worktree get_sources get_sources step_script cleanup_file_variables'.split(' '),
    );
    expect(log.match(/WARNING: Retrying\.\.\.\n/g)).toHaveLength(2);
    expect(elapsedMs).toBeGreaterThanOrEqual(15_000);
    expect(elapsedMs).toBeLessThan(30_000);
  });

  it('a work tree that cannot be cleared costs the attempt', async () => {
    const { ran } = await runTestJob({
      variables: { GET_SOURCES_ATTEMPTS: '2' },
      stages: { get_sources: [1, 0], clear_worktree: 1 },
    });
    expect(ran).toEqual(['prepare_script', 'get_sources', 'clear_worktree', 'cleanup_file_variables']);
  });

  it('tries to prepare three times, 3 s apart', async () => {
    const { log, outcome, elapsedMs } = await runTestJob({
      prepare: () => {
        throw new Error('engine is away');
      },
    });
    expect(log.match(/ERROR: Preparation failed: engine is away\nWill be retried in 3s \.\.\.\n/g)).toHaveLength(3);
    expect(elapsedMs).toBeGreaterThanOrEqual(9000);
    expect(elapsedMs).toBeLessThan(20_000);
    expect(outcome).toMatchObject({
      failureReason: 'runner_system_failure',
      message: 'Job failed (system failure): engine is away',
    });
  });

  it.each([
    { error: new JobFailure('image_pull_failure', 'no such image'), reason: 'runner_system_failure' },
    { error: new HarrierError('NOT_SUPPORTED', 'not here'), reason: 'script_failure' },
  ])('does not try again what cannot change: $error.message', async ({ error, reason }) => {
    let tries = 0;
    const { outcome } = await runTestJob({
      prepare: () => {
        tries += 1;
        throw error;
      },
    });
    expect(tries).toBe(1);
    expect(outcome.failureReason).toBe(reason);
  });
});

describe('timeouts', () => {
  it('the job’s own: nothing more runs', async () => {
    const { log, outcome, ran } = await runTestJob({
      payload: { ...afterScript, runner_info: { timeout: 4 } },
      stages: { step_script: 'hang' },
      transfer: all,
    });
    expect(ran.at(-1)).toBe('step_script');
    expect(log).toContain(
      '</step_script>WARNING: step_script could not run to completion because the timeout was exceeded. For more control over job and script timeouts see: https://docs.gitlab.com/ci/runners/configure_runners/#set-script-and-after_script-timeouts\nERROR: Job failed: execution took longer than 4s seconds\n',
    );
    expect(outcome).toMatchObject({ failureReason: 'job_execution_timeout' });
    expect(outcome.exitCode).toBeUndefined();
  });

  it('RUNNER_SCRIPT_TIMEOUT: after_script runs and is told', async () => {
    const { log, outcome, scripts, ran } = await runTestJob({
      payload: afterScript,
      variables: { RUNNER_SCRIPT_TIMEOUT: '3s' },
      stages: { step_script: 'hang' },
    });
    expect(scripts[ran.indexOf('after_script')]).toContain('CI_JOB_STATUS=timedout');
    expect(log).toContain('ERROR: Job failed: script timeout: context deadline exceeded\n');
    expect(outcome.failureReason).toBe('job_execution_timeout');
  });

  it('RUNNER_AFTER_SCRIPT_TIMEOUT ends after_script only', async () => {
    const { log, outcome } = await runTestJob({
      payload: afterScript,
      variables: { RUNNER_AFTER_SCRIPT_TIMEOUT: '2s' },
      stages: { after_script: 'hang' },
    });
    expect(log).toContain('WARNING: after_script could not run to completion because the timeout was exceeded.');
    expect(log).toContain('but job will continue unaffected: exit status 1\n');
    expect(outcome.state).toBe('success');
  });

  it('after_script that ends well once it is told to stop has not failed', async () => {
    const { log, outcome } = await runTestJob({
      payload: afterScript,
      variables: { RUNNER_AFTER_SCRIPT_TIMEOUT: '2s', AFTER_SCRIPT_IGNORE_ERRORS: 'false' },
      stages: {
        after_script: ({ signal }) =>
          new Promise((resolve) => signal.addEventListener('abort', () => resolve({ code: 0 }), { once: true })),
      },
    });
    expect(log).toContain('WARNING: after_script could not run to completion because the timeout was exceeded.');
    expect(outcome.state).toBe('success');
  });

  it.each([
    { key: 'prepare_timeout', stage: 'prepare_script', message: 'prepare timeout: exceeded timeout of 5s' },
    { key: 'get_sources_timeout', stage: 'get_sources', message: 'get sources timeout: exceeded timeout of 5s' },
  ])('$key of the config', async ({ key, stage, message }) => {
    const { outcome, ran } = await runTestJob({ runner: { [key]: '5s' }, stages: { [stage]: 'hang' }, transfer: all });
    expect(outcome).toMatchObject({ failureReason: 'job_execution_timeout', message: `Job failed: ${message}` });
    expect(ran.at(-1)).toBe(stage);
  });

  it('a stopped stage that does not end is left after five minutes', async () => {
    const { log, outcome } = await runTestJob({
      payload: { runner_info: { timeout: 4 } },
      stages: { step_script: () => new Promise(() => {}) },
    });
    expect(log).toContain('WARNING: Timed out waiting for the build to finish\n');
    expect(outcome.failureReason).toBe('job_execution_timeout');
  });
});

describe('stopping', () => {
  it('a cancel while the script runs: after_script and saving follow', async () => {
    const { log, outcome, scripts, ran } = await runTestJob({
      payload: afterScript,
      stages: { step_script: 'hang' },
      transfer: all,
      send: () => ({ kind: 'accepted', canceling: true }),
    });
    expect(log).toContain('</step_script>WARNING: script canceled externally (UI, API)\n<after_script>');
    expect(scripts[ran.indexOf('after_script')]).toContain('CI_JOB_STATUS=canceled');
    expect(sections(log).slice(-2)).toEqual(['archive_cache_on_failure', 'upload_artifacts_on_failure']);
    expect(outcome).toMatchObject({ failureReason: 'job_canceled', message: 'Job failed: canceled' });
  });

  it('a cancel before the script ends everything', async () => {
    const { outcome, ran } = await runTestJob({
      payload: afterScript,
      stages: { get_sources: 'hang' },
      onStage: (stage, job) => stage === 'get_sources' && job.stop('user'),
    });
    expect(ran).toEqual(['prepare_script', 'get_sources']);
    expect(outcome.failureReason).toBe('job_canceled');
  });

  it('a cancel after the script changes nothing', async () => {
    const { outcome, ran } = await runTestJob({
      payload: afterScript,
      onStage: (stage, job) => stage === 'after_script' && job.stop('user'),
    });
    expect(ran).toContain('cleanup_file_variables');
    expect(outcome.state).toBe('success');
  });

  it('an abort ends everything, and GitLab is asked no more than needed', async () => {
    const { outcome, ran } = await runTestJob({
      payload: afterScript,
      stages: { step_script: 'hang' },
      send: () => ({ kind: 'abort' }),
      update: (update) => ({ kind: update.state === 'failed' ? 'abort' : 'ok' }),
    });
    expect(ran.at(-1)).toBe('step_script');
    expect(outcome.delivery).toBe('dropped');
  });

  it.each([
    { cause: 'shutdown', message: 'Job failed: aborted: terminated' },
    { cause: 'battery', message: 'Job failed: aborted: battery is low' },
  ] as const)('$cause keeps its cause to the end', async ({ cause, message }) => {
    const { outcome, log } = await runTestJob({
      payload: { ...afterScript, features: { failure_reasons: ['runner_interrupted'] } },
      stages: { step_script: 'hang' },
      onStage: (stage, job) => stage === 'step_script' && job.stop(cause),
    });
    expect(outcome).toMatchObject({ failureReason: 'runner_interrupted', message });
    expect(log).not.toContain('after_script');
  });
});

describe('the answer to the acknowledgement', () => {
  it.each([{ kind: 'abort' }, { kind: 'notFound' }] as const)('$kind: the job is dropped', async (answer) => {
    const { outcome, ran, updates } = await runTestJob({ update: () => answer });
    expect(ran).toEqual([]);
    expect(updates).toHaveLength(1);
    expect(outcome.delivery).toBe('dropped');
  });

  it('canceling: the job is failed without running', async () => {
    const { outcome, ran, updates } = await runTestJob({
      update: (_, count) => (count === 1 ? { kind: 'ok', canceling: true } : { kind: 'ok' }),
      payload: { features: {} },
    });
    expect(ran).toEqual([]);
    expect(updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'job_canceled' });
    expect(outcome.delivery).toBe('reported');
  });

  it('any other trouble: the job runs', async () => {
    const { outcome } = await runTestJob({ update: (_, count) => ({ kind: count === 1 ? 'failed' : 'ok' }) });
    expect(outcome).toMatchObject({ state: 'success', delivery: 'reported' });
  });

  it('a server that is away at the end leaves the result to the journal', async () => {
    const { outcome } = await runTestJob({ update: (_, count) => ({ kind: count === 1 ? 'ok' : 'failed' }) });
    expect(outcome).toMatchObject({ state: 'success', delivery: 'unreported' });
  });
});

describe('jobs that are refused', () => {
  it.each<{ why: string; payload: object; log: string; result: object }>([
    {
      why: 'run together with script',
      payload: { run: '[{"name":"x"}]' },
      log: 'the `run` and `script` keywords cannot be used together\n',
      result: { failureReason: 'runner_system_failure', exitCode: 3 },
    },
    {
      why: 'run together with STEPS',
      payload: { run: '[{"name":"x"}]', steps: [], variables: [{ key: 'STEPS', value: 'x' }] },
      log: 'the `run` keyword requires the exclusive use of the variable STEPS\n',
      result: { exitCode: 3 },
    },
    {
      why: 'options nobody knows',
      payload: { image: { name: 'a', executor_opts: { docker: { colour: 'red' } } } },
      log: 'unsupported option "docker.colour"',
      result: { exitCode: 3 },
    },
    {
      why: 'steps',
      payload: { run: '[{"name":"x"}]', steps: [{ name: 'run', script: [] }] },
      log: 'requires the FF_CONCRETE feature flag',
      result: { failureReason: 'script_failure' },
    },
    {
      why: 'secrets',
      payload: { secrets: { DB: { vault: {} } } },
      log: 'the job uses secrets (DB), which Harrier does not fetch',
      result: { state: 'failed' },
    },
    {
      why: 'an input that is not there',
      payload: {
        inputs: [{ key: 'a', value: { type: 'string', content: 'x' } }],
        steps: [{ name: 'script', script: ['echo ${{ job.inputs.b }}'] }],
      },
      log: 'job inputs: ${{ job.inputs.b }}: there is no input "b"',
      result: { failureReason: 'script_failure' },
    },
    {
      why: 'a clone path that is not allowed',
      payload: { variables: [{ key: 'GIT_CLONE_PATH', value: '$CI_BUILDS_DIR/x' }] },
      log: '<prepare_executor>Preparing the "shell" executor\n</prepare_executor>ERROR: Job failed: setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature\n',
      result: { failureReason: 'script_failure' },
    },
  ])('$why', async ({ payload, log, result }) => {
    const ended = await runTestJob({ payload: { ...payload } });
    expect(ended.ran).toEqual([]);
    expect(ended.log).toContain(log);
    expect(ended.outcome).toMatchObject(result);
  });

  it('a shell that nobody knows', async () => {
    const { log } = await runTestJob({ runner: { shell: 'cmd' } });
    expect(log).toContain('ERROR: Job failed: shell cmd not found\n');
  });
});
