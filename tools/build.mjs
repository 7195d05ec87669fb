// Builds everything into dist/: cli, workers and web host (Node), desktop main and preload (Electron), renderer (Vite).
// `--only cli,renderer,desktop` builds a part. Version and commit are written into the bundles here.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const only = process.argv.includes('--only')
  ? process.argv[process.argv.indexOf('--only') + 1].split(',')
  : ['cli', 'desktop', 'renderer'];
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const revision = (() => {
  try {
    return execFileSync('git', ['rev-parse', '--short=8', 'HEAD'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return 'release';
  }
})();

/** Packages that carry native parts or load their own files stay outside of the bundle. */
const external = ['electron', 'node-pty', 'dockerode', 'ssh2', 'cpu-features'];
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  define: { HARRIER_VERSION: JSON.stringify(version), HARRIER_REVISION: JSON.stringify(revision) },
  external,
};
// Bundled CommonJS packages still call require; ESM output has none.
const requireBanner =
  "import{createRequire as harrierRequire}from'node:module';const require=harrierRequire(import.meta.url);";

const tasks = [];
if (only.includes('cli')) {
  for (const name of ['cli.js', 'chunks', 'workers'])
    rmSync(join(root, 'dist', name), { recursive: true, force: true });
  tasks.push(
    build({
      ...common,
      entryPoints: { cli: 'src-main/cli/main.ts' },
      outdir: 'dist',
      format: 'esm',
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      banner: { js: requireBanner },
      minifySyntax: true,
    }),
    // In one piece: it lies outside of the packaged app's archive, where shared chunks are not.
    build({
      ...common,
      entryPoints: { 'workers/archive': 'src-main/archive/worker.ts', 'workers/log': 'src-main/observe/log-worker.ts' },
      outdir: 'dist',
      format: 'esm',
      banner: { js: requireBanner },
    }),
  );
}
if (only.includes('desktop') && existsSync(join(root, 'src-main/desktop/main.ts'))) {
  tasks.push(
    build({
      ...common,
      entryPoints: { 'desktop/main': 'src-main/desktop/main.ts' },
      outdir: 'dist',
      format: 'esm',
      banner: { js: requireBanner },
    }),
  );
  // A sandboxed preload cannot require: one file, CommonJS.
  tasks.push(
    build({
      ...common,
      entryPoints: { 'desktop/preload': 'src-main/desktop/preload.ts' },
      outdir: 'dist',
      outExtension: { '.js': '.cjs' },
      format: 'cjs',
    }),
  );
}
if (only.includes('renderer') && existsSync(join(root, 'src-renderer/vite.config.ts'))) {
  const vite = await import('vite');
  // Vite's own plugin for `composes` in CSS modules leaves out an option; nobody who builds can do anything about it.
  const customLogger = vite.createLogger('warn');
  const { warnOnce } = customLogger;
  customLogger.warnOnce = (text, options) => {
    if (!text.includes('did not pass the `from` option')) warnOnce(text, options);
  };
  tasks.push(
    vite.build({
      root: join(root, 'src-renderer'),
      configFile: join(root, 'src-renderer/vite.config.ts'),
      logLevel: 'warn',
      customLogger,
    }),
  );
}
await Promise.all(tasks);
