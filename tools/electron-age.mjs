// S25: the pinned Electron is at most one major version behind the newest, and none with a broken tray on Linux
// (43.3 to 44.0). Asks the npm registry; `--newest VERSION` says it instead.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

const at = process.argv.indexOf('--newest');
const newest =
  at > 0
    ? process.argv[at + 1]
    : execFileSync('npm', ['view', 'electron', 'version'], { encoding: 'utf8', shell: process.platform === 'win32' });
const pinned = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.electron;
const [major, minor] = pinned.split('.').map(Number);
const behind = Number(newest.trim().split('.')[0]) - major;
const isBroken = (major === 43 && minor >= 3) || (major === 44 && minor === 0);
if (isBroken) console.error(`Electron ${pinned} shows no tray on Linux: take another one.`);
if (behind > 1) console.error(`Electron ${pinned} is ${behind} major versions behind ${newest.trim()}: update it.`);
if (isBroken || behind > 1) process.exit(1);
console.log(`Electron ${pinned}; the newest is ${newest.trim()}.`);
