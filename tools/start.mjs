// `npm start`: installs, builds what changed, opens Harrier. Without a display or an Electron binary it serves the same
// window on a loopback address that it prints. Arguments after `--` go to the app (`npm start -- --config FILE`).

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './install.mjs';

ensureInstalled();
if (isStale()) {
  console.log('Building …');
  const code = run(process.execPath, ['tools/build.mjs']);
  if (code !== 0) process.exit(code);
}

const args = process.argv.slice(2);
const electron = findElectron();
const child = electron
  ? spawn(electron, [root, ...args], { cwd: root, stdio: 'inherit' })
  : spawn(process.execPath, [join(root, 'dist', 'cli.js'), 'serve', ...args], { cwd: root, stdio: 'inherit' });
if (!electron) console.log('No display or no Electron binary here: Harrier opens in the browser instead.');
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 0)));

/** The newest source is younger than the last build. */
function isStale() {
  const built = [join(root, 'dist', 'cli.js'), join(root, 'dist', 'renderer', 'index.html')];
  if (!built.every((file) => existsSync(file))) return true;
  const builtAt = Math.min(...built.map((file) => statSync(file).mtimeMs));
  const newest = (folder) =>
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .reduce(
        (latest, entry) => Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
        0,
      );
  return (
    ['src-main', 'src-renderer', 'src-shared', 'assets'].some((folder) => newest(join(root, folder)) > builtAt) ||
    statSync(join(root, 'package.json')).mtimeMs > builtAt
  );
}

/** The Electron binary, when it was downloaded and there is a display to show a window on. */
function findElectron() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules', 'electron', 'dist');
  const name =
    { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform] ?? 'electron';
  const path = join(dist, name);
  return existsSync(path) ? path : undefined;
}
