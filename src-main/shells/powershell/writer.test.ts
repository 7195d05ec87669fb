import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Language, type Node, Parser } from 'web-tree-sitter';
import { describeWith } from '../../../test/support/require.ts';
import { runScript } from '../testing/run.ts';
import type { ScriptWriter, ShellOptions } from '../types.ts';
import { createPowerShell } from './shell.ts';

const plainOptions: ShellOptions = { posixEscapes: false, exitCodeCheck: false, legacyEval: false };
const shells = [
  { name: 'pwsh', platform: 'linux' },
  { name: 'pwsh', platform: 'win32' },
  { name: 'powershell', platform: 'win32' },
] as const;

const render = (
  write: (writer: ScriptWriter) => void,
  {
    name = 'pwsh',
    platform = 'linux',
    ...options
  }: Partial<ShellOptions> & { name?: 'pwsh' | 'powershell'; platform?: NodeJS.Platform } = {},
): string => {
  const writer = createPowerShell(name, platform).createWriter({ ...plainOptions, ...options });
  write(writer);
  return writer.finish();
};
/** The lines between the layout's head and its `Exit 0`. */
const body = (script: string): string[] => {
  const lines = script.split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith('$ErrorActionPreference'));
  return lines.slice(start + 1, lines.lastIndexOf('Exit 0'));
};
const check = 'if(!$?) { Exit &{if($LASTEXITCODE) {$LASTEXITCODE} else {1}} }';

/** Every method of the writer once, paths relative and absolute. */
const everything = (w: ScriptWriter): void => {
  const yes = () => w.print('yes');
  const no = () => w.print('no');
  w.variable('A', 'it\'s "$x" `y` ‘’‚‛“”„ \n\t\r\0 #');
  w.variable('HOME', 'x');
  w.variable('a-b', 'x');
  w.variable('bad}name', 'x');
  w.fileVariable('F', 'content', 'tmp/F');
  w.sourceEnvironmentFile('tmp/env');
  w.command('git', 'init', { path: 'a b' }, '--template', { path: '/c', prefix: 'x=' });
  w.commandWith({ K: 'v' }, 'git', 'status');
  w.tryCommand('git', 'x');
  w.tryCommandWithInput('url=x\n', 'git', 'credential', 'reject');
  w.ifCommand('git', ['x'], yes, no);
  w.ifCommandOutput('git', ['x'], yes, () => {
    w.keepExit();
    w.exitKept();
  });
  w.ifOutput('git', ['x'], yes, no);
  w.ifGitExtension('lfs', yes, no);
  w.ifGitVersion(2, 49, yes, no);
  w.ifFile('f', yes, no);
  w.ifDirectory('d', yes);
  w.ifFileHas('f', ['a"b', ['c', { path: 'd' }]], yes, no);
  w.setFlag('x');
  w.ifFlag('x', yes, no);
  w.changeDirectory('d');
  w.makeDirectory('d', { private: true });
  w.removeFile('f');
  w.removeDirectory('d');
  w.removeAll(['a', 'b']);
  w.removeLink('l');
  w.removeFilesNamed('d', ['*.lock', 'config']);
  w.writeFile('f', ['a\n', { path: 'p' }], { private: true });
  w.writeFiles([{ path: 'f', content: '' }]);
  w.line('if ($true) {\n  echo "x" }');
  w.sectionStart('s', '$ a\nb');
  w.sectionEnd('s');
  w.notice('n');
  w.warning('w');
  w.plain('p');
  w.print('t');
  w.hostLine('Running on ', ' via x');
  w.giveToOwnerOf('m', 'd');
  w.emptyLine();
  w.raw('# raw');
  w.exit(3);
};

