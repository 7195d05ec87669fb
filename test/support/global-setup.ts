import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** What tests start: the command line and the desktop app. */
const programs = [join(root, 'dist', 'cli.js'), join(root, 'dist', 'desktop', 'main.js')];

/**
 * Once per run: the programs are built when a source is younger. A build that fails does not stop the unit tests;
 * those that need a program then fail by its absence or age.
 */
export function setup(): void {
  const sources = join(root, 'src-main');
  if (!existsSync(join(sources, 'cli', 'main.ts')) || process.env['HARRIER_NO_BUILD'] || !isStale()) return;
  try {
    execFileSync(process.execPath, [join(root, 'tools', 'build.mjs'), '--only', 'cli,desktop'], {
      cwd: root,
      stdio: 'pipe',
    });
  } catch (error) {
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    console.warn(`what tests start could not be built:\n${detail}`);
  }
}

function isStale(): boolean {
  if (!programs.every((program) => existsSync(program))) return true;
  const builtAt = Math.min(...programs.map((program) => statSync(program).mtimeMs));
  return ['src-main', 'src-shared'].some((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).some(
      (name) =>
        name.endsWith('.ts') && !name.endsWith('.test.ts') && statSync(join(root, folder, name)).mtimeMs > builtAt,
    ),
  );
}
