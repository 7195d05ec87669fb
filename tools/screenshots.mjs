// Takes the pictures of every main view, light and dark, from recordings: `node tools/screenshots.mjs [FOLDER] [NAME]`.
// Needs Chromium and a built window (`node tools/build.mjs --only renderer`).
import { rmSync } from 'node:fs';
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
  await takeScreenshots(process.argv[2] ?? join(root, 'docs', 'screenshots'), process.argv[3]);
} finally {
  rmSync(bundle, { force: true });
}
