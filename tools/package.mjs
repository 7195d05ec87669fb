// `npm run package`: builds everything and makes the packages of this system. Without a network, or with
// `-- --stand-in`, it makes the Linux directory build around a stand-in Electron folder and checks its layout.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './install.mjs';

ensureInstalled();
const { build } = await import('electron-builder');
if (run(process.execPath, ['tools/build.mjs']) !== 0) process.exit(1);

const electronDist = join(root, 'node_modules', 'electron', 'dist');
const standIn =
  process.argv.includes('--stand-in') || (process.platform === 'linux' && !existsSync(join(electronDist, 'electron')));
if (!standIn) {
  await build({ projectDir: root, config: 'electron-builder.yml', publish: 'never' });
  process.exit(0);
}

// An executable file named `electron` is enough for the packager; fuses are written into the real binary only.
console.log('No Electron binary here: packaging around a stand-in (layout only, it does not start).');
const fake = mkdtempSync(join(tmpdir(), 'harrier-electron-'));
try {
  writeFileSync(join(fake, 'electron'), '#!/bin/sh\necho stand-in\n');
  chmodSync(join(fake, 'electron'), 0o755);
  const { parse, stringify } = await import('yaml');
  const { electronFuses: _fuses, ...config } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  // A configuration given as an object is merged with the file of the project, fuses and all: hence a file of its own.
  const file = join(fake, 'builder.yml');
  writeFileSync(file, stringify({ ...config, electronDist: fake }));
  await build({ projectDir: root, config: file, linux: ['dir'], publish: 'never' });
} finally {
  rmSync(fake, { recursive: true, force: true });
}
