import type { ShellOptions } from '../types.ts';

export interface Layout {
  readonly name: 'pwsh' | 'powershell';
  readonly lineEnd: '\n' | '\r\n';
  readonly options: ShellOptions;
}

/** Where relative paths count from, with `/` so that the value can stand in git's files too. */
export const folderLine = "$HarrierPwd = (Get-Location).ProviderPath -replace '\\\\', '/'";

/** Deepest first; a link goes, what it points to stays. Windows refuses to delete read-only files, git's objects are such. */
export const removeFunction = [
  'function HarrierRemove([string]$Path) {',
  '  if ((Get-Command -Name Remove-Item2 -Module NTFSSecurity -ErrorAction SilentlyContinue) -and (Test-Path -LiteralPath $Path -PathType Container)) {',
  '    Remove-Item2 -Force -Recurse $Path',
  '    return',
  '  }',
  '  try { $HarrierKind = [System.IO.File]::GetAttributes($Path) }',
  '  catch [System.IO.FileNotFoundException] { return }',
  '  catch [System.IO.DirectoryNotFoundException] { return }',
  '  $HarrierIsFolder = $HarrierKind.HasFlag([System.IO.FileAttributes]::Directory)',
  '  if ($HarrierKind.HasFlag([System.IO.FileAttributes]::ReparsePoint)) {',
  '    if ($HarrierIsFolder) { [System.IO.Directory]::Delete($Path) } else { [System.IO.File]::Delete($Path) }',
  '    return',
  '  }',
  '  if ($HarrierIsFolder) {',
  '    foreach ($HarrierChild in [System.IO.Directory]::GetFileSystemEntries($Path)) { HarrierRemove $HarrierChild }',
  '    [System.IO.Directory]::Delete($Path)',
  '    return',
  '  }',
  '  if ($HarrierKind.HasFlag([System.IO.FileAttributes]::ReadOnly)) {',
  '    [System.IO.File]::SetAttributes($Path, [System.IO.FileAttributes]::Normal)',
  '  }',
  '  [System.IO.File]::Delete($Path)',
  '}',
];

/** Ends the script when the last statement failed: with the program's code, else with 1. */
export const checkLine = 'if(!$?) { Exit &{if($LASTEXITCODE) {$LASTEXITCODE} else {1}} }';

/**
 * The layout around a stage's lines: a shebang where there can be one, one block, so that PowerShell reads the script to
 * its end before it runs any of it, a blank line that ends the block on stdin. Windows PowerShell takes the encoding of a
 * file from its mark (spec/job-lifecycle.md 5.2).
 */
export const wrapScript = (
  { name, lineEnd, options }: Layout,
  body: readonly string[],
  helpers: readonly string[],
): string => {
  const inner = [
    ...(options.trace ? ['Set-PSDebug -Trace 2'] : []),
    ...(name === 'pwsh' ? ['$ErrorActionPreference = "Stop"'] : []),
    ...helpers,
    ...body,
    'Exit 0',
  ];
  const asMarkedFile = name === 'powershell' && options.asFile === true;
  const head = name === 'pwsh' && lineEnd === '\n' ? ['#!/usr/bin/env pwsh', ''] : [];
  const lines = asMarkedFile ? [...inner, ''] : [...head, '& {', '', ...inner, '', '}', '', ''];
  return `${asMarkedFile ? '\ufeff' : ''}${lines.join(lineEnd)}`;
};
