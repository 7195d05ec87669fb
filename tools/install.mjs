// Installs the locked packages when they are missing or older than the lock file. Used by `npm start` and `npm test`,
// so that both work on a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a program with our own output; answers its exit code. */
export const run = (command, args, options = {}) => {
  const windows = process.platform === 'win32';
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: windows && command === 'npm',
    ...options,
  });
  if (result.error) throw result.error;
  return result.status ?? 1;
};

export function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 15)) {
    console.error(
      `Harrier needs Node 20.15 or newer; this is ${process.versions.node}. Install a newer Node from your package manager.`,
    );
    process.exit(1);
  }
  // Behind a link lies a folder that other checkouts use; npm would empty it.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const installed = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log('Installing packages (about half a minute, once) …');
  const code = run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    console.error(
      'The packages could not be installed. Check the network and the npm registry, then run the command again.',
    );
    process.exit(code);
  }
}
