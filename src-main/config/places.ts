import { createHash } from 'node:crypto';
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** One name for one config file, whatever links lead to it: two engines on it must meet. */
export async function configIdentity(configPath: string): Promise<string> {
  const full = resolve(configPath);
  const real = await realpath(full).catch(() => undefined);
  if (real !== undefined) return real;
  const folder = await realpath(dirname(full)).catch(() => dirname(full));
  return join(folder, basename(full));
}

/** Short and safe for file names; the same for one config file. */
export const shortName = (identity: string): string => createHash('sha256').update(identity).digest('hex').slice(0, 16);

/**
 * A folder of this user (0700) for what cannot lie beside the config file: a read-only folder, a path that is too long
 * for a socket. Throws when somebody else has made it (/tmp belongs to everyone), or when it is not there and only
 * looked for.
 */
export async function privateFolder(options: { readonly create: boolean }): Promise<string> {
  const { uid } = userInfo();
  const path = join(tmpdir(), uid >= 0 ? `harrier-${uid}` : 'harrier');
  if (options.create)
    await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  const stat = await lstat(path);
  if (!stat.isDirectory() || (uid >= 0 && (stat.uid !== uid || (stat.mode & 0o077) !== 0)))
    throw new Error(`${path} belongs to somebody else`);
  return path;
}
