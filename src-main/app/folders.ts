import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import type { CallOutput } from '../../src-shared/ipc.ts';

const mostEntries = 1000;

/** The folders inside a folder, for the picker of hosts without a native dialog. Hidden ones are left out. */
export async function listFolders(folder: string | undefined): Promise<CallOutput<'folder.list'>> {
  const here = resolve(folder ?? homedir());
  const found = await readdir(here, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new HarrierError('INPUT_INVALID', `${here} cannot be opened (${error.code ?? error.message})`);
  });
  const names = found
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort((a, b) => a.localeCompare(b))
    .slice(0, mostEntries);
  const entries = await Promise.all(names.map(async (name) => ({ name, git: await exists(join(here, name, '.git')) })));
  const parent = dirname(here);
  return { folder: here, ...(parent !== here ? { parent } : {}), entries };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
