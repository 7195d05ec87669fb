import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/require.ts';
import { createGoldenBench, type GoldenBench, type GoldenJob } from './bench.ts';

/** Rules of spec/job-lifecycle.md that show in the log and the result of a whole job. */
describeWith(['bash', 'git', 'posix'], 'rules of a job', () => {
  let bench: GoldenBench;
  beforeAll(async () => {
    bench = await createGoldenBench();
  });
  afterAll(() => bench.close());

  const variables = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));
  it.each<{ why: string; job: GoldenJob; log: readonly (string | RegExp)[]; result: object }>([
    {
      why: 'after_script fails and counts',
      job: { variables: variables({ AFTER_SCRIPT_IGNORE_ERRORS: 'false' }), after: ['exit 5'] },
      log: ['ERROR: Job failed: exit status 5\n'],
      result: { failureReason: 'script_failure', exitCode: 5 },
    },
    {
      why: 'the script’s own failure goes before that of after_script',
      job: { variables: variables({ AFTER_SCRIPT_IGNORE_ERRORS: 'false' }), script: ['exit 2'], after: ['exit 5'] },
      log: ['ERROR: Job failed: exit status 2\n'],
      result: { exitCode: 2 },
    },
    {
      why: 'after_script fails and does not count',
      job: { after: ['exit 5'] },
      log: ['WARNING: after_script failed, but job will continue unaffected: exit status 5\nJob succeeded\n'],
      result: { state: 'success' },
    },
    {
      why: 'after_script has its own limit',
      job: { variables: variables({ RUNNER_AFTER_SCRIPT_TIMEOUT: '200ms' }), after: ['sleep 30'] },
      log: [
        'WARNING: after_script could not run to completion because the timeout was exceeded.',
        'WARNING: after_script failed, but job will continue unaffected: exit status 1\n',
      ],
      result: { state: 'success' },
    },
    {
      why: 'after_script over its limit counts as the failed script that it is',
      job: {
        variables: variables({ RUNNER_AFTER_SCRIPT_TIMEOUT: '200ms', AFTER_SCRIPT_IGNORE_ERRORS: 'false' }),
        after: ['sleep 30'],
      },
      log: ['WARNING: after_script could not run to completion', 'ERROR: Job failed: exit status 1\n'],
      result: { failureReason: 'script_failure', exitCode: 1 },
    },
    {
      why: 'limits that cannot be are said',
      job: {
        variables: variables({ RUNNER_SCRIPT_TIMEOUT: '10', RUNNER_AFTER_SCRIPT_TIMEOUT: '-3s' }),
        after: ['true'],
      },
      log: [
        'WARNING: Ignoring malformed RUNNER_SCRIPT_TIMEOUT timeout: 10\n',
        'WARNING: Ignoring relative RUNNER_AFTER_SCRIPT_TIMEOUT timeout: -3s\n',
      ],
      result: { state: 'success' },
    },
    {
      why: 'an item of several lines is folded before its output',
      job: { variables: variables({ FF_SCRIPT_SECTIONS: 'true' }), script: ['echo a\necho b'] },
      log: [
        /section_start:\d+:section_script_step_0\[hide_duration=true,collapsed=true\]\r\$ echo a\necho b\nsection_end:\d+:section_script_step_0\r\na\nb\n/,
      ],
      result: { state: 'success' },
    },
    {
      why: 'the release step is expanded by the runner and is a stage of its own',
      job: {
        variables: variables({ A: 'aa' }),
        payload: {
          steps: [
            { name: 'script', script: ['true'] },
            { name: 'release', script: ['echo rel ${A} $NONE.'] },
          ],
        },
      },
      log: [
        /section_start:\d+:step_release\rExecuting "step_release" stage of the job script\n\$ echo rel aa \.\nrel aa \.\n/,
      ],
      result: { state: 'success' },
    },
    {
      why: 'what the job may override and what not',
      job: {
        runner: { environment: ['X=config', 'Y=config', 'nothing'] },
        variables: variables({ X: 'job', CI_RUNNER_VERSION: '0', CI_SHARED_ENVIRONMENT: 'no', CI_SERVER: 'other' }),
        script: ['echo $X $Y $CI_RUNNER_VERSION $CI_SHARED_ENVIRONMENT $CI_SERVER'],
      },
      log: ['\njob config 19.4.0 true other\n'],
      result: { state: 'success' },
    },
    {
      why: 'a flag of the configuration goes before that of the job, and the job sees it',
      job: {
        runner: { feature_flags: { FF_SCRIPT_SECTIONS: false } },
        variables: variables({ FF_SCRIPT_SECTIONS: 'true' }),
        script: ['echo $FF_SCRIPT_SECTIONS\ntrue'],
      },
      log: ['\n$ echo $FF_SCRIPT_SECTIONS # collapsed multi-line command\nfalse\n'],
      result: { state: 'success' },
    },
    {
      why: 'references as Go reads them: one character after $, unknown forms are empty, files give their path',
      job: {
        variables: [
          { key: 'F', value: 'x', file: true },
          { key: 'G', value: '$F|$10|$@|${}|$+|${A:-b}|$$|${F' },
        ],
        script: ['echo "$G"'],
      },
      log: [/\n\{WS\}\/builds\/.*\.tmp\/F\|0\|\|\|\$\+\|\|\$\|F\n/],
      result: { state: 'success' },
    },
    {
      why: 'secrets inside secrets, trimmed ones, tokens by prefix, parameters of addresses',
      job: {
        variables: ['abc', 'abcdef', ' spaced '].map((value, index) => ({ key: `S${index}`, value, masked: true })),
        script: [
          'printf "%s\\n" abcdef xabcx "[ spaced ]"',
          'echo glpat-AbC_123.x y "http://h/?a=1&private_token=zz&b=2 ?X-AMZ-Signature=q;w&rss_token="',
        ],
      },
      log: [
        '\n[MASKED]\nx[MASKED]x\n[ [MASKED] ]\n',
        '\nglpat-[MASKED] y http://h/?a=1&private_token=[MASKED]&b=2 ?X-AMZ-Signature=[MASKED]&rss_token=[MASKED]\n',
      ],
      result: { state: 'success' },
    },
    {
      why: 'set -x shows what it always has shown',
      job: { script: ['set -x', 'echo $(echo a)'] },
      log: ["++ echo '$ echo $(echo a)'\n", /^\+\+\+ echo a\n\+\+ echo a$/m],
      result: { state: 'success' },
    },
    {
      why: 'what the helper says stands on the error stream, what scripts say does not',
      job: {
        variables: variables({ FF_TIMESTAMPS: 'true' }),
        payload: { artifacts: [{ name: 'a', paths: ['none'] }] },
      },
      log: [
        /Z 01O Uploading artifacts\.\.\.\n.*Z 01E Runtime platform .*\n.*Z 01E WARNING: none: no matching files/,
        /Z 01E ERROR: No files to upload +\n/,
      ],
      result: { state: 'success' },
    },
    {
      why: 'untracked files of a folder without a repository',
      job: { script: ['rm -rf .git; echo x > f'], payload: { artifacts: [{ untracked: true, paths: ['f'] }] } },
      log: [/^fatal: not a git repository.*\nWARNING: untracked: exit status 128/m, /f: found 1 matching artifact/],
      result: { state: 'success' },
    },
    {
      why: 'names and paths of artifacts run no commands',
      job: { payload: { artifacts: [{ name: 'a`id`', paths: ['x$(id)'] }] } },
      log: [
        'WARNING: invalid artifact name: unexpected command substitution at 1:2',
        'WARNING: invalid path "x$(id)": unexpected command substitution at 1:2',
      ],
      result: { state: 'success' },
    },
    {
      why: 'a script that kills its shell',
      job: { script: ['kill -9 $$', 'echo never'] },
      log: ['ERROR: Job failed: signal: killed\n'],
      result: { failureReason: 'script_failure', exitCode: -1 },
    },
    {
      why: 'a cache key that cannot be used as it is, and a fallback that is for protected branches only',
      job: {
        payload: {
          cache: [
            { key: 'a/../../b%2fc ', paths: ['c/'] },
            { key: '..', paths: ['e'] },
          ],
        },
        variables: variables({ CACHE_FALLBACK_KEY: 'main-protected' }),
      },
      log: [
        'cache key "a/../../b%2fc " sanitized to "b/c"\nChecking cache for b/c...\n',
        'CACHE_FALLBACK_KEY "main-protected" not allowed to end in "-protected"\n',
        'cache key ".." could not be sanitized\nSkipping cache extraction due to empty cache key\n',
        'Skipping cache archiving due to empty cache key\n',
      ],
      result: { state: 'success' },
    },
    {
      why: 'a cache key that is empty from the start needs no further word',
      job: { payload: { cache: [{ key: '$NONE', paths: ['c/'] }] } },
      log: [/Restoring cache\nSkipping cache extraction due to empty cache key\n/],
      result: { state: 'success' },
    },
    {
      why: 'a cache policy that is none ends the job before the stage',
      job: { payload: { cache: [{ key: 'k', paths: ['c/'], policy: 'sometimes', when: 'always' }] } },
      log: [
        /section_end:\d+:get_sources\rERROR: Job failed \(system failure\): unknown cache policy sometimes for k\n/,
      ],
      result: { failureReason: 'runner_system_failure' },
    },
    {
      why: 'an artifact format that is none is said after what was found',
      job: {
        script: ['echo x > f'],
        payload: { artifacts: [{ name: 'a', paths: ['f'], artifact_format: 'rar' }] },
      },
      log: [
        /f: found 1 matching artifact files and directories +\nFATAL: "rar" format: unsupported archive format +\n/,
      ],
      result: { failureReason: 'script_failure', exitCode: 1 },
    },
    {
      why: 'a submodule strategy that is none',
      job: { variables: variables({ GIT_STRATEGY: 'clone', GIT_SUBMODULE_STRATEGY: 'deep' }) },
      log: [
        `WARNING: GIT_SUBMODULE_STRATEGY: expected either 'normal', 'recursive' or 'none' got "deep"\n`,
        'ERROR: Job failed (system failure): unknown GIT_SUBMODULE_STRATEGY\n',
      ],
      result: { failureReason: 'runner_system_failure' },
    },
    {
      why: 'inputs are put in, the secret ones masked',
      job: {
        payload: {
          inputs: [
            { key: 'env', value: { type: 'string', content: 'prod', sensitive: false } },
            { key: 'list', value: { type: 'struct', content: { a: [1, 'x'] }, sensitive: false } },
            { key: 'pin', value: { type: 'string', content: 'hush-hush', sensitive: true } },
          ],
        },
        script: ['echo ${{ job.inputs.env }} ${{ job.inputs.list.a[1] }} ${{ job.inputs.pin }}'],
      },
      log: ['\n$ echo prod x [MASKED]\nprod x [MASKED]\n'],
      result: { state: 'success' },
    },
  ])('$why', async ({ job, log, result }) => {
    const { raw, outcome } = await bench.run(job);
    const text = raw.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replaceAll(bench.root, '{WS}');
    for (const part of log)
      if (typeof part === 'string') expect(text).toContain(part);
      else expect(text).toMatch(part);
    expect(outcome).toMatchObject({ delivery: 'reported', ...result });
  });
});
