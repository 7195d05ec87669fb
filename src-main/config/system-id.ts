import { execFile } from 'node:child_process';
import { createHmac, randomInt } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { HarrierError } from '../../src-shared/errors.ts';
import { writeFileAtomic } from '../base/files.ts';

const valid = /^[sr]_[0-9a-zA-Z]{12}$/;
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/**
 * The id of this machine for the runners of one config file, kept beside it (0600). Made from the system's machine id,
 * else by chance. Throws when the file cannot be read; a folder that cannot be written is only told to `onProblem`.
 * Source: spec/coordinator-api.md 1.2.
 */
export async function readSystemId(
  configPath: string,
  onProblem: (error: unknown) => void = () => {},
  machineId: () => Promise<string> = readMachineId,
): Promise<string> {
  const path = join(dirname(configPath), '.runner_system_id');
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw new HarrierError('CONFIG_NOT_FOUND', `${path} cannot be read: ${error.message}`, {
      cause: error,
      hint: 'Check the permissions of the file; GitLab knows this machine by what stands in it.',
    });
  });
  if (valid.test(kept.trim())) return kept.trim();
  const id = idOf(await machineId());
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, id);
  } catch (error) {
    onProblem(error);
  }
  return id;
}

const idOf = (machineId: string): string =>
  machineId !== ''
    ? `s_${createHmac('sha256', machineId).update('gitlab-runner').digest('hex').slice(0, 12)}`
    : `r_${Array.from({ length: 12 }, () => letters[randomInt(letters.length)]).join('')}`;

/** The system's own id of this installation; empty when there is none. */
async function readMachineId(): Promise<string> {
  if (process.platform === 'darwin')
    return outputOf('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice'], /"IOPlatformUUID" = "([^"]+)"/);
  if (process.platform === 'win32')
    return outputOf('reg', ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid'], /REG_SZ\s+(\S+)/);
  // In the order of the library that the official runner uses.
  for (const path of ['/var/lib/dbus/machine-id', '/etc/machine-id']) {
    const id = await readFile(path, 'utf8').catch(() => '');
    if (id.trim() !== '') return id.trim();
  }
  return '';
}

const outputOf = (program: string, args: readonly string[], pattern: RegExp): Promise<string> =>
  promisify(execFile)(program, [...args], { timeout: 10_000, windowsHide: true }).then(
    ({ stdout }) => pattern.exec(stdout)?.[1] ?? '',
    () => '',
  );
