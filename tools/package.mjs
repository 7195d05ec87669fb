// `npm run package`: builds everything and makes the packages of this system. `-- --dir` makes the directory build alone;
// on Linux without an Electron binary that is all that can be made, around a stand-in which does not start.
// `--built` takes dist/ as it is, `--output DIR` puts the result elsewhere.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './install.mjs';

ensureInstalled();
const { build } = await import('electron-builder');
const args = process.argv.slice(2);
if (!args.includes('--built') && run(process.execPath, ['tools/build.mjs']) !== 0) process.exit(1);
const output = args.includes('--output') ? args[args.indexOf('--output') + 1] : 'out';

const electronDist = join(root, 'node_modules', 'electron', 'dist');
const hasElectron = process.platform !== 'linux' || existsSync(join(electronDist, 'electron'));
if (hasElectron && !args.includes('--dir')) {
  await build({ projectDir: root, config: 'electron-builder.yml', publish: 'never' });
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'harrier-electron-'));
try {
  const { parse, stringify } = await import('yaml');
  const { electronFuses, ...config } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  // A configuration given as an object is merged with the file of the project, fuses and all: hence a file of its own.
  const file = join(folder, 'builder.yml');
  writeFileSync(
    file,
    stringify({
      ...config,
      ...(hasElectron ? { electronFuses } : { electronDist: standIn(join(folder, 'electron')) }),
      directories: { ...config.directories, output },
    }),
  );
  await build({ projectDir: root, config: file, dir: true, publish: 'never' });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** An executable file named `electron` is enough for the packager; fuses are written into the real binary only. */
function standIn(path) {
  console.log('No Electron binary here: packaging around a stand-in (layout only, it does not start).');
  mkdirSync(path);
  writeFileSync(join(path, 'electron'), '#!/bin/sh\necho stand-in\n');
  chmodSync(join(path, 'electron'), 0o755);
  return path;
}
