import { appendFileSync, writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { createGoldenBench, type GoldenJob } from './bench.ts';

const v = (o: Record<string, string>) => Object.entries(o).map(([key, value]) => ({ key, value }));
const cases: Record<string, GoldenJob> = {
  sections: {
    variables: v({ FF_SCRIPT_SECTIONS: 'true' }),
    script: ['echo a\necho b', 'echo c'],
    after: ['echo d\necho e'],
  },
  ignoreErrorsOff: { variables: v({ AFTER_SCRIPT_IGNORE_ERRORS: 'false' }), script: ['true'], after: ['exit 5'] },
  both: { variables: v({ AFTER_SCRIPT_IGNORE_ERRORS: 'false' }), script: ['exit 2'], after: ['exit 5'] },
  afterIgnored: { script: ['true'], after: ['exit 5'] },
  malformed: {
    variables: v({ RUNNER_SCRIPT_TIMEOUT: '10', RUNNER_AFTER_SCRIPT_TIMEOUT: '-3s' }),
    script: ['true'],
    after: ['true'],
  },
  longer: {
    variables: v({ RUNNER_SCRIPT_TIMEOUT: '2h' }),
    script: ['true'],
    after: ['true'],
    payload: { runner_info: { timeout: 60 } },
  },
  attempts: { variables: v({ GET_SOURCES_ATTEMPTS: '50', RESTORE_CACHE_ATTEMPTS: 'x' }), script: ['true'] },
  empty: { variables: v({ GIT_STRATEGY: 'empty' }), script: ['pwd; ls -A | wc -l'] },
  bogus: {
    variables: v({
      GIT_STRATEGY: 'bogus',
      GIT_CHECKOUT: 'maybe',
      GIT_SUBMODULE_STRATEGY: 'x',
      GIT_SUBMODULE_DEPTH: 'y',
    }),
    script: ['true'],
  },
  clonePath: { variables: v({ GIT_CLONE_PATH: '$CI_BUILDS_DIR/x' }), script: ['true'] },
  clonePathOut: {
    variables: v({ GIT_CLONE_PATH: '/etc/x' }),
    runner: { custom_build_dir: { enabled: true } } as never,
    script: ['true'],
  },
  clonePathOk: {
    variables: v({ GIT_CLONE_PATH: '$CI_BUILDS_DIR/x/$CI_CONCURRENT_ID' }),
    runner: { custom_build_dir: { enabled: true } } as never,
    script: ['pwd; echo $RUNNER_TEMP_PROJECT_DIR $CI_PROJECT_DIR'],
  },
  fileRef: {
    variables: [
      { key: 'F', value: 'x', file: true },
      { key: 'G', value: 'at $F' },
      { key: 'H', value: '$10 $@ $! ${} $+ ${A:-b} $$ ${F' },
    ],
    script: ['echo "$G|$H"', 'echo $CI_JOB_STATUS $CI_SERVER $CI_RUNNER_VERSION'],
  },
  overrides: {
    variables: v({ CI_RUNNER_VERSION: '0', X: 'job', CI_PROJECT_DIR: '/tmp', CI_SHARED_ENVIRONMENT: 'no' }),
    runner: { environment: ['X=cfg', 'Y=cfg', 'noeq'] },
    script: ['echo $CI_RUNNER_VERSION $X $Y $CI_PROJECT_DIR $CI_SHARED_ENVIRONMENT; pwd'],
  },
  ffConfig: {
    variables: v({ FF_SCRIPT_SECTIONS: 'true', FF_TIMESTAMPS: 'zzz' }),
    runner: { feature_flags: { FF_SCRIPT_SECTIONS: false } },
    script: ['echo $FF_SCRIPT_SECTIONS\necho $FF_TIMESTAMPS'],
  },
  maskOverlap: {
    variables: [
      { key: 'A', value: 'abc', masked: true },
      { key: 'B', value: 'abcdef', masked: true },
      { key: 'C', value: ' spaced ', masked: true },
    ],
    script: [
      'echo abcdef abc "[ spaced ]"; echo glpat-AbC_123.x y; echo "http://h/?a=1&private_token=zz&b=2 ?X-AMZ-Signature=q;w&rss_token="',
    ],
  },
  runAndScript: { payload: { run: '[{"name":"a","script":"echo hi"}]' }, script: ['true'] },
  release: {
    payload: {
      steps: [
        { name: 'script', script: ['echo one'] },
        { name: 'release', script: ['echo rel $CI_JOB_ID \\$X ${A}'] },
      ],
    },
    variables: v({ A: 'aa', CI_JOB_ID: '42' }),
    script: [],
  },
  runOnly: { payload: { run: '[{"name":"a","script":"echo hi"}]', steps: [] } },
  hooks: {
    variables: v({ GIT_STRATEGY: 'fetch' }),
    runner: {
      pre_get_sources_script: 'echo 1',
      post_get_sources_script: 'echo 4\necho 5',
      pre_build_script: 'export Z=9',
      post_build_script: 'echo post',
    },
    payload: {
      hooks: [
        { name: 'pre_get_sources_script', script: ['echo 2'] },
        { name: 'post_get_sources_script', script: ['echo 3'] },
      ],
    },
    script: ['echo $Z'],
    after: ['echo "[$Z]"'],
  },
  cacheKeys: {
    payload: {
      cache: [
        { key: 'a/../../b%2fc ', paths: ['c/'], policy: 'pull-push', when: 'on_success' },
        { key: '', paths: ['d'] },
        { key: '..', paths: ['e'] },
        { key: 'pp', paths: ['c'], policy: 'pull', fallback_keys: ['b/c'] },
      ],
    },
    variables: v({ CACHE_FALLBACK_KEY: 'main-protected' }),
    script: ['mkdir -p c d e; echo 1 > c/f'],
  },
  cacheBadPolicy: { payload: { cache: [{ key: 'a', paths: ['c/'], policy: 'weird' }] }, script: ['true'] },
  cacheFail: {
    payload: {
      cache: [
        { key: 'f1', paths: ['c/'], when: 'always' },
        { key: 'f2', paths: ['c/'] },
        { key: 'f3', paths: ['c/'], when: 'on_failure' },
      ],
    },
    script: ['mkdir c; exit 9'],
  },
  rawTwo: {
    payload: { artifacts: [{ paths: ['a', 'b'], artifact_format: 'raw', artifact_type: 'x' }] },
    script: ['touch a b'],
  },
  artName: {
    payload: {
      artifacts: [
        {
          name: '$X/${Y:-dflt}',
          paths: ['a*'],
          exclude: ['ab'],
          artifact_type: 'archive',
          artifact_format: 'zip',
          expire_in: '2 days',
          when: 'always',
        },
        { paths: ['$X'], when: 'on_failure' },
      ],
    },
    variables: v({ X: 'n1', ARTIFACT_COMPRESSION_LEVEL: 'bogus' }),
    script: ['touch a ab n1'],
  },
  policy: { payload: { policy_options: { execution_policy_job: true, policy_name: 'p1' } }, script: ['true'] },
  fpBash: { script: ['set -e; trap "echo bye" EXIT; foo() { return 3; }; foo'] },
  exit255: { script: ['exit 255'] },
  kill: { script: ['kill -9 $$'] },
  kill2: { script: ['kill -9 $BASHPID'] },
  longline: { script: ['head -c 20000 /dev/zero | tr "\\0" x; echo; printf "a\\0b\\n"'] },
  envProfile: {
    profile: 'echo welcome',
    variables: v({ GIT_STRATEGY: 'fetch' }),
    payload: { artifacts: [{ untracked: true, artifact_type: 'archive', artifact_format: 'zip' }] },
    script: ['echo 1 > new.txt'],
  },
};
it('probe', async () => {
  const bench = await createGoldenBench();
  writeFileSync('/tmp/fid/probe.txt', '');
  const only = process.env['ONLY']?.split(',');
  for (const [name, job] of Object.entries(cases)) {
    if (only && !only.includes(name)) continue;
    try {
      const r = await bench.run(job);
      appendFileSync(
        '/tmp/fid/probe.txt',
        `\n===== ${name} ${JSON.stringify({ state: r.outcome.state, reason: r.outcome.failureReason, exit: r.outcome.exitCode })} arts=${JSON.stringify(r.given.artifacts.map((a) => [a.filename, (a as { format?: string }).format]))}\n${r.raw
          .replace(/\x1b\[[0-9;]*[A-Za-z]/g, '')
          .replace(/\r/g, '<CR>')
          .replaceAll(bench.root, '{WS}')}`,
      );
    } catch (e) {
      appendFileSync('/tmp/fid/probe.txt', `\n===== ${name} THROWN ${String(e)}\n`);
    }
  }
  await bench.close();
}, 120000);
