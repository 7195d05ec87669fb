import type { Shell } from '../types.ts';
import { checkLine } from './layout.ts';
import { createPowerShellWriter } from './writer.ts';

/** PowerShell 7 (`pwsh`) or Windows PowerShell 5.1 (`powershell`). */
export const createPowerShell = (name: 'pwsh' | 'powershell', platform: NodeJS.Platform): Shell => {
  const lineEnd = name === 'powershell' || platform === 'win32' ? '\r\n' : '\n';
  return {
    name,
    command: () => [name, ...stdinFlags, ...(name === 'pwsh' ? ['-EncodedCommand', bootstrap] : ['-Command', '-'])],
    fileCommand: (path) => [name, '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File', path],
    lineEnd,
    createWriter: (options) => createPowerShellWriter({ name, lineEnd, options }, platform),
  };
};

const stdinFlags = [
  '-NoProfile',
  '-NoLogo',
  '-InputFormat',
  'text',
  '-OutputFormat',
  'text',
  '-NonInteractive',
  '-ExecutionPolicy',
  'Bypass',
];

/** Only a PowerShell that is running can set the encodings; the one that it starts reads the script as UTF-8. */
const bootstrap = Buffer.from(
  [
    '$OutputEncoding = [console]::InputEncoding = [console]::OutputEncoding = New-Object System.Text.UTF8Encoding',
    'pwsh -NoProfile -NonInteractive -Command -',
    checkLine,
    '',
  ].join('\r\n'),
  'utf16le',
).toString('base64');
