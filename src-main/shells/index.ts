import { HarrierError } from '../../src-shared/errors.ts';
import { createPosixWriter } from './posix/writer.ts';
import { createPowerShell } from './powershell/shell.ts';
import type { Shell } from './types.ts';

const posix = (name: 'bash' | 'sh'): Shell => ({
  name,
  command: ({ login }) => (login ? [name, '-l'] : [name]),
  fileCommand: (path) => [name, path],
  lineEnd: '\n',
  createWriter: (options) => createPosixWriter(name, options),
});

/** The shell of this name (`shell` in config.toml); `platform` decides PowerShell's line ends. */
export const findShell = (name: string, platform: NodeJS.Platform): Shell => {
  switch (name) {
    case 'bash':
    case 'sh':
      return posix(name);
    case 'pwsh':
    case 'powershell':
      return createPowerShell(name, platform);
    default:
      throw new HarrierError('SHELL_NOT_FOUND', `shell ${name} not found`);
  }
};
export type * from './types.ts';
