import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { runScript } from '../testing/run.ts';
import type { ScriptWriter, ShellOptions } from '../types.ts';
import { createPosixWriter } from './writer.ts';

const plainOptions: ShellOptions = { posixEscapes: false, exitCodeCheck: false, legacyEval: false };
const root = mkdtempSync(join(tmpdir(), 'harrier-posix-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = '';
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
});

const shells = [
  { tool: 'bash', program: ['bash'], name: 'bash' },
  { tool: 'dash', program: ['dash'], name: 'sh' },
  { tool: 'busybox', program: ['busybox', 'sh'], name: 'sh' },
] as const;
const userLines = (lines: readonly string[]) => (writer: ScriptWriter) => {
  for (const line of lines) writer.line(line);
};
const green = (text: string) => `\x1b[32;1m${text}\x1b[0;m`;

for (const { tool, program, name } of shells)
  describeWith(tool, `scripts in ${program.join(' ')}`, () => {
    const run = (write: (writer: ScriptWriter) => void, options: Partial<ShellOptions> = {}) => {
      const writer = createPosixWriter(name, { ...plainOptions, ...options });
      write(writer);
      return runScript(program, writer.finish(), {
        cwd: folder,
        env: { HOME: folder },
      });
    };

    describe('exit codes', () => {
      it.each([
        { why: 'a script that ends well ends with 0', lines: ['true'], code: 0, stdout: '' },
        {
          why: 'the code of the failing command is the code of the script',
          lines: ['sh -c "exit 7"', 'echo no'],
          code: 7,
          stdout: '',
        },
        { why: 'an explicit exit keeps its code', lines: ['exit 3', 'echo no'], code: 3, stdout: '' },
        {
          why: 'a command that is not there is 127',
          lines: ['no-such-command-here', 'echo no'],
          code: 127,
          stdout: '',
        },
        { why: 'set +e of the user counts', lines: ['set +e', 'false', 'echo yes'], code: 0, stdout: 'yes\n' },
        { why: 'the lines share one shell', lines: ['A=1; cd /', 'echo $A; pwd'], code: 0, stdout: '1\n/\n' },
        { why: 'stdin is empty', lines: ['cat; echo done'], code: 0, stdout: 'done\n' },
        { why: 'an unset variable is empty, nounset is off', lines: ['echo "<$NOT_SET>"'], code: 0, stdout: '<>\n' },
        {
          why: 'a here-document of several lines',
          lines: ['cat <<X\na $((1+1))\nX', 'echo b'],
          code: 0,
          stdout: 'a 2\nb\n',
        },
        { why: 'exit 0 in the middle ends it well', lines: ['echo a; exit 0', 'echo no'], code: 0, stdout: 'a\n' },
        {
          why: 'an exit trap of the user runs',
          lines: ['trap "echo bye" EXIT', 'echo hi'],
          code: 0,
          stdout: 'hi\nbye\n',
        },
      ])('$why', async ({ lines, code, stdout }) => {
        const ran = await run(userLines(lines));
        expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout });
      });

      it('a failing part of a pipe fails it, where the shell can', async () => {
        const ran = await run((w) => w.line('false | true'));
        const can = tool !== 'dash' || (await runScript(program, 'set -o pipefail', { cwd: folder })).code === 0;
        expect(ran.code).toBe(can ? 1 : 0);
      });

      it('FF_ENABLE_BASH_EXIT_CODE_CHECK ends the script although the user turned errexit off', async () => {
        const ran = await run(userLines(['set +e', '(exit 5)', 'echo no']), {
          exitCodeCheck: true,
        });
        expect(ran).toMatchObject({ code: 5, stdout: '' });
      });

      it('FF_USE_LEGACY_BASH_EVAL runs the same lines', async () => {
        const ran = await run(userLines(['cat; echo a', 'exit 4']), { legacyEval: true });
        expect(ran).toMatchObject({ code: 4, stdout: 'a\n' });
      });

      it('keepExit remembers what led to `otherwise`', async () => {
        const ran = await run((w) =>
          w.ifCommandOutput(
            'sh',
            ['-c', 'exit 9'],
            () => w.print('no'),
            () => {
              w.keepExit();
              w.tryCommand('true');
              w.exitKept();
            },
          ),
        );
        expect(ran).toMatchObject({ code: 9, stdout: '' });
      });
    });

    describe('text', () => {
      it('every value arrives byte for byte', async () => {
        const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((value) => !value.includes('\0'));
        const special = fc.constantFrom(
          "'",
          '"',
          '\\',
          '$(id)',
          '`id`',
          '\n',
          '\r\n',
          '\t',
          '$',
          '!',
          '*',
          '~',
          '#',
          '\x01',
          'é😀',
        );
        const value = fc.array(fc.oneof(text, special), { maxLength: 6 }).map((parts) => parts.join(''));
        await fc.assert(
          fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 20 }), async (values) => {
            const ran = await run((w) => {
              for (const [index, item] of values.entries()) w.variable(`V${index}`, item);
              w.line(`printf '%s|' ${values.map((_, index) => `"$V${index}"`).join(' ')}`);
            });
            expect(ran.stdout).toBe(`${values.join('|')}|`);
          }),
          { numRuns: 25 },
        );
      });

      it('a name that cannot be exported ends the script with a sentence', async () => {
        const ran = await run((w) => {
          w.variable('A-B;id', 'x');
          w.print('no');
        });
        expect(ran.code).toBe(1);
        expect(ran.stdout).toBe(
          'The variable name "A-B;id" cannot be exported: use letters, digits and underscores only.\n',
        );
      });

      it('notices, warnings, plain lines and the host line', async () => {
        const ran = await run((w) => {
          w.notice("$ it's $HOME `id` \\ %s");
          w.warning('careful');
          w.plain('plain');
          w.print('text');
          w.emptyLine();
        });
        expect(ran.stdout).toBe(
          `${green("$ it's $HOME `id` \\ %s")}\n\x1b[0;33mcareful\x1b[0;m\n\x1b[0;mplain\ntext\n\n`,
        );
      });

      it('the host line names the machine', async () => {
        const ran = await run((w) => w.hostLine('Running on ', ' via box'));
        expect(ran.stdout).toMatch(/^Running on \S+ via box\.\.\.\n$/);
      });

      it('a section holds its header only', async () => {
        const ran = await run((w) => {
          w.sectionStart('script_step_0', '$ a\nb');
          w.sectionEnd('script_step_0');
        });
        expect(ran.stdout.replace(/:\d{10}:/g, ':T:')).toBe(
          `section_start:T:section_script_step_0[hide_duration=true,collapsed=true]\r\x1b[0K${green('$ a\nb')}\nsection_end:T:section_script_step_0\r\x1b[0K\n`,
        );
      });
    });

    describe('GITLAB_ENV', () => {
      it.each([
        { why: 'values are taken literally', file: 'A="x y"\nB=$HOME\n', stdout: '"x y"|$HOME|' },
        { why: 'the last line needs no newline', file: 'A=1\nB=2', stdout: '1|2|' },
        { why: 'empty lines are passed over', file: '\nA=1\n\n\nB=a=b\n', stdout: '1|a=b|' },
        { why: 'blanks at both ends are cut', file: '  A=1  \n', stdout: '1||' },
        { why: 'a missing file is made', file: undefined, stdout: '||' },
      ])('$why', async ({ file, stdout }) => {
        if (file !== undefined) writeFileSync(join(folder, 'env'), file);
        const ran = await run((w) => {
          w.sourceEnvironmentFile(join(folder, 'env'));
          w.line('printf "%s|" "$A" "$B"; set | grep _harrier_ || :');
        });
        expect(ran).toMatchObject({ code: 0, stdout });
        expect(existsSync(join(folder, 'env'))).toBe(true);
      });
    });

    describe('files', () => {
      const mode = (path: string) => statSync(join(folder, path)).mode & 0o777;
      it('relative paths count from the start, whatever cd came between', async () => {
        const ran = await run((w) => {
          w.line('cd /');
          w.fileVariable('KEY', 'k1\nk2', 'a b/KEY');
          w.changeDirectory('a b');
          w.line('cat KEY; echo; echo "$KEY"; pwd');
        });
        expect(ran.stdout).toBe(`k1\nk2\n${folder}/a b/KEY\n${folder}/a b\n`);
      });

      it('a private file is readable by its owner only, also when an open one stood there', async () => {
        writeFileSync(join(folder, 'open'), 'old', { mode: 0o644 });
        await run((w) => {
          w.writeFile(`${folder}/open`, ['a', { path: 'x', prefix: '=' }], { private: true });
          w.writeFiles([{ path: `${folder}/many`, content: 's' }], { private: true });
          w.makeDirectory(`${folder}/d/e`, { private: true });
        });
        expect([mode('open'), mode('many'), mode('d/e')]).toEqual([0o600, 0o600, 0o700]);
        expect(readFileSync(join(folder, 'open'), 'utf8')).toBe(`a=${folder}/x`);
      });

      it('links are replaced, never followed', async () => {
        mkdirSync(join(folder, 'precious'));
        writeFileSync(join(folder, 'precious/file'), 'keep');
        for (const name of ['dir1', 'dir2', 'dir3']) symlinkSync(join(folder, 'precious'), join(folder, name));
        for (const name of ['file1', 'file2']) symlinkSync(join(folder, 'precious/file'), join(folder, name));
        const ran = await run((w) => {
          w.removeLink(`${folder}/dir1`);
          w.removeLink(`${folder}/precious`);
          w.removeDirectory(`${folder}/dir2`);
          w.removeAll([`${folder}/dir3`, `${folder}/missing`]);
          w.writeFile(`${folder}/file1`, 'new');
          w.writeFiles([{ path: `${folder}/file2`, content: 'new' }]);
        });
        expect(ran).toMatchObject({ code: 0, stdout: '', stderr: '' });
        expect(readFileSync(join(folder, 'precious/file'), 'utf8')).toBe('keep');
        expect(['dir1', 'dir2', 'dir3'].map((link) => existsSync(join(folder, link)))).toEqual([false, false, false]);
        expect(readFileSync(join(folder, 'file2'), 'utf8')).toBe('new');
      });

      it('a file variable that the script made read-only is written anew', async () => {
        writeFileSync(join(folder, 'KEY'), 'edited', { mode: 0o400 });
        const ran = await run((w) => w.writeFiles([{ path: `${folder}/KEY`, content: 'new' }], { private: true }));
        expect(ran.code).toBe(0);
        expect(readFileSync(join(folder, 'KEY'), 'utf8')).toBe('new');
      });

      it('removes files by name at any depth', async () => {
        mkdirSync(join(folder, 'refs/heads/a'), { recursive: true });
        for (const name of ['refs/x.lock', 'refs/heads/a/y.lock', 'refs/heads/a/keep', 'refs/index'])
          writeFileSync(join(folder, name), '');
        await run((w) => w.removeFilesNamed(`${folder}/refs`, ['*.lock', 'index']));
        expect(
          ['refs/x.lock', 'refs/heads/a/y.lock', 'refs/heads/a/keep', 'refs/index'].map((name) =>
            existsSync(join(folder, name)),
          ),
        ).toEqual([false, false, true, false]);
      });

      it.each([
        { why: 'all pieces are there', pieces: ['b "x"\n', ['\tc', ' = ', { path: '/d' }]], found: true },
        { why: 'one is not', pieces: ['b "x"\n', 'z'], found: false },
        { why: 'pieces are no patterns', pieces: ['*'], found: false },
        { why: 'the last line needs no newline', pieces: ['end'], found: true },
      ])('looks into a file: $why', async ({ pieces, found }) => {
        writeFileSync(join(folder, 'config'), 'a\nb "x"\n\tc = /d\nend');
        const ran = await run((w) =>
          w.ifFileHas(
            `${folder}/config`,
            pieces,
            () => w.print('yes'),
            () => w.print('no'),
          ),
        );
        expect(ran.stdout).toBe(found ? 'yes\n' : 'no\n');
      });
    });

    it('branches', async () => {
      const ran = await run((w) => {
        const say = (label: string) => [() => w.print(`${label} yes`), () => w.print(`${label} no`)] as const;
        w.ifCommand('echo', ['hidden'], ...say('command'));
        w.ifCommandOutput('echo', ['shown'], ...say('output'));
        w.ifOutput('printf', ['x'], ...say('prints'));
        w.ifOutput('sh', ['-c', 'exit 1'], ...say('prints nothing'));
        w.ifFile(folder, ...say('file'));
        w.ifDirectory('/nowhere', ...say('folder'));
        w.ifFlag('a', ...say('flag'));
        w.setFlag('a');
        w.ifFlag('a', ...say('flag'));
        w.ifGitVersion(2, 1, ...say('old git'));
        w.ifGitVersion(99, 0, ...say('new git'));
        w.ifGitExtension('no-such-extension', ...say('extension'));
        w.ifFileHas(
          '/nowhere',
          ['a'],
          () => {},
          () => w.print('missing file no'),
        );
      });
      expect(ran.stderr).toBe('');
      expect(ran.stdout.split('\n')).toEqual([
        'command yes',
        'shown',
        'output yes',
        'prints yes',
        'prints nothing no',
        'file yes',
        'folder no',
        'flag no',
        'flag yes',
        'old git yes',
        'new git no',
        'extension no',
        'missing file no',
        '',
      ]);
    });

    it('passes stdin and environment to a single command', async () => {
      const ran = await run((w) => {
        w.commandWith({ A: "it's" }, 'sh', '-c', 'echo "$A"');
        w.tryCommandWithInput('secret\n', 'sh', '-c', `cat > "${folder}/got"`);
        w.tryCommand('sh', '-c', 'echo hidden; exit 1');
        w.line('echo "<$A>"');
      });
      expect(ran).toMatchObject({ code: 0, stdout: "it's\n<>\n", stderr: '' });
      expect(readFileSync(join(folder, 'got'), 'utf8')).toBe('secret\n');
    });

    it.runIf(tool === 'bash')('a ~/.bash_logout that fails is no failure of a login shell', async () => {
      writeFileSync(join(folder, '.bash_logout'), 'echo bye; false\n');
      const writer = createPosixWriter(name, plainOptions);
      writer.line('echo hi');
      const ran = await runScript(['bash', '-l'], writer.finish(), { cwd: folder, env: { HOME: folder } });
      expect(ran).toMatchObject({ code: 0, stdout: 'hi\nbye\n' });
    });

    describe('CI_DEBUG_TRACE', () => {
      it.each([{ legacyEval: false }, { legacyEval: true }])(
        'shows variables, commands and lines, no machinery: %o',
        async (more) => {
          const ran = await run(
            (w) => {
              w.writeFiles([{ path: `${folder}/f`, content: 'SECRET' }], { private: true });
              w.variable('A', 'x');
              w.writeFile(`${folder}/g`, 'SECRET', { private: true });
              w.ifFileHas(
                `${folder}/g`,
                ['SECRET'],
                () => w.command('echo', 'inner'),
                () => w.removeFile('SECRET'),
              );
              w.notice('$ echo hi');
              w.line('echo hi');
            },
            { ...more, trace: true },
          );
          expect(ran.code).toBe(0);
          expect(ran.stdout).toBe(`inner\n${green('$ echo hi')}\nhi\n`);
          expect(ran.stderr).not.toContain('SECRET');
          for (const line of [/^\++ export '?A=x'?$/m, /^\++ echo inner$/m, /^\++ echo hi$/m])
            expect(ran.stderr).toMatch(line);
        },
      );

      it('looks as with the official runner, where the shell is bash', async () => {
        const ran = await run(
          (w) => {
            w.variable('URL', 'http://h/p?a=1');
            w.variable('SECRET', "it's");
            w.notice('$ echo hi');
            w.line('echo hi');
          },
          { trace: true },
        );
        expect(ran).toMatchObject({ code: 0, stdout: `${green('$ echo hi')}\nhi\n` });
        if (tool !== 'bash') return;
        const level = (text: string) => ran.stderr.split('\n').filter((line) => line.startsWith(text));
        expect(ran.stderr).toContain("+ eval 'export URL=$'\\''http://h/p?a=1'\\''\n");
        const words = level('+ ').map((line) => line.split(' ')[1]);
        // Both ends of the pipe `set -o | grep …` say what they are, whichever comes first.
        expect([...words.slice(0, 2).sort(), ...words.slice(2)]).toEqual([
          'grep',
          'set',
          'set',
          'set',
          'set',
          'trap',
          'eval',
          'exit',
        ]);
        expect(level('++ ')).toEqual([
          "++ export 'URL=http://h/p?a=1'",
          "++ URL='http://h/p?a=1'",
          "++ export 'SECRET=it'\\''s'",
          "++ SECRET='it'\\''s'",
          `++ echo '${green('$ echo hi')}'`,
          '++ echo hi',
        ]);
      });

      it('keeps exit codes', async () => {
        const ran = await run(
          (w) =>
            w.ifCommandOutput(
              'sh',
              ['-c', 'exit 9'],
              () => {},
              () => {
                w.keepExit();
                w.tryCommand('true');
                w.exitKept();
              },
            ),
          { trace: true },
        );
        expect(ran.code).toBe(9);
        expect((await run(userLines(['exit 4']), { trace: true })).code).toBe(4);
      });

      it('a script may turn it off', async () => {
        const ran = await run(
          (w) => {
            for (const line of ['set +x', 'echo quiet']) {
              w.notice(`$ ${line}`);
              w.line(line);
            }
          },
          { trace: true },
        );
        expect(ran.stderr).not.toContain('echo quiet');
      });
    });
  });
