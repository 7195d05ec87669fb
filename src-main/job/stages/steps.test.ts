import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { renderStage } from './index.ts';
import { type Bench, createBench, type JobSpec } from './testing/job.ts';

describeWith(['posix', 'bash'], 'user steps', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = createBench();
    mkdirSync(bench.directories.project, { recursive: true });
  });
  afterEach(() => bench.close());
  const script = (lines: string[], more: JobSpec = {}): JobSpec => ({
    ...more,
    payload: { ...more.payload, steps: [{ name: 'script', script: lines }] },
  });

  describe('echo of commands', () => {
    it.each([
      { why: 'a line is printed before it runs', lines: ['echo hi'], log: '$ echo hi\nhi\n' },
      {
        why: 'nothing in it is expanded by the echo',
        lines: ['echo "$((1+1))" \'x\''],
        log: `$ echo "$((1+1))" 'x'\n2 x\n`,
      },
      {
        why: 'of several lines the first stands for all',
        lines: ['echo a\necho b'],
        log: '$ echo a # collapsed multi-line command\na\nb\n',
      },
      { why: 'an empty item is an empty line', lines: ['', 'echo x'], log: '\n$ echo x\nx\n' },
      { why: 'blanks at both ends are cut', lines: ['  echo a  \n'], log: '$ echo a\na\n' },
      { why: 'a comment is a command that does nothing', lines: ['# hello'], log: '$ # hello\n' },
    ])('$why', async ({ lines, log }) => {
      expect(await bench.run('step', script(lines))).toMatchObject({ code: 0, log });
    });

    const sections = { payload: { features: { trace_sections: true } }, variables: { FF_SCRIPT_SECTIONS: 'true' } };
    it('FF_SCRIPT_SECTIONS folds a command of several lines, before its output', async () => {
      const ran = await bench.run('step', script(['echo 0', 'echo a\necho b'], sections));
      expect(ran.raw.replace(/:\d{10}:/g, ':T:')).toBe(
        '\x1b[32;1m$ echo 0\x1b[0;m\n0\nsection_start:T:section_script_step_1[hide_duration=true,collapsed=true]\r\x1b[0K\x1b[32;1m$ echo a\necho b\x1b[0;m\nsection_end:T:section_script_step_1\r\x1b[0K\na\nb\n',
      );
    });
    it('without sections of the server the flag changes nothing', async () => {
      const ran = await bench.run('step', script(['echo a\necho b'], { variables: sections.variables }));
      expect(ran.log).toBe('$ echo a # collapsed multi-line command\na\nb\n');
    });
  });

  describe('around the script', () => {
    const hooks = { runner: { pre_build_script: 'export Z=9', post_build_script: 'echo post $Z' } };
    it('the build hooks share its shell', async () => {
      expect((await bench.run('step', script(['echo $Z'], hooks))).log).toBe(
        '$ export Z=9\n$ echo $Z\n9\n$ echo post $Z\npost 9\n',
      );
    });
    it('a script that fails skips the hook at its end', async () => {
      const ran = await bench.run('step', script(['exit 3'], hooks));
      expect(ran).toMatchObject({ code: 3, log: '$ export Z=9\n$ exit 3\n' });
    });
    it('it starts in the project', async () => {
      expect((await bench.run('step', script(['pwd']))).log).toBe(`$ pwd\n${bench.directories.project}\n`);
    });
    it('a project that is not there is a failure', async () => {
      const ran = await bench.run('step', { ...script(['echo no']), traits: {} });
      expect(ran.code).toBe(0);
      bench.close();
      mkdirSync(bench.root);
      expect(await bench.run('step', script(['echo no']))).toMatchObject({
        code: 1,
        log: expect.stringContaining('No such file'),
      });
    });
    it('only the release step is expanded by the runner', async () => {
      const steps = [
        { name: 'script', script: ["echo '$A'"] },
        { name: 'release', script: ["echo '$A'"] },
      ];
      const job = { payload: { steps }, variables: { A: 'x' } };
      expect((await bench.run({ name: 'step', index: 0 }, job)).log).toBe("$ echo '$A'\n$A\n");
      expect((await bench.run({ name: 'step', index: 1 }, job)).log).toBe("$ echo 'x'\nx\n");
    });
    it('a step that is not there is nothing to do', () => {
      expect(renderStage({ name: 'step', index: 5 }, bench.context(script([])))).toBeUndefined();
    });
  });

  describe('environment', () => {
    it('variables, file variables and what GITLAB_ENV carries', async () => {
      const job = script(['echo "$A|$(cat $F)|$F"; echo B=2 >> $GITLAB_ENV; printf C=3 >> $GITLAB_ENV'], {
        variables: { A: 'a b', F: { file: 'k1\nk2' } },
      });
      const file = join(bench.directories.temporary, 'F');
      expect((await bench.run('step', job)).log).toContain(`\na b|k1\nk2|${file}\n`);
      const after = { ...job, payload: { steps: [{ name: 'after_script', script: ['echo $B$C'] }] } };
      expect((await bench.run('after_script', after)).log).toBe('Running after script...\n$ echo $B$C\n23\n');
    });
    it('edits of a file variable do not survive', async () => {
      const job = script(['cat $F; echo; chmod 400 $F; rm -f $F; ln -s /etc/hostname $F'], {
        variables: { F: { file: 'first' } },
      });
      await bench.run('step', job);
      expect((await bench.run('step', job)).log).toContain('\nfirst\n');
    });
    it('an odd name fails the stage with a sentence', async () => {
      const ran = await bench.run('step', script(['echo no'], { variables: { 'A B': 'x' } }));
      expect(ran).toMatchObject({ code: 1, log: expect.stringContaining('"A B" cannot be exported') });
    });
    it('CI_DEBUG_TRACE shows the commands unless the runner forbids it', async () => {
      const job = script(['echo hi'], { variables: { CI_DEBUG_TRACE: 'true' } });
      expect((await bench.run('step', job)).log).toContain('+ echo hi');
      expect((await bench.run('step', { ...job, runner: { debug_trace_disabled: true } })).log).not.toContain(
        '+ echo hi',
      );
    });
  });

  describe('after_script', () => {
    const afterwards = (lines: string[]): JobSpec => ({
      payload: {
        steps: [
          { name: 'script', script: ['true'] },
          { name: 'after_script', script: lines },
        ],
      },
      runner: { pre_build_script: 'echo pre' },
      variables: { CI_JOB_STATUS: 'failed' },
    });
    it('is a shell of its own without the build hooks', async () => {
      expect((await bench.run('after_script', afterwards(['echo $CI_JOB_STATUS']))).log).toBe(
        'Running after script...\n$ echo $CI_JOB_STATUS\nfailed\n',
      );
    });
    it('fails with the code of its command', async () => {
      expect((await bench.run('after_script', afterwards(['exit 5', 'echo no']))).code).toBe(5);
    });
    it.each([{ why: 'no lines', lines: [] }])('has nothing to do: $why', ({ lines }) => {
      expect(renderStage({ name: 'after_script' }, bench.context(afterwards(lines)))).toBeUndefined();
      expect(renderStage({ name: 'after_script' }, bench.context(script(['x'])))).toBeUndefined();
    });
  });

  describe('prepare_script', () => {
    it.each([
      { why: 'the name that the environment knows', spec: { hostname: 'box' }, log: /^Running on box\.\.\.\n$/ },
      { why: 'the machine is asked', spec: {}, log: /^Running on \S+\.\.\.\n$/ },
      {
        why: 'executors elsewhere name the runner too',
        spec: { hostname: 'box', traits: { showsHost: true } },
        log: /^Running on box via \S+\.\.\.\n$/,
      },
    ])('says where the job runs: $why', async ({ spec, log }) => {
      expect((await bench.run('prepare_script', spec)).log).toMatch(log);
    });
    it('clears what an earlier job wrote for its stages', async () => {
      mkdirSync(bench.directories.temporary, { recursive: true });
      for (const name of ['gitlab_runner_env', 'masking.db', 'other'])
        writeFileSync(join(bench.directories.temporary, name), 'A=1');
      await bench.run('prepare_script', {});
      expect(
        ['gitlab_runner_env', 'masking.db', 'other'].map((name) => existsSync(join(bench.directories.temporary, name))),
      ).toEqual([false, false, true]);
      expect(readFileSync(join(bench.directories.temporary, 'other'), 'utf8')).toBe('A=1');
    });
  });
});
