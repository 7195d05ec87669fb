import { afterAll, beforeAll, expect, it } from 'vitest';
import { isAlive } from '../support/alive.ts';
import { describeWith } from '../support/require.ts';
import { createGoldenBench, type GoldenBench, type GoldenJob } from './bench.ts';

/**
 * What a job can see, as the official runner was recorded to do it, over real rooms from the API to the shell. Where a
 * row differs from the recordings it says so.
 */
describeWith(['bash', 'git', 'posix'], 'a job on the shell executor', () => {
  let bench: GoldenBench;
  beforeAll(async () => {
    bench = await createGoldenBench();
  });
  afterAll(() => bench.close());

  const title = 'Executing "step_script" stage of the job script\n';
  it.each<{ why: string; job: GoldenJob; output: string; result?: object }>([
    { why: 'a command is echoed before its output', job: { script: ['echo hello'] }, output: '$ echo hello\nhello\n' },
    {
      why: 'an exit code ends the job with it',
      job: { script: ['echo before', 'exit 3', 'echo never'] },
      output: '$ echo before\nbefore\n$ exit 3\n',
      result: { failureReason: 'script_failure', exitCode: 3, message: 'Job failed: exit status 3' },
    },
    {
      why: 'a command that is not there gives 127 (17.2: 1)',
      job: { script: ['no-such-command-xyz'] },
      output: expect.stringMatching(
        /^\$ no-such-command-xyz\nbash: line \d+: no-such-command-xyz: command not found\n$/,
      ),
      result: { exitCode: 127 },
    },
    {
      why: 'an item of several lines is shown by its first',
      job: { script: ['echo one\necho two', 'echo "last"'] },
      output: '$ echo one # collapsed multi-line command\none\ntwo\n$ echo "last"\nlast\n',
    },
    {
      why: 'items share one shell',
      job: { script: ['cd /', 'X=5', 'echo $PWD $X'] },
      output: '$ cd /\n$ X=5\n$ echo $PWD $X\n/ 5\n',
    },
    {
      why: 'a failure anywhere in a pipe counts',
      job: { script: ['false | true', 'echo unreachable'] },
      output: '$ false | true\n',
      result: { exitCode: 1 },
    },
    { why: 'an unset variable is empty', job: { script: ['echo "[$NOT_SET]"'] }, output: '$ echo "[$NOT_SET]"\n[]\n' },
    {
      why: 'a script that sends TERM to its shell runs to its end and has failed',
      job: { script: ['kill $$', 'echo after'] },
      output: '$ kill $$\n$ echo after\nafter\n',
      result: { failureReason: 'script_failure', exitCode: 1 },
    },
    { why: 'stdin is empty', job: { script: ['cat; echo done'] }, output: '$ cat; echo done\ndone\n' },
    {
      why: 'stdout is a pipe, no terminal and no socket',
      job: { script: ['[ -t 1 ] || echo no; echo x > /dev/stdout; readlink /proc/self/fd/1 | cut -c1-4'] },
      output: expect.stringMatching(/\nno\nx\n(pipe|\/)/),
    },
    {
      why: 'an empty item is an empty line, a comment is only shown',
      job: { script: ['', '# comment', 'echo x'] },
      output: '\n$ # comment\n$ echo x\nx\n',
    },
    {
      why: 'variables are expanded once, with the rules of Go',
      job: {
        variables: [
          { key: 'A', value: 'a' },
          { key: 'B', value: '${A}b' },
          { key: 'C', value: '$B-c' },
          { key: 'D', value: '$$A' },
          { key: 'E', value: '$A', raw: true },
          { key: 'F', value: '%A%' },
          { key: 'G', value: '$UNDEFINED_VAR-x' },
        ],
        script: ['printf "%s|" "$A" "$B" "$C" "$D" "$E" "$F" "$G"'],
      },
      output: '$ printf "%s|" "$A" "$B" "$C" "$D" "$E" "$F" "$G"\na|ab|${A}b-c|$A|$A|%A%|-x|',
    },
    {
      why: 'values may hold anything',
      job: {
        variables: [{ key: 'Q', value: `it's "q" \\ \`tick\` $(echo no) é 漢 🚀\nnext`, raw: true }],
        script: ['printf "%s\\n" "$Q"'],
      },
      output: `$ printf "%s\\n" "$Q"\nit's "q" \\ \`tick\` $(echo no) é 漢 🚀\nnext\n`,
    },
    {
      why: 'masked values do not show, also when they are written in two parts',
      job: {
        variables: [{ key: 'SECRET', value: 'hunter2-very-secret', masked: true }],
        script: ['echo "[$SECRET]"', 'printf hunter2-; sleep 0.05; printf "very-secret\\n"'],
      },
      output: '$ echo "[$SECRET]"\n[[MASKED]]\n$ printf hunter2-; sleep 0.05; printf "very-secret\\n"\n[MASKED]\n',
    },
    {
      why: 'bytes that are no UTF-8 are replaced one by one',
      job: { script: ['printf "\\377\\376abc\\300\\n"'] },
      output: '$ printf "\\377\\376abc\\300\\n"\n\uFFFD\uFFFDabc\uFFFD\n',
    },
    {
      why: 'carriage returns stay',
      job: { script: ['printf "1%%\\r2%%\\r\\n"'] },
      output: '$ printf "1%%\\r2%%\\r\\n"\n1%\r2%\r\n',
    },
    {
      why: 'hooks of the config stand around the script, in its shell',
      job: { runner: { pre_build_script: 'Z=9', post_build_script: 'echo post' }, script: ['echo $Z'] },
      output: '$ Z=9\n$ echo $Z\n9\n$ echo post\npost\n',
    },
    {
      why: 'the profile shapes PATH, variables and functions, and its words are shown',
      job: {
        profile: 'echo welcome; export FROM_PROFILE=1; PATH=$HOME/bin:$PATH; tool() { echo "tool $1"; }',
        script: ['echo $FROM_PROFILE ${PATH%%:*}', 'tool run'],
      },
      output: expect.stringMatching(/^\$ echo .*\n1 \{WS\}\/home-\d+\/bin\n\$ tool run\ntool run\n$/),
    },
    {
      why: 'a job sees little of the runner’s own environment (the official one: all)',
      job: { env: { GITHUB_TOKEN: 'x', LC_TIME: 'C' }, script: ['echo "[$GITHUB_TOKEN][$LC_TIME][$TERM]"'] },
      output: '$ echo "[$GITHUB_TOKEN][$LC_TIME][$TERM]"\n[][C][xterm]\n',
    },
  ])('$why', async ({ job, output, result }) => {
    const { sections, outcome, given } = await bench.run(job);
    const text = sections['step_script']?.replace('welcome\n', '');
    expect(text?.startsWith(title)).toBe(true);
    expect(text?.slice(title.length)).toEqual(output);
    expect(outcome).toMatchObject({ delivery: 'reported', ...(result ?? { state: 'success' }) });
    expect(given.checksumFits).toBe(true);
  });

  it('has the sections of a plain job and no others', async () => {
    const { names } = await bench.run({});
    expect(names).toEqual(['prepare_executor', 'prepare_script', 'get_sources', 'step_script']);
  });

  it('writes file variables for their owner, gives their path, and takes them away', async () => {
    const { sections, names } = await bench.run({
      variables: [{ key: 'KUBE', value: 'k1\nk2', file: true }],
      script: ['cat "$KUBE"; echo; echo "$KUBE"', 'touch "$KUBE.seen"'],
      after: ['ls -l "$KUBE" | cut -c1-10'],
    });
    expect(sections['step_script']).toContain('k1\nk2\n{WS}/builds/testtoken/0/project-5.tmp/KUBE\n');
    expect(sections['after_script']).toContain('-rw-------\n');
    expect(names).toContain('cleanup_file_variables');
    const later = await bench.run({ script: ['ls "$CI_PROJECT_DIR.tmp"'] });
    expect(later.sections['step_script']).not.toMatch(/^KUBE$/m);
  });

  it('hands what a step writes to GITLAB_ENV to the next ones', async () => {
    const { sections } = await bench.run({
      script: ['printf "A=x y\\n\\nB=last" >> "$GITLAB_ENV"'],
      after: ['echo "[$A][$B]"'],
    });
    expect(sections['after_script']).toContain('[x y][last]\n');
  });

  it('fetches and cleans: what a job left is gone in the next one', async () => {
    const variables = [{ key: 'GIT_STRATEGY', value: 'fetch' }];
    const first = await bench.run({ variables, script: ['ls -A', 'echo junk > junk.txt; echo x > a.log'] });
    expect(first.sections['get_sources']).toMatch(
      /^Getting source from Git repository\nFetching changes with git depth set to 20\.\.\.\nInitialized empty Git repository in \{WS\}.*\nCreated fresh repository\.\nChecking out [0-9a-f]{8} as detached HEAD \(ref is main\)\.\.\.\n/,
    );
    expect(first.sections['step_script']).toContain('.git\n.gitignore\nREADME.md\nsrc\n');
    const second = await bench.run({ variables, script: ['ls', 'cat README.md', 'git status --short'] });
    expect(second.sections['get_sources']).toContain('Removing a.log\nRemoving junk.txt\n');
    expect(second.sections['step_script']).toContain(
      'README.md\nsrc\n$ cat README.md\nhello\nsecond\n$ git status --short\n',
    );
  });

  it('uploads artifacts', async () => {
    const { given, sections } = await bench.run({
      script: ['mkdir -p out; echo 1 > out/keep.txt'],
      payload: {
        artifacts: [{ name: 'bundle', paths: ['out/'], artifact_type: 'archive', artifact_format: 'zip' }],
      },
    });
    expect(given.artifacts.map(({ filename }) => filename)).toEqual(['bundle.zip']);
    expect(sections['upload_artifacts_on_success']).toMatch(
      /^Uploading artifacts for successful job\nUploading artifacts\.\.\.\nRuntime platform .*\nout\/: found 2 matching artifact files and directories/,
    );
  });

  it('archives untracked files by what git says', async () => {
    const { given, sections } = await bench.run({
      profile: 'echo welcome',
      variables: [{ key: 'GIT_STRATEGY', value: 'fetch' }],
      script: ['echo 1 > new.txt; echo 2 > ignored.log', '(while sleep 0.01; do echo noise; done) &'],
      payload: { artifacts: [{ untracked: true, artifact_type: 'archive', artifact_format: 'zip' }] },
    });
    expect(sections['upload_artifacts_on_success']).toContain('untracked: found 2 files');
    expect(given.artifacts).toHaveLength(1);
  });

  it('does not wait for a process in the background (17.2: a minute), and ends it', async () => {
    const started = performance.now();
    const { sections } = await bench.run({ script: ['(sleep 60; echo ghost) & echo $!'] });
    expect(performance.now() - started).toBeLessThan(5000);
    const pid = Number(/\n(\d+)\n/.exec(sections['step_script'] ?? '')?.[1]);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('a cancel stops the script and lets after_script run', async () => {
    const { sections, outcome, names } = await bench.run({
      script: ['echo start', 'sleep 40', 'echo never'],
      after: ['echo after $CI_JOB_STATUS'],
      onPrinted: { text: '$ sleep 40', act: (_, given) => void (given.status = 'canceling') },
    });
    expect(outcome).toMatchObject({ failureReason: 'job_canceled', message: 'Job failed: canceled' });
    expect(sections['step_script']).not.toContain('never');
    expect(sections['after_script']).toContain('after canceled\n');
    expect(sections['']).toContain('WARNING: script canceled externally (UI, API)\n');
    expect(names.at(-1)).toBe('after_script');
  });

  it('a timeout ends the job with all that it started', async () => {
    const { outcome, sections } = await bench.run({
      script: ['echo start', 'sleep 40'],
      after: ['echo never'],
      payload: { runner_info: { timeout: 1 } },
    });
    expect(outcome.failureReason).toBe('job_execution_timeout');
    expect(sections['']).toContain('ERROR: Job failed: execution took longer than 1s seconds\n');
    expect(sections['after_script']).toBeUndefined();
  });

  it('a script timeout leaves time for after_script', async () => {
    const { sections, outcome } = await bench.run({
      variables: [{ key: 'RUNNER_SCRIPT_TIMEOUT', value: '300ms' }],
      script: ['sleep 30'],
      after: ['echo after $CI_JOB_STATUS'],
    });
    expect(sections['after_script']).toContain('after timedout\n');
    expect(outcome.message).toBe('Job failed: script timeout: context deadline exceeded');
  });

  it('a profile that ends the shell fails the job with the official sentence', async () => {
    const { sections, outcome } = await bench.run({ profile: 'exit 7' });
    expect(outcome).toMatchObject({ exitCode: 7, failureReason: 'script_failure' });
    expect(sections['']).toContain('prepare environment: exit status 7. Check https://docs.gitlab.com/runner/shells/');
  });

  it('a variable with an odd name fails the job with a sentence', async () => {
    const { sections, outcome } = await bench.run({ variables: [{ key: 'A B', value: 'x' }] });
    expect(outcome.state).toBe('failed');
    expect(sections['get_sources']).toContain('"A B"');
  });

  it('a traced script shows no masked value, however it is quoted', async () => {
    const secrets = ["it's-a-secret", 'two\nlines', 'tab\tand \\ slash'];
    const { raw, sections, outcome } = await bench.run({
      variables: [
        { key: 'CI_DEBUG_TRACE', value: 'true' },
        ...secrets.map((value, index) => ({ key: `S${index}`, value, masked: true, raw: true })),
      ],
      script: ['printf "%s\n" "$S0" "$S1" "$S2"'],
    });
    expect(outcome.state).toBe('success');
    expect(sections['step_script']).toMatch(/^\+\+ S0=.*\[MASKED\]/m);
    for (const piece of ['a-secret', 'two', 'lines', 'slash']) expect(raw).not.toContain(piece);
  });

  it('gives every line its time and stream', async () => {
    const { raw } = await bench.run({
      variables: [{ key: 'FF_TIMESTAMPS', value: 'true' }],
      script: ['echo one', 'echo two >&2'],
    });
    expect(raw).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z 00O \x1b\[0KRunning with /);
    expect(raw).toMatch(/Z 00O\+section_start:\d+:step_script\r\x1b\[0K\n.*Z 00O\+\x1b\[0K\x1b\[36;1mExecuting/);
    expect(raw).toMatch(/Z 01O one\n/);
    expect(raw).toMatch(/Z 01E two\n/);
    expect(raw).toMatch(/Z 00O \x1b\[32;1mJob succeeded\x1b\[0;m\n$/);
  });

  it('cuts the log at its limit and lets the job go on', async () => {
    const { raw, outcome } = await bench.run({ runner: { output_limit: 1 }, script: ['seq 1 2000'] });
    expect(raw).toContain("Job's log exceeded limit of 1024 bytes.\nJob execution will continue but no more output");
    expect(raw).not.toContain('Job succeeded');
    expect(outcome.state).toBe('success');
  });
});
