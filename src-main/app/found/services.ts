import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A gitlab-runner that runs on this machine and asks for jobs. */
export interface RunningService {
  readonly pid: number;
  readonly user: string;
  /** The file it was told to use; absent: the default one of its user. */
  readonly configPath?: string;
}

/** Looks through the processes of this machine; empty where they cannot be listed. */
export async function findServices(platform: NodeJS.Platform): Promise<readonly RunningService[]> {
  const [program, args] =
    platform === 'win32'
      ? ([
          'powershell',
          [
            '-NoProfile',
            '-Command',
            'Get-CimInstance Win32_Process -Filter "Name=\'gitlab-runner.exe\'" | ForEach-Object { "$($_.ProcessId) SYSTEM $($_.CommandLine)" }',
          ],
        ] as const)
      : (['ps', ['-axo', 'pid=,user=,args=']] as const);
  const output = await promisify(execFile)(program, [...args], {
    timeout: 10_000,
    maxBuffer: 16 * 1024 * 1024,
    windowsHide: true,
  }).then(
    ({ stdout }) => stdout,
    () => '',
  );
  return readProcesses(output);
}

/** Lines of `pid user command`: those whose program is gitlab-runner and whose command is `run` or `run-single`. */
export function readProcesses(output: string): readonly RunningService[] {
  return output.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    const [, pid = '', user = '', command = ''] = match ?? [];
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2] ?? '');
    const [program = '', ...rest] = words;
    if (!/(?:^|[/\\])gitlab-runner(?:\.exe)?$/.test(program)) return [];
    if (!rest.some((word) => word === 'run' || word === 'run-single')) return [];
    const configPath = flagIn(rest, ['--config', '-config', '-c']);
    return [{ pid: Number(pid), user, ...(configPath !== undefined ? { configPath } : {}) }];
  });
}

function flagIn(words: readonly string[], names: readonly string[]): string | undefined {
  for (const [at, word] of words.entries()) {
    if (names.includes(word)) return words[at + 1];
    const [name = '', value] = word.split(/=(.*)/s);
    if (names.includes(name)) return value;
  }
  return undefined;
}