describe('layout', () => {
  it.each([
    {
      why: 'pwsh with LF: shebang, one block, errors stop, a blank line ends the block on stdin',
      options: {},
      script: '#!/usr/bin/env pwsh\n\n& {\n\n$ErrorActionPreference = "Stop"\necho 1\n#C\nExit 0\n\n}\n\n',
    },
    {
      why: 'pwsh on Windows: CRLF, no shebang',
      options: { platform: 'win32' },
      script: '& {\r\n\r\n$ErrorActionPreference = "Stop"\r\necho 1\r\n#C\r\nExit 0\r\n\r\n}\r\n\r\n',
    },
    {
      why: 'Windows PowerShell: CRLF, errors go on',
      options: { name: 'powershell', platform: 'win32' },
      script: '& {\r\n\r\necho 1\r\n#C\r\nExit 0\r\n\r\n}\r\n\r\n',
    },
    {
      why: 'Windows PowerShell as a file: byte order mark, no block',
      options: { name: 'powershell', platform: 'win32', asFile: true },
      script: '\ufeffecho 1\r\n#C\r\nExit 0\r\n',
    },
    {
      why: 'CI_DEBUG_TRACE comes first',
      options: { trace: true },
      script:
        '#!/usr/bin/env pwsh\n\n& {\n\nSet-PSDebug -Trace 2\n$ErrorActionPreference = "Stop"\necho 1\n#C\nExit 0\n\n}\n\n',
    },
  ] as const)('$why', ({ options, script }) => {
    expect(render((w) => w.line('echo 1'), options)).toBe(script.replace('#C', check));
  });

  it('starts pwsh through a PowerShell that sets the encodings', () => {
    const command = createPowerShell('pwsh', 'linux').command({ login: true });
    expect(command.slice(0, -1)).toEqual(
      'pwsh -NoProfile -NoLogo -InputFormat text -OutputFormat text -NonInteractive -ExecutionPolicy Bypass -EncodedCommand'.split(
        ' ',
      ),
    );
    expect(Buffer.from(command.at(-1) ?? '', 'base64').toString('utf16le')).toBe(
      `$OutputEncoding = [console]::InputEncoding = [console]::OutputEncoding = New-Object System.Text.UTF8Encoding\r\npwsh -NoProfile -NonInteractive -Command -\r\n${check}\r\n`,
    );
  });

  it('starts Windows PowerShell with the script on stdin, both with a file', () => {
    expect(createPowerShell('powershell', 'win32').command({ login: false }).slice(-2)).toEqual(['-Command', '-']);
    expect(createPowerShell('pwsh', 'win32').fileCommand('C:\\x.ps1')).toEqual([
      'pwsh',
      '-NoProfile',
      '-NonInteractive',
      '-ExecutionPolicy',
      'Bypass',
      '-File',
      'C:\\x.ps1',
    ]);
  });
});

describe('lines', () => {
  it.each([
    {
      why: 'a variable is set for PowerShell and for programs',
      write: (w: ScriptWriter) => w.variable('KEY', 'v'),
      lines: ['${KEY}="v"', '${env:KEY}="v"'],
    },
    {
      why: 'what a string could not hold has a backtick, curly quotes too',
      write: (w: ScriptWriter) => w.variable('K', '`\x07\b\f\r\n\t\v#\'"$“”„‘’'),
      lines: [0, 1].map(
        (i) => `${i === 0 ? '${K}' : '${env:K}'}="\`\`\`a\`b\`f\`r\`n\`t\`v\`#\`'\`"\`$\`“\`”\`„\`‘\`’"`,
      ),
    },
    {
      why: 'a name that PowerShell keeps for itself goes to programs only',
      write: (w: ScriptWriter) => w.variable('Home', 'v'),
      lines: ['${env:Home}="v"'],
    },
    {
      why: 'after every line of the user the last status counts',
      write: (w: ScriptWriter) => w.line('cmd /c exit 4'),
      lines: ['cmd /c exit 4', check],
    },
    {
      why: 'the echo shows the line as it is',
      write: (w: ScriptWriter) => w.notice('$ echo "$A"'),
      lines: ['Write-Output "\x1b[32;1m`$ echo `"`$A`"\x1b[0;m"'],
    },
    {
      why: 'a section shows the command alone, with both dollar signs',
      write: (w: ScriptWriter) => w.sectionStart('s', '$ x'),
      lines: ['Write-Output "\x1b[32;1m`$ `$ x\x1b[0;m"'],
    },
    {
      why: 'a program gets its arguments as strings',
      write: (w: ScriptWriter) => w.command('git', 'clean', '-ffdx', { path: '/a b' }),
      lines: ['& "git" "clean" "-ffdx" "/a b"', check],
    },
  ])('$why', ({ write, lines }) => {
    expect(body(render(write))).toEqual(lines);
  });

  it.each([
    {
      why: 'Windows: backslashes in what people see',
      options: { name: 'powershell', platform: 'win32' },
      value: '"C:\\b\\p"',
    },
    { why: 'elsewhere: as it is', options: {}, value: '"C:/b/p"' },
    {
      why: 'FF_USE_POWERSHELL_PATH_RESOLVER keeps the slashes',
      options: { platform: 'win32', pathResolver: true },
      value: '"C:/b/p"',
    },
  ] as const)('paths on $why', ({ options, value }) => {
    const script = render((w) => w.fileVariable('F', '', 'C:/b/p', { write: false }), options);
    expect(script).toContain(`\${env:F}=${value}`);
  });

  it('a path for git has slashes on Windows too', () => {
    expect(render((w) => w.command('git', 'init', { path: 'C:\\b\\p' }), { platform: 'win32' })).toContain(
      '"init" "C:/b/p"',
    );
  });
});

