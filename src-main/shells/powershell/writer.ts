import { ansi } from '../ansi.ts';
import type { Argument, ScriptWriter, Text } from '../types.ts';
import { checkLine, folderLine, type Layout, removeFunction, wrapScript } from './layout.ts';
import { inner, isAbsolute, isReadOnly, isVariableName, quote } from './quote.ts';

/** Renders stages for PowerShell 5.1 (`powershell`) and 7 (`pwsh`). */
export const createPowerShellWriter = (layout: Layout, platform: NodeJS.Platform): ScriptWriter => {
  const lines: string[] = [];
  const helpers = new Set<string>();
  let depth = 0;
  const { options } = layout;
  const backslashes = options.pathResolver !== true && (layout.name === 'powershell' || platform === 'win32');
  const add = (text: string) => void lines.push('  '.repeat(depth) + text);
  /** For git: it takes `/` everywhere, and a backslash would mean something in its files. */
  const slashed = (text: string): string => {
    if (isAbsolute(text)) return quote(text.replaceAll('\\', '/'));
    helpers.add(folderLine);
    const rest = text.replace(/^\$PWD(?=\/|$)/, '').replace(/^\.?\/+/, '');
    return rest === '' || rest === '.' ? '"$HarrierPwd"' : `"$HarrierPwd/${inner(rest)}"`;
  };
  const path = (text: string): string => {
    if (!backslashes) return slashed(text);
    if (isAbsolute(text)) return quote(text.replaceAll('/', '\\'));
    return `(${slashed(text)} -replace '/', '\\')`;
  };
  const word = (argument: Argument): string => {
    if (typeof argument === 'string') return quote(argument);
    const text = slashed(argument.path);
    return argument.prefix ? `"${inner(argument.prefix)}${text.slice(1)}` : text;
  };
  const textWord = (text: Text): string =>
    typeof text === 'string' ? quote(text) : text.length === 0 ? '""' : `(${text.map(word).join(' + ')})`;
  const call = (name: string, args: readonly Argument[]): string => `& ${[name, ...args].map(word).join(' ')}`;
  const print = (text: string) => add(`Write-Output ${quote(text)}`);
  const checked = (text: string) => {
    add(text);
    add(checkLine);
  };
  const branch = (body: () => void) => {
    depth += 1;
    body();
    depth -= 1;
  };
  const block = (condition: string, then: () => void, otherwise?: () => void) => {
    add(`if (${condition}) {`);
    branch(then);
    if (otherwise) {
      add('} else {');
      branch(otherwise);
    }
    add('}');
  };
  // `$?` of Windows PowerShell is false as soon as a redirected program writes to stderr: the exit code decides instead,
  // set before so that a program that is missing counts as a failure.
  const attempt = (text: string) => add(`$global:LASTEXITCODE = 127; try { ${text} } catch { }`);
  const succeeded = '$LASTEXITCODE -eq 0';
  const remove = (file: string): string => {
    helpers.add(removeFunction.join(layout.lineEnd));
    return `HarrierRemove ${path(file)}`;
  };
  const exportAs = (key: string, text: string) => {
    if (!isVariableName(key)) {
      print(`The variable name ${JSON.stringify(key)} cannot be exported: use letters, digits and underscores only.`);
      return add('Exit 1');
    }
    if (!isReadOnly(key)) add(`\${${key}}=${text}`);
    add(`\${env:${key}}=${text}`);
  };
  const value = (text: string): string => {
    const folder = options.relativeFolder;
    return folder !== undefined && !isAbsolute(folder) && text.startsWith(folder) ? path(text) : quote(text);
  };
  const write = (file: string, content: Text, isPrivate: boolean) => {
    if (isPrivate) {
      add(`[System.IO.File]::WriteAllText(${path(file)}, "")`);
      add(`if ($IsLinux -or $IsMacOS) { & "chmod" "600" ${path(file)} }`);
    }
    checked(`[System.IO.File]::WriteAllText(${path(file)}, ${textWord(content)})`);
  };

  return {
    variable: (key, text) => exportAs(key, value(text)),
    fileVariable(key, text, file, { write: writes } = { write: true }) {
      if (writes && isVariableName(key)) {
        this.makeDirectory(file.slice(0, file.lastIndexOf('/')));
        this.writeFiles([{ path: file, content: text }]);
      }
      exportAs(key, path(file));
    },
    sourceEnvironmentFile(file) {
      this.makeDirectory(file.slice(0, file.lastIndexOf('/')));
      add(`if (!(Test-Path -LiteralPath ${path(file)})) { [System.IO.File]::WriteAllText(${path(file)}, "") }`);
      add(`foreach ($HarrierLine in [System.IO.File]::ReadAllLines(${path(file)})) {`);
      // The first `=` divides; the official script splits at every one and loses what follows.
      add("  $HarrierKey, $HarrierValue = $HarrierLine.Trim() -split '=', 2");
      add('  if ($HarrierKey -and $null -ne $HarrierValue) {');
      add('    Set-Item -LiteralPath "env:$HarrierKey" -Value $HarrierValue');
      add('    Set-Variable -Name $HarrierKey -Value $HarrierValue -ErrorAction SilentlyContinue');
      add('  }');
      add('}');
    },
    command: (name, ...args) => checked(call(name, args)),
    commandWith(environment, name, ...args) {
      const keys = Object.keys(environment);
      for (const key of keys)
        add(`$HarrierOld_${key} = \${env:${key}}; \${env:${key}} = ${quote(environment[key] ?? '')}`);
      checked(call(name, args));
      for (const key of keys) add(`\${env:${key}} = $HarrierOld_${key}`);
    },
    tryCommand: (name, ...args) => attempt(`${call(name, args)} *> $null`),
    tryCommandWithInput: (input, name, ...args) => attempt(`${quote(input)} | ${call(name, args)} *> $null`),
    ifCommand(name, args, then, otherwise) {
      attempt(`${call(name, args)} *> $null`);
      block(succeeded, then, otherwise);
    },
    ifCommandOutput(name, args, then, otherwise) {
      attempt(call(name, args));
      block(succeeded, then, otherwise);
    },
    ifOutput(name, args, then, otherwise) {
      add('$HarrierText = ""');
      attempt(`$HarrierText = [string](${call(name, args)} 2> $null)`);
      block('$HarrierText', then, otherwise);
    },
    ifGitExtension(name, then, otherwise) {
      attempt(`& "git" ${quote(name)} "version" *> $null`);
      block(succeeded, then, otherwise);
    },
    ifGitVersion(major, minor, then, otherwise) {
      add(`$HarrierAtLeast = [string](& "git" "version") -match '(\\d+)\\.(\\d+)'`);
      const newer = `[int]$Matches[1] -gt ${major} -or ([int]$Matches[1] -eq ${major} -and [int]$Matches[2] -ge ${minor})`;
      block(`$HarrierAtLeast -and (${newer})`, then, otherwise);
    },
    ifFile: (file, then, otherwise) => block(`Test-Path -LiteralPath ${path(file)}`, then, otherwise),
    ifDirectory: (folder, then, otherwise) =>
      block(`Test-Path -LiteralPath ${path(folder)} -PathType Container`, then, otherwise),
    ifFileHas(file, pieces, then, otherwise) {
      add('$HarrierText = ""');
      add(
        `if (Test-Path -LiteralPath ${path(file)} -PathType Leaf) { $HarrierText = [System.IO.File]::ReadAllText(${path(file)}) }`,
      );
      const tests = pieces.map((piece) => `$HarrierText.Contains(${textWord(piece)})`);
      block(tests.length === 0 ? '$true' : tests.join(' -and '), then, otherwise);
    },
    setFlag: (name) => add(`$HarrierFlag_${name} = $true`),
    ifFlag: (name, then, otherwise) => block(`$HarrierFlag_${name} -eq $true`, then, otherwise),
    keepExit: () => add('$HarrierExit = if ($LASTEXITCODE) { $LASTEXITCODE } else { 1 }'),
    exitKept: () => add('Exit $HarrierExit'),
    changeDirectory: (folder) => checked(`Set-Location -LiteralPath ${path(folder)}`),
    makeDirectory(folder, { private: isPrivate } = {}) {
      const owner = isPrivate ? `; if ($IsLinux -or $IsMacOS) { & "chmod" "700" ${path(folder)} }` : '';
      const make = `New-Item -ItemType directory -Force -Path ${path(folder)} | Out-Null${owner}`;
      checked(`if (!(Test-Path -LiteralPath ${path(folder)} -PathType Container)) { ${make} }`);
    },
    removeFile: (file) => checked(remove(file)),
    removeDirectory: (folder) => checked(remove(folder)),
    removeAll(paths) {
      for (const file of paths) checked(remove(file));
    },
    removeLink(file) {
      const item = `Get-Item -LiteralPath ${path(file)} -Force -ErrorAction SilentlyContinue`;
      checked(`if ((${item}).LinkType) { ${remove(file)} }`);
    },
    removeFilesNamed(folder, names) {
      const list = names.map(quote).join(', ');
      const find = `Get-ChildItem -LiteralPath ${path(folder)} -Recurse -Force -File -Include ${list}`;
      checked(
        `if (Test-Path -LiteralPath ${path(folder)} -PathType Container) { ${find} | ForEach-Object { Remove-Item -Force -LiteralPath $_.FullName } }`,
      );
    },
    writeFile(file, content, { private: isPrivate } = {}) {
      if (isPrivate) this.removeFile(file);
      else this.removeLink(file);
      write(file, content, isPrivate === true);
    },
    writeFiles(files, { private: isPrivate } = {}) {
      for (const { path: file, content } of files) {
        this.removeFile(file);
        write(file, content, isPrivate === true);
      }
    },
    line: (text) => checked(text),
    // No markers here: the official PowerShell writer prints the command alone, with both dollar signs.
    sectionStart: (_name, header) => print(`${ansi.boldGreen}$ ${header}${ansi.reset}`),
    sectionEnd: () => {},
    notice: (text) => print(`${ansi.boldGreen}${text}${ansi.reset}`),
    warning: (text) => print(`${ansi.yellow}${text}${ansi.reset}`),
    plain: (text) => print(`${ansi.reset}${text}`),
    print,
    hostLine: (text, suffix) => add(`Write-Output "${inner(text)}$([Environment]::MachineName)${inner(suffix)}..."`),
    giveToOwnerOf: () => {},
    emptyLine: () => add('Write-Output ""'),
    exit: (code) => add(`Exit ${code}`),
    raw: (text) => add(text),
    finish: () => wrapScript(layout, lines, [...helpers]),
  };
};
