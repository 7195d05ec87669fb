import { createHmac, randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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
): Promise<string> {
  const path = join(dirname(configPath), '.runner_system_id');
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw error;
  });
  if (valid.test(kept.trim())) return kept.trim();
  const id = await makeId();
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, id, { mode: 0o600 });
  } catch (error) {
    onProblem(error);
  }
  return id;
}

async function makeId(): Promise<string> {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const machine = await readFile(path, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
    if (machine !== '') return `s_${createHmac('sha256', machine).update('gitlab-runner').digest('hex').slice(0, 12)}`;
  }
  return `r_${Array.from({ length: 12 }, () => letters[randomInt(letters.length)]).join('')}`;
}
