// Takes the pictures of every main view, light and dark, from recordings: `node tools/screenshots.mjs [FOLDER] [NAME]`.
// Needs Chromium and a built window (`node tools/build.mjs --only renderer`).
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './install.mjs';

const bundle = join(root, 'dist', 'screenshots.mjs');
await build({
  entryPoints: [join(root, 'test', 'ui', 'screenshots.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  define: { HARRIER_VERSION: '"0.1.0"', HARRIER_REVISION: '"pictures"' },
  logLevel: 'warning',
});
try {
  const { takeScreenshots } = await import(pathToFileURL(bundle).href);
  const folder = process.argv[2] ?? join(root, 'docs', 'screenshots');
  await takeScreenshots(folder, process.argv[3]);
  // A third of the size where ImageMagick is at hand; the pictures are flat, 96 colours are enough.
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.png')))
    spawnSync('convert', [join(folder, name), '-strip', '+dither', '-colors', '96', `PNG8:${join(folder, name)}`]);
} finally {
  rmSync(bundle, { force: true });
}