describe('grammar', () => {
  let parser: Parser;
  beforeAll(async () => {
    await Parser.init();
    const grammar = createRequire(import.meta.url).resolve('tree-sitter-powershell/tree-sitter-powershell.wasm');
    parser = new Parser();
    parser.setLanguage(await Language.load(readFileSync(grammar)));
  });
  const problems = (script: string): string[] => {
    const found: string[] = [];
    const walk = (node: Node) => {
      if (node.isError || node.isMissing) found.push(`${node.startPosition.row + 1}: ${node.text.slice(0, 60)}`);
      else for (const child of node.children) if (child) walk(child);
    };
    const tree = parser.parse(script);
    if (tree) walk(tree.rootNode);
    return found;
  };

  it('notices a script that is wrong', () => {
    expect(problems('if ($a) {\n  echo "x\n')).not.toEqual([]);
  });

  for (const { name, platform } of shells)
    it(`every method of the writer is PowerShell: ${name} on ${platform}`, () => {
      expect(problems(render(everything, { name, platform }))).toEqual([]);
    });

  it('any text stays inside its string', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('"', '`', '$(x)', '${', '“', '’', '\n', "'@", '#'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const script = render((w) => w.variable('A', pieces.join('')));
        expect(problems(script)).toEqual([]);
        expect(body(script)).toHaveLength(2);
      }),
      { numRuns: 100 },
    );
  });
});

describeWith('pwsh', 'scripts in pwsh', () => {
  const root = mkdtempSync(join(tmpdir(), 'harrier-pwsh-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const shell = createPowerShell('pwsh', process.platform);
  const run = (write: (writer: ScriptWriter) => void) =>
    runScript(shell.command({ login: false }), render(write, { platform: process.platform }), {
      cwd: root,
      env: { HOME: root },
    });

  it.each([
    { why: 'a good script', lines: ['echo a', 'echo b'], code: 0, stdout: 'a\nb\n' },
    {
      why: 'a failing program between items ends it',
      lines: ['& git no-such-command 2>$null', 'echo no'],
      code: 1,
      stdout: '',
    },
    {
      why: 'only the last status of an item counts',
      lines: ['& git no-such-command 2>$null\necho b', 'echo c'],
      code: 0,
      stdout: 'b\nc\n',
    },
    { why: 'exit keeps its code', lines: ['exit 3', 'echo no'], code: 3, stdout: '' },
  ])('$why', async ({ lines, code, stdout }) => {
    const ran = await run((w) => {
      for (const line of lines) w.line(line);
    });
    expect({ code: ran.code, stdout: ran.stdout.replaceAll('\r\n', '\n') }).toEqual({ code, stdout });
  });

  it('text arrives as it is, files and GITLAB_ENV too', async () => {
    const value = 'it\'s "$x" `y` ‘“ \n\t# é😀';
    writeFileSync(join(root, 'env'), 'FROM=a=b\n');
    const ran = await run((w) => {
      w.variable('A', value);
      w.fileVariable('F', value, 'tmp/F');
      w.sourceEnvironmentFile('env');
      w.line('[Console]::Out.Write("<$A><$env:A><$(Get-Content -Raw $F)><$env:FROM>")');
    });
    expect(ran.stdout).toBe(`<${value}><${value}><${value}><a=b>`);
  });

  it('removes a link, not what it points to', async () => {
    mkdirSync(join(root, 'precious'));
    writeFileSync(join(root, 'precious/f'), 'keep');
    symlinkSync(join(root, 'precious'), join(root, 'link'), 'junction');
    const ran = await run((w) => {
      w.removeDirectory('link');
      w.removeDirectory('missing');
    });
    expect(ran.code).toBe(0);
    expect(readFileSync(join(root, 'precious/f'), 'utf8')).toBe('keep');
  });

  it('branches', async () => {
    const ran = await run((w) => {
      w.ifCommand('git', ['version'], () => w.print('a'));
      w.ifCommand(
        'no-such-program',
        [],
        () => w.print('no'),
        () => w.print('b'),
      );
      w.ifOutput('git', ['version'], () => w.print('c'));
      w.ifGitVersion(2, 1, () => w.print('d'));
    });
    expect(ran.stdout.replaceAll('\r\n', '\n')).toBe('a\nb\nc\nd\n');
  });
});
